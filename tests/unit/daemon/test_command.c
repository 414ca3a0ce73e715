#include "daemon/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_words(char **argv, const char *const *words)
{
  size_t i = 0;

  for (; words[i] != NULL; i++) {
    assert_non_null(argv[i]);
    assert_string_equal(argv[i], words[i]);
  }
  assert_null(argv[i]);
}

static void keys_and_their_passphrases(void **state)
{
  static const struct command_key keys[] = {{"/a", NULL}, {"/b", "/p"}, {"", NULL}};
  static const char *const words[] = {"/bin/signer", "--fd",  "3",  "--key",
                                      "/a",          "--key", "/b", "--passphrase-file",
                                      "/p",          "--key", "",   NULL};
  char **argv = command_build("/bin/signer", keys, 3);

  (void)state;
  assert_words(argv, words);
  command_free(argv);
}

static void no_keys(void **state)
{
  static const char *const words[] = {"x", "--fd", "3", NULL};
  char **argv = command_build("x", NULL, 0);

  (void)state;
  assert_words(argv, words);
  command_free(argv);
  command_free(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keys_and_their_passphrases),
      cmocka_unit_test(no_keys),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

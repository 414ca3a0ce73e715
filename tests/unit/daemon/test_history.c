#include "daemon/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "io/porter.h"

static bool knows(const struct history *h, const char *word, bool is_standard)
{
  char copy[16];
  char *argv[] = {copy, NULL};
  uint8_t digest[SHA512_SIZE];
  char *const *found;

  snprintf(copy, sizeof copy, "%s", word);
  porter_digest(argv, is_standard, digest);
  found = history_command(h, digest, is_standard);
  assert_true(found == NULL || (strcmp(found[0], word) == 0 && found[1] == NULL));
  return found != NULL;
}

static void note(struct history *h, const char *word, bool is_standard)
{
  char copy[16];
  char *argv[] = {copy, NULL};

  snprintf(copy, sizeof copy, "%s", word);
  history_note_command(h, argv, is_standard);
}

static void commands(void **state)
{
  struct history h = {0};
  char word[16];

  (void)state;
  assert_false(knows(&h, "a", true));
  note(&h, "a", true);
  assert_true(knows(&h, "a", true));
  assert_false(knows(&h, "a", false));
  for (unsigned i = 1; i < HISTORY_COMMANDS; i++) {
    snprintf(word, sizeof word, "%u", i);
    note(&h, word, true);
  }
  note(&h, "a", true); /* it is the newest now */
  assert_int_equal(h.n_commands, HISTORY_COMMANDS);
  note(&h, "b", true);
  assert_int_equal(h.n_commands, HISTORY_COMMANDS);
  assert_true(knows(&h, "a", true));
  assert_true(knows(&h, "b", true));
  assert_false(knows(&h, "1", true));
  history_note_command(&h, h.commands[3].argv, true); /* of its own */
  assert_int_equal(h.n_commands, HISTORY_COMMANDS);
  history_deinit(&h);
  assert_false(knows(&h, "a", true));
}

static void places(void **state)
{
  struct history h = {0};
  struct endpoint e;

  (void)state;
  for (unsigned port = 1; port <= HISTORY_PLACES + 1; port++) {
    assert_int_equal(endpoint_tcp(slice_str("127.0.0.1"), port, &e), 0);
    assert_false(history_has_place(&h, &e));
    history_note_place(&h, &e);
    history_note_place(&h, &h.places[0]);
  }
  assert_int_equal(h.n_places, HISTORY_PLACES);
  assert_true(history_has_place(&h, &e));
  history_deinit(&h);
  assert_false(history_has_place(&h, &e));
}

static void bundles(void **state)
{
  struct history h = {0};
  char path[16];

  (void)state;
  for (unsigned i = 0; i <= HISTORY_BUNDLES; i++) {
    snprintf(path, sizeof path, "/%u", i);
    history_note_bundle(&h, path);
    history_note_bundle(&h, path);
  }
  assert_int_equal(h.n_bundles, HISTORY_BUNDLES);
  assert_string_equal(h.bundles[0], "/1");
  assert_string_equal(h.bundles[h.n_bundles - 1], path);
  history_note_bundle(&h, "/1");
  assert_string_equal(h.bundles[h.n_bundles - 1], "/1");
  history_deinit(&h);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(commands),
      cmocka_unit_test(places),
      cmocka_unit_test(bundles),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "signer/approvals.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

#include <errno.h>

#define LINE(period, keys)                                                                         \
  "2026-11-22 15:44:40 cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion "            \
  "period " period " keys " keys "\n"

struct scene {
  struct suite *suite;
  uint8_t identity[32];
  char folder[FIXTURE_PATH], path[FIXTURE_PATH + 16];
};

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);

  s->suite = suite_new();
  assert_int_equal(hex_parse(slice_str(FIXTURE_TOR_PUBLIC), s->identity, 32), 0);
  fixture_folder(s->folder);
  snprintf(s->path, sizeof s->path, "%s/approvals", s->folder);
  *state = s;
  return 0;
}

static int teardown(void **state)
{
  struct scene *s = *state;

  unlink(s->path);
  rmdir(s->folder);
  suite_free(s->suite);
  free(s);
  return 0;
}

static void append(const struct scene *s, const char *text)
{
  FILE *f = fopen(s->path, "ab");

  assert_non_null(f);
  assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
  assert_int_equal(fclose(f), 0);
}

static uint64_t keys(const struct scene *s, const struct approvals *a, uint64_t number)
{
  return approvals_get(a, s->identity, &(struct wire_period){number, 1440});
}

/* The file is made, and what comes later is seen; half a line waits for the rest. */
static void read_on_as_it_grows(void **state)
{
  struct scene *s = *state;
  uint8_t other[32] = {1};
  struct approvals *a;
  struct stat st;

  assert_int_equal(approvals_open(s->path, s->suite, &a), 0);
  assert_int_equal(stat(s->path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0600);
  assert_int_equal(approvals_update(a), 0);
  assert_int_equal(keys(s, a, 20779), 0);
  append(s, LINE("20779/1440", "3") LINE("20780/1440", "1") "2026-11-22 15:");
  assert_int_equal(keys(s, a, 20779), 0);
  assert_int_equal(approvals_update(a), 0);
  assert_int_equal(keys(s, a, 20779), 3);
  assert_int_equal(keys(s, a, 20780), 1);
  assert_int_equal(keys(s, a, 20781), 0);
  assert_int_equal(approvals_get(a, other, &(struct wire_period){20779, 1440}), 0);
  assert_int_equal(approvals_get(a, s->identity, &(struct wire_period){20779, 1441}), 0);
  append(s, "44:40 cdwfviperv6utn6lmxgjr67e5eot7pf6aiklucfw6qsqmxcebgl22iad.onion period "
            "20779/1440 keys 2\n");
  assert_int_equal(approvals_update(a), 0);
  assert_int_equal(keys(s, a, 20779), 5);
  approvals_free(a);
}

static void damaged_lines_do_not_count(void **state)
{
  struct scene *s = *state;
  struct approvals *a;

  append(s, "garbage\n" LINE("20779/1440", "99999") LINE("20779/1440", "1"));
  assert_int_equal(approvals_open(s->path, s->suite, &a), 0);
  assert_int_equal(approvals_update(a), 2);
  assert_int_equal(keys(s, a, 20779), 1);
  approvals_free(a);
}

static void they_are_bounded(void **state)
{
  struct scene *s = *state;
  FILE *f = fopen(s->path, "wb");
  struct approvals *a;

  assert_non_null(f);
  for (size_t i = 0; i <= LIMIT_SIGNER_APPROVALS; i++) {
    fputs(LINE("20779/1440", "1"), f);
  }
  assert_int_equal(fclose(f), 0);
  assert_int_equal(approvals_open(s->path, s->suite, &a), 0);
  assert_int_equal(approvals_update(a), 1);
  assert_int_equal(keys(s, a, 20779), LIMIT_SIGNER_APPROVALS);
  approvals_free(a);
}

static void others_must_not_write_them(void **state)
{
  struct scene *s = *state;
  struct approvals *a;

  append(s, LINE("20779/1440", "1"));
  assert_int_equal(chmod(s->path, 0620), 0);
  assert_int_equal(approvals_open(s->path, s->suite, &a), ERR_IO);
  assert_int_equal(errno, EPERM);
  assert_null(a);
  assert_int_equal(approvals_open("/dev/null", s->suite, &a), ERR_IO);
  assert_int_equal(errno, EINVAL);
  assert_int_equal(approvals_open("/nonexistent/approvals", s->suite, &a), ERR_IO);
  assert_int_equal(errno, ENOENT);
  approvals_free(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(read_on_as_it_grows, setup, teardown),
      cmocka_unit_test_setup_teardown(damaged_lines_do_not_count, setup, teardown),
      cmocka_unit_test_setup_teardown(they_are_bounded, setup, teardown),
      cmocka_unit_test_setup_teardown(others_must_not_write_them, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

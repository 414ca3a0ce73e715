#include "signer/lines.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

/* Notes each line with a bar behind it; "bad" is a bad one. */
static int note(void *ctx, struct slice line)
{
  buf_add_slice(ctx, line);
  buf_add_str(ctx, "|");
  return slice_is(line, "bad") ? ERR_SYNTAX : 0;
}

static void lines_come_in_any_pieces(void **state)
{
  static const char text[] = "one\n\nbad\ntwo\nrest";

  (void)state;
  for (size_t step = 1; step <= sizeof text; step++) {
    struct lines l CLEANUP(lines_deinit) = {0};
    CLEANUP(buf_deinit) struct buf seen = {0};
    size_t n_bad = 0;

    for (size_t at = 0; at < sizeof text - 1; at += step) {
      size_t n = sizeof text - 1 - at;

      n_bad += lines_feed(&l, slice_of(text + at, n < step ? n : step), note, &seen);
    }
    assert_string_equal(buf_str(&seen), "one||bad|two|");
    assert_int_equal(n_bad, 1);
    assert_true(lines_is_inside(&l));
    assert_int_equal(lines_feed(&l, slice_str("\n"), note, &seen), 0);
    assert_false(lines_is_inside(&l));
    assert_int_equal(lines_feed(&l, slice_of(NULL, 0), note, &seen), 0);
  }
}

static void a_line_is_bounded(void **state)
{
  struct lines l CLEANUP(lines_deinit) = {0};
  CLEANUP(buf_deinit) struct buf seen = {0};
  CLEANUP(buf_deinit) struct buf line = {0};

  (void)state;
  buf_add_fill(&line, 'x', LIMIT_SIGNER_LINE_BYTES);
  assert_int_equal(lines_feed(&l, buf_slice(&line), note, &seen), 0);
  assert_int_equal(lines_feed(&l, slice_str("\n"), note, &seen), 0);
  assert_int_equal(seen.n, LIMIT_SIGNER_LINE_BYTES + 1);
  buf_clear(&seen);
  buf_add_u8(&line, 'x');
  assert_int_equal(lines_feed(&l, buf_slice(&line), note, &seen), 0);
  assert_true(lines_is_inside(&l));
  assert_true(l.rest.n <= LIMIT_SIGNER_LINE_BYTES);
  assert_int_equal(lines_feed(&l, slice_str("more\nnext\n"), note, &seen), 1);
  assert_string_equal(buf_str(&seen), "next|");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_come_in_any_pieces),
      cmocka_unit_test(a_line_is_bounded),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "balance/memo.h"

#include "base/limits.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define ONION "gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd"

static int setup(void **state)
{
  *state = suite_new();
  return *state == NULL;
}

static int teardown(void **state)
{
  suite_free(*state);
  return 0;
}

static void build(struct suite *s, enum memo_kind kind, const char *body, struct buf *out)
{
  struct memo m = {.kind = kind, .body = slice_str(body)};

  assert_int_equal(address_parse(s, slice_str(ONION), &m.address), 0);
  memo_build(s, &m, out);
}

static void names_tell_what_it_is_about(void **state)
{
  static const char *const names[MEMO_KINDS] = {"counters", ("instance-" ONION), "runtime",
                                                "health"};
  struct address a;

  assert_int_equal(address_parse(*state, slice_str(ONION), &a), 0);
  for (unsigned k = 0; k < MEMO_KINDS; k++) {
    struct buf name CLEANUP(buf_deinit) = {0};

    memo_name(*state, (enum memo_kind)k, &a, &name);
    assert_string_equal(buf_str(&name), names[k]);
    assert_true(name.n <= LIMIT_MEMO_NAME_BYTES);
  }
}

static void comes_back_as_it_was(void **state)
{
  static const char *const names[MEMO_KINDS] = {"counters", ("instance-" ONION), "runtime",
                                                "health"};

  for (unsigned k = 0; k < MEMO_KINDS; k++) {
    struct buf text CLEANUP(buf_deinit) = {0};
    struct memo m;

    build(*state, (enum memo_kind)k, "a body\nof two lines", &text);
    assert_int_equal(memo_parse(*state, names[k], buf_slice(&text), &m), 0);
    assert_int_equal(m.kind, k);
    assert_true(slice_is(m.body, "a body\nof two lines"));
  }
}

static void an_address_comes_back(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct address a;
  struct memo m;

  assert_int_equal(address_parse(*state, slice_str(ONION), &a), 0);
  build(*state, MEMO_INSTANCE, "", &text);
  assert_int_equal(memo_parse(*state, "instance-" ONION, buf_slice(&text), &m), 0);
  assert_true(address_equal(&m.address, &a));
  assert_int_equal(m.body.n, 0);
}

/* Wherever a write or a disk cuts it off. */
static void truncated_at_every_byte(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct memo m;

  build(*state, MEMO_COUNTERS, "some body", &text);
  for (size_t n = 0; n < text.n; n++) {
    char *copy = mem_string(text.p, n);
    int err = memo_parse(*state, "counters", slice_of(copy, n), &m);

    free(copy);
    assert_true(err < 0 && err != ERR_UNSUPPORTED);
  }
}

/* A flipped bit is damage, unless it makes the version another one. */
static void every_byte_counts(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct memo m;

  build(*state, MEMO_COUNTERS, "some body", &text);
  for (size_t i = 0; i < text.n; i++) {
    for (int bit = 0; bit < 8; bit++) {
      bool is_version = i == strlen("onionbalance-state ");
      bool is_case = i >= text.n - 65 && bit == 5; /* hex of either case is the same */
      int err;

      text.p[i] ^= (uint8_t)(1 << bit);
      err = memo_parse(*state, "counters", buf_slice(&text), &m);
      text.p[i] ^= (uint8_t)(1 << bit);
      assert_true(err < 0 || is_case);
      assert_true(err != ERR_UNSUPPORTED || is_version);
    }
  }
}

static void more_behind_it_is_damage(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct memo m;

  build(*state, MEMO_COUNTERS, "", &text);
  buf_add_u8(&text, '\n');
  assert_int_equal(memo_parse(*state, "counters", buf_slice(&text), &m), ERR_SYNTAX);
}

static void other_versions_and_kinds_are_left_alone(void **state)
{
  struct memo m;

  assert_int_equal(
      memo_parse(*state, "counters", slice_str("onionbalance-state 2 counters\nwhatever\n"), &m),
      ERR_UNSUPPORTED);
  assert_int_equal(
      memo_parse(*state, "counters", slice_str("onionbalance-state 12345678901 counters\n"), &m),
      ERR_RANGE);
  assert_int_equal(memo_parse(*state, "dreams", slice_str("of somebody else"), &m),
                   ERR_UNSUPPORTED);
}

static void another_name_is_damage(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct memo m;

  build(*state, MEMO_COUNTERS, "", &text);
  assert_int_equal(memo_parse(*state, "runtime", buf_slice(&text), &m), ERR_MISMATCH);
  assert_int_equal(memo_parse(*state, "counters-", buf_slice(&text), &m), ERR_UNSUPPORTED);
}

static void one_byte_too_many(void **state)
{
  struct buf body CLEANUP(buf_deinit) = {0};
  struct memo m = {.kind = MEMO_COUNTERS};

  for (unsigned more = 0; more < 2; more++) {
    struct buf text CLEANUP(buf_deinit) = {0};

    buf_clear(&body);
    buf_add_fill(&body, 'x', LIMIT_MEMO_BYTES + more);
    m.body = buf_slice(&body);
    memo_build(*state, &m, &text);
    assert_true(more == 1 || text.n <= LIMIT_MEMO_FILE_BYTES);
    assert_int_equal(memo_parse(*state, "counters", buf_slice(&text), &m), more ? ERR_RANGE : 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_tell_what_it_is_about),
      cmocka_unit_test(comes_back_as_it_was),
      cmocka_unit_test(an_address_comes_back),
      cmocka_unit_test(truncated_at_every_byte),
      cmocka_unit_test(every_byte_counts),
      cmocka_unit_test(more_behind_it_is_damage),
      cmocka_unit_test(other_versions_and_kinds_are_left_alone),
      cmocka_unit_test(another_name_is_damage),
      cmocka_unit_test(one_byte_too_many),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}

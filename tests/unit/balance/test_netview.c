#include "balance/netview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../hs/file.h"
#include "../hs/text.h"

/* The texts are those of tests/vectors/network.md: 13 HSDirs. */
#define HSDIRS 13

static struct suite *suite;

static int setup(void **state)
{
  (void)state;
  suite = suite_new();
  return suite == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  suite_free(suite);
  return 0;
}

static void load(struct buf *consensus, struct buf *microdescs)
{
  file_load("network_b/consensus", consensus);
  file_load("network_b/microdescs", microdescs);
}

static void joins_both_texts(void **state)
{
  struct buf consensus CLEANUP(buf_deinit) = {0};
  struct buf microdescs CLEANUP(buf_deinit) = {0};
  struct consensus c CLEANUP(consensus_deinit) = {0};
  struct microdesc_set set CLEANUP(microdesc_deinit) = {0};
  struct netview v CLEANUP(netview_deinit) = {0};

  (void)state;
  load(&consensus, &microdescs);
  assert_int_equal(consensus_parse(buf_slice(&consensus), &c), 0);
  assert_int_equal(microdesc_parse_all(suite, buf_slice(&microdescs), &set), 0);
  assert_int_equal(netview_build(suite, buf_slice(&consensus), buf_slice(&microdescs), &v), 0);
  assert_int_equal(v.n_nodes, HSDIRS);
  assert_int_equal(v.n_missing, 0);
  assert_int_equal(v.consensus.valid_after.s, c.valid_after.s);
  assert_true(v.consensus.has_srv_current);
  assert_false(v.consensus.has_srv_previous);
  assert_null(v.consensus.hsdirs); /* the nodes stand for them */
  assert_int_equal(v.consensus.n_hsdirs, 0);
  for (size_t i = 0; i < HSDIRS; i++) {
    const struct microdesc *md = microdesc_find(&set, c.hsdirs[i].md_digest);

    assert_memory_equal(v.nodes[i].fingerprint, c.hsdirs[i].fingerprint, FINGERPRINT_SIZE);
    assert_memory_equal(v.nodes[i].ed25519_id, md->ed25519_id, 32);
  }
}

/* tor has the consensus before it has all microdescriptors. */
static void counts_what_is_missing(void **state)
{
  struct buf consensus CLEANUP(buf_deinit) = {0};
  struct buf microdescs CLEANUP(buf_deinit) = {0};
  struct netview v CLEANUP(netview_deinit) = {0};

  (void)state;
  load(&consensus, &microdescs);
  text_replace(&microdescs, "id ed25519", "id rsa1024");
  assert_int_equal(netview_build(suite, buf_slice(&consensus), buf_slice(&microdescs), &v), 0);
  assert_int_equal(v.n_nodes, HSDIRS - 1);
  assert_int_equal(v.n_missing, 1);
  netview_deinit(&v);
  assert_int_equal(netview_build(suite, buf_slice(&consensus), slice_str(""), &v), 0);
  assert_int_equal(v.n_nodes, 0);
  assert_int_equal(v.n_missing, HSDIRS);
}

static void check_empty(const struct netview *v)
{
  static const struct netview zero;

  assert_memory_equal(v, &zero, sizeof zero);
}

static void is_empty_after_a_bad_text(void **state)
{
  struct buf consensus CLEANUP(buf_deinit) = {0};
  struct buf microdescs CLEANUP(buf_deinit) = {0};
  struct buf bad CLEANUP(buf_deinit) = {0};
  struct netview v;

  (void)state;
  load(&consensus, &microdescs);
  memset(&v, 0x55, sizeof v);
  assert_int_equal(netview_build(suite, slice_str(""), buf_slice(&microdescs), &v), ERR_TRUNCATED);
  check_empty(&v);
  buf_add_slice(&bad, buf_slice(&consensus));
  text_end_before(&bad, "directory-footer");
  memset(&v, 0x55, sizeof v);
  assert_int_equal(netview_build(suite, buf_slice(&bad), buf_slice(&microdescs), &v),
                   ERR_TRUNCATED);
  check_empty(&v);
  memset(&v, 0x55, sizeof v);
  assert_true(netview_build(suite, buf_slice(&consensus), slice_str("id ed25519 x\n"), &v) < 0);
  check_empty(&v);
}

/* Whatever prefix of the consensus comes: an error and nothing kept. */
static void truncated_anywhere(void **state)
{
  struct buf consensus CLEANUP(buf_deinit) = {0};
  struct buf microdescs CLEANUP(buf_deinit) = {0};
  struct buf whole CLEANUP(buf_deinit) = {0};
  size_t end;

  (void)state;
  load(&consensus, &microdescs);
  buf_add_slice(&whole, buf_slice(&consensus));
  text_end_before(&whole, "directory-footer");
  end = whole.n;
  for (size_t n = 0; n < end; n += 7) {
    struct netview v;

    assert_true(netview_build(suite, slice_of(consensus.p, n), buf_slice(&microdescs), &v) < 0);
    check_empty(&v);
  }
}

static void can_be_freed_twice(void **state)
{
  struct buf consensus CLEANUP(buf_deinit) = {0};
  struct buf microdescs CLEANUP(buf_deinit) = {0};
  struct netview v;

  (void)state;
  load(&consensus, &microdescs);
  assert_int_equal(netview_build(suite, buf_slice(&consensus), buf_slice(&microdescs), &v), 0);
  netview_deinit(&v);
  check_empty(&v);
  netview_deinit(&v);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(joins_both_texts),          cmocka_unit_test(counts_what_is_missing),
      cmocka_unit_test(is_empty_after_a_bad_text), cmocka_unit_test(truncated_anywhere),
      cmocka_unit_test(can_be_freed_twice),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}

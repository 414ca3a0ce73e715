#include "balance/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../hs/file.h"
#include "base/base64.h"
#include "base/cursor.h"
#include "base/hex.h"
#include "maker.h"

#define NODES 40

static struct maker maker;

static int setup(void **state)
{
  (void)state;
  maker_init(&maker, 7);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  maker_deinit(&maker);
  return 0;
}

static void adopt(struct network *n, int64_t valid_after)
{
  struct netview v = maker_view(valid_after, NODES);

  assert_int_equal(network_adopt(n, maker.suite, &v, false), 0);
  assert_null(v.nodes); /* moved */
  assert_int_equal(v.n_nodes, 0);
}

/* The clients' period starts at 12:00 and the shared random value comes at
 * 00:00: between both clients use the first descriptor
 * (rend-spec-v3.txt section 2.2.4). */
static void clients_change_the_slot_twice_a_day(void **state)
{
  struct network n CLEANUP(network_deinit) = {0};
  int64_t midnight = MAKER_VALID_AFTER / 86400 * 86400;

  (void)state;
  assert_false(n.is_ready);
  for (int hour = 0; hour < 48; hour++) {
    bool is_after_srv = hour % 24 < 12;

    adopt(&n, midnight + (int64_t)hour * MAKER_HOUR);
    assert_true(n.is_ready);
    assert_int_equal(n.client_slot, is_after_srv ? 0 : 1);
    assert_int_equal(n.slots[1].period.number, n.slots[0].period.number + 1);
    assert_int_equal(n.slots[n.client_slot].period.number,
                     schedule_period_at(&n.schedule, n.view.consensus.valid_after).number);
    assert_non_null(n.rings[0]);
    assert_non_null(n.rings[1]);
  }
}

static void without_an_hsdir_it_stays_as_it_was(void **state)
{
  struct network n CLEANUP(network_deinit) = {0};
  struct netview none = maker_view(MAKER_VALID_AFTER + MAKER_HOUR, 0);

  (void)state;
  assert_int_equal(network_adopt(&n, maker.suite, &none, false), ERR_MISSING);
  assert_false(n.is_ready);
  assert_null(none.nodes);
  adopt(&n, MAKER_VALID_AFTER);
  none = maker_view(MAKER_VALID_AFTER + MAKER_HOUR, 0);
  assert_int_equal(network_adopt(&n, maker.suite, &none, false), ERR_MISSING);
  assert_true(n.is_ready);
  assert_int_equal(n.view.n_nodes, NODES);
  assert_int_equal(n.view.consensus.valid_after.s, MAKER_VALID_AFTER);
}

static void impossible_times_are_refused(void **state)
{
  struct network n CLEANUP(network_deinit) = {0};
  struct netview v = maker_view(MAKER_VALID_AFTER, NODES);

  (void)state;
  v.consensus.fresh_until = v.consensus.valid_after;
  assert_int_equal(network_adopt(&n, maker.suite, &v, false), ERR_RANGE);
  assert_false(n.is_ready);
  assert_null(v.nodes);
  v = maker_view(MAKER_VALID_AFTER, NODES);
  v.consensus.fresh_until = wall_plus(v.consensus.valid_after, 2);
  assert_int_equal(network_adopt(&n, maker.suite, &v, true), ERR_RANGE); /* 48 s a period */
}

/* A testing network has periods of 24 voting intervals. */
static void a_testing_network_has_periods_of_its_own(void **state)
{
  struct network n CLEANUP(network_deinit) = {0};
  struct netview v = maker_view(MAKER_VALID_AFTER, NODES);

  (void)state;
  v.consensus.fresh_until = wall_plus(v.consensus.valid_after, 300);
  assert_int_equal(network_adopt(&n, maker.suite, &v, true), 0);
  assert_int_equal(n.slots[0].period.minutes, 120);
}

static bool has(const uint32_t *places, size_t n, uint32_t place)
{
  for (size_t i = 0; i < n; i++) {
    if (places[i] == place) {
      return true;
    }
  }
  return false;
}

/* Clients look at the first ones of those that services store on. */
static void fetches_from_where_is_stored(void **state)
{
  struct network n CLEANUP(network_deinit) = {0};

  (void)state;
  adopt(&n, MAKER_VALID_AFTER);
  for (int i = 0; i < 100; i++) {
    uint32_t store[NETWORK_HSDIRS_MAX], fetch[NETWORK_HSDIRS_MAX];
    uint8_t blinded[32];

    rng_bytes(&maker.rng, blinded, sizeof blinded);
    assert_int_equal(network_hsdirs_to_store(&n, maker.suite, n.client_slot, blinded, store), 8);
    assert_int_equal(network_hsdirs_to_fetch(&n, maker.suite, blinded, fetch), 6);
    assert_memory_equal(fetch, store, 3 * sizeof fetch[0]); /* of the first replica */
    for (size_t k = 0; k < 8; k++) {
      assert_true(store[k] < NODES);
      assert_false(has(store, k, store[k]));
    }
    for (size_t k = 0; k < 3; k++) {
      assert_true(has(store, 8, fetch[k]));
    }
  }
}

/* The other slot has another ring. */
static void both_slots_differ(void **state)
{
  struct network n CLEANUP(network_deinit) = {0};
  uint32_t first[NETWORK_HSDIRS_MAX], second[NETWORK_HSDIRS_MAX];
  uint8_t blinded[32] = {1};

  (void)state;
  adopt(&n, MAKER_VALID_AFTER);
  assert_int_equal(network_hsdirs_to_store(&n, maker.suite, 0, blinded, first), 8);
  assert_int_equal(network_hsdirs_to_store(&n, maker.suite, 1, blinded, second), 8);
  assert_memory_not_equal(first, second, 8 * sizeof first[0]);
}

/* 16 replicas of 128: no more than there is room for. */
static void never_more_than_fit(void **state)
{
  struct network n CLEANUP(network_deinit) = {0};
  struct netview v = maker_view(MAKER_VALID_AFTER, 600);
  uint32_t out[NETWORK_HSDIRS_MAX];
  uint8_t blinded[32] = {1};

  (void)state;
  for (size_t i = 0; i < 600; i++) {
    rng_bytes(&maker.rng, &v.nodes[i], sizeof v.nodes[i]);
  }
  v.consensus.params = (struct consensus_params){1440, 16, 128, 128};
  assert_int_equal(network_adopt(&n, maker.suite, &v, false), 0);
  assert_int_equal(network_hsdirs_to_store(&n, maker.suite, 0, blinded, out), NETWORK_HSDIRS_MAX);
  assert_int_equal(network_hsdirs_to_fetch(&n, maker.suite, blinded, out), NETWORK_HSDIRS_MAX);
}

/* The HSDirs of one line of uploads are those of the slot it belongs to:
 * both sets are of the same size, and none of theirs is not ours. */
static void check_line(const struct network *n, struct cursor line)
{
  uint32_t places[NETWORK_HSDIRS_MAX];
  uint8_t blinded[32], ours[32], factor[32];
  size_t found = 0, listed = 0;
  struct address a;
  unsigned slot = 0;

  assert_int_equal(address_parse(maker.suite, cursor_word(&line), &a), 0);
  assert_int_equal(base64_parse(cursor_word(&line), blinded, sizeof blinded), 0);
  blind_factor(maker.suite, a.public_key, n->slots[0].period.number, n->slots[0].period.minutes,
               factor);
  assert_int_equal(ed25519_blind_public(a.public_key, factor, ours), 0);
  slot = memcmp(ours, blinded, sizeof ours) == 0 ? 0 : 1;
  assert_int_equal(network_hsdirs_to_store(n, maker.suite, slot, blinded, places), 8);
  for (; cursor_left(&line) > 0; listed++) {
    uint8_t fingerprint[FINGERPRINT_SIZE];

    assert_int_equal(hex_parse(cursor_word(&line), fingerprint, sizeof fingerprint), 0);
    for (size_t i = 0; i < 8; i++) {
      found += memcmp(n->view.nodes[places[i]].fingerprint, fingerprint, FINGERPRINT_SIZE) == 0;
    }
  }
  assert_int_equal(listed, 8);
  assert_int_equal(found, 8);
}

/* Where a tor uploaded to (tests/vectors/network.md). */
static void stores_where_tor_does(void **state)
{
  struct network n CLEANUP(network_deinit) = {0};
  struct buf consensus CLEANUP(buf_deinit) = {0};
  struct buf microdescs CLEANUP(buf_deinit) = {0};
  struct buf uploads CLEANUP(buf_deinit) = {0};
  struct netview v;
  struct cursor c;

  (void)state;
  file_load("network_b/consensus", &consensus);
  file_load("network_b/microdescs", &microdescs);
  file_load("network_b/uploads", &uploads);
  assert_int_equal(netview_build(maker.suite, buf_slice(&consensus), buf_slice(&microdescs), &v),
                   0);
  assert_int_equal(network_adopt(&n, maker.suite, &v, true), 0);
  c = cursor_from(buf_slice(&uploads));
  while (cursor_left(&c) > 0) {
    check_line(&n, cursor_from(cursor_line(&c)));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(clients_change_the_slot_twice_a_day),
      cmocka_unit_test(without_an_hsdir_it_stays_as_it_was),
      cmocka_unit_test(impossible_times_are_refused),
      cmocka_unit_test(a_testing_network_has_periods_of_its_own),
      cmocka_unit_test(fetches_from_where_is_stored),
      cmocka_unit_test(both_slots_differ),
      cmocka_unit_test(never_more_than_fit),
      cmocka_unit_test(stores_where_tor_does),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}

#include "hs/ring.h"

#include "base/base64.h"
#include "base/cursor.h"
#include "base/hex.h"
#include "base/limits.h"
#include "crypto/blind.h"
#include "hs/address.h"
#include "netdoc/microdesc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "file.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define MODEL_MAX 60

static struct suite *suite;

static int setup(void **state)
{
  (void)state;
  suite = suite_new();
  return suite == NULL || sodium_init() < 0 ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  suite_free(suite);
  return 0;
}

/* --- what tor does, written down once more in the plainest way --- */

static void hash(struct buf *input, uint8_t out[SHA3_256_SIZE])
{
  struct slice part = buf_slice(input);

  suite_sha3_256(suite, &part, 1, out);
  buf_deinit(input);
}

static void model_node_index(const struct ring_node *n, const struct period *p,
                             const uint8_t srv[SRV_SIZE], uint8_t out[SHA3_256_SIZE])
{
  struct buf b = {0};

  buf_add_str(&b, "node-idx");
  buf_add(&b, n->ed25519_id, 32);
  buf_add(&b, srv, SRV_SIZE);
  buf_add_u64(&b, p->number);
  buf_add_u64(&b, p->minutes);
  hash(&b, out);
}

static void model_replica_index(const uint8_t blinded[32], uint64_t replica, const struct period *p,
                                uint8_t out[SHA3_256_SIZE])
{
  struct buf b = {0};

  buf_add_str(&b, "store-at-idx");
  buf_add(&b, blinded, 32);
  buf_add_u64(&b, replica);
  buf_add_u64(&b, p->minutes);
  buf_add_u64(&b, p->number);
  hash(&b, out);
}

struct model {
  size_t n;
  uint32_t order[MODEL_MAX]; /* places, sorted by index */
  uint8_t index[MODEL_MAX][SHA3_256_SIZE];
  struct period period;
};

static void model_init(struct model *m, const struct ring_node *nodes, size_t n,
                       const struct period *p, const uint8_t srv[SRV_SIZE])
{
  m->n = n;
  m->period = *p;
  for (size_t i = 0; i < n; i++) {
    size_t at = i;

    model_node_index(&nodes[i], p, srv, m->index[i]);
    while (at > 0 && memcmp(m->index[m->order[at - 1]], m->index[i], SHA3_256_SIZE) > 0) {
      m->order[at] = m->order[at - 1];
      at--;
    }
    m->order[at] = (uint32_t)i;
  }
}

static bool is_chosen(const uint32_t *out, size_t n, uint32_t place)
{
  for (size_t i = 0; i < n; i++) {
    if (out[i] == place) {
      return true;
    }
  }
  return false;
}

/* hs_get_responsible_hsdirs of tor 0.4.9.11: for each replica the search
 * begins at the first node that is not before the index, or at the first of
 * all; it adds nodes not chosen before, and ends when enough have been added
 * or when it comes back to where it began. */
static size_t model_find(const struct model *m, const uint8_t blinded[32], uint32_t replicas,
                         uint32_t spread, uint32_t *out)
{
  size_t n_out = 0;

  for (uint32_t replica = 1; replica <= replicas; replica++) {
    uint8_t want[SHA3_256_SIZE];
    size_t start = 0, at;
    uint32_t added = 0;

    model_replica_index(blinded, replica, &m->period, want);
    while (start < m->n && memcmp(m->index[m->order[start]], want, SHA3_256_SIZE) < 0) {
      start++;
    }
    start = start == m->n ? 0 : start;
    at = start;
    while (added < spread) {
      if (!is_chosen(out, n_out, m->order[at])) {
        out[n_out++] = m->order[at];
        added++;
      }
      at = at + 1 == m->n ? 0 : at + 1;
      if (at == start) {
        break;
      }
    }
  }
  return n_out;
}

/* --- tests --- */

static struct ring_query query(const uint8_t blinded[32], uint32_t replicas, uint32_t spread)
{
  return (struct ring_query){.blinded = blinded, .replicas = replicas, .spread = spread};
}

/* With the parameters of the live network: how many are found. */
static size_t find(const struct ring *r, const uint8_t blinded[32], uint32_t out[8])
{
  struct ring_query q = query(blinded, 2, 4);

  return ring_find(suite, r, &q, out, 8);
}

/* test_hs_indexes of src/test/test_hs_common.c (tor 0.4.9.11) holds for the
 * model, and the ring is compared with the model below. */
static void the_model_has_indexes_of_tor(void **state)
{
  struct period p = {.number = 42, .minutes = 1440};
  uint8_t key[32], srv[SRV_SIZE], want[32], got[32];
  struct ring_node node;

  (void)state;
  memset(key, 0x42, sizeof key);
  memset(srv, 0x43, sizeof srv);
  memset(&node, 0x42, sizeof node);
  assert_int_equal(
      hex_parse(slice_str("37e5cbbd56a22823714f18f1623ece5983a0d64c78495a8cfab854245e5f9a8a"), want,
                32),
      0);
  model_replica_index(key, 1, &p, got);
  assert_memory_equal(got, want, 32);
  assert_int_equal(
      hex_parse(slice_str("db475361014a09965e7e5e4d4a25b8f8d4b8f16cb1d8a7e95eed50249cc1a2d5"), want,
                32),
      0);
  model_node_index(&node, &p, srv, got);
  assert_memory_equal(got, want, 32);
}

/* test_responsible_hsdirs of the same file: two HSDirs, two are found. */
static void two_hsdirs_are_both_responsible(void **state)
{
  struct period p = {.number = 17653, .minutes = 1440};
  struct ring_node nodes[2];
  struct srv srv = {.is_disaster = true};
  uint8_t key[32];
  uint32_t out[8];
  struct ring *r;

  (void)state;
  memset(&nodes[0], 1, sizeof nodes[0]);
  memset(&nodes[1], 2, sizeof nodes[1]);
  memset(key, 42, sizeof key);
  schedule_disaster_srv(suite, p, srv.value);
  r = ring_new(suite, nodes, 2, &p, &srv);
  assert_int_equal(find(r, key, out), 2);
  assert_int_equal(out[0] + out[1], 1);
  ring_free(r);
}

static void random_bytes(uint32_t *seed, void *out, size_t n)
{
  uint8_t *p = out;

  for (size_t i = 0; i < n; i++) {
    *seed = *seed * 1664525U + 1013904223U;
    p[i] = (uint8_t)(*seed >> 24);
  }
}

/* One random ring of n nodes, looked up with several keys and parameters. */
static void compare_with_model(uint32_t *seed, size_t n, bool twins)
{
  struct ring_node nodes[MODEL_MAX];
  struct period p = {.number = *seed % 30000, .minutes = 1 + *seed % 2000};
  struct srv srv = {0};
  uint32_t want[MODEL_MAX], got[LIMIT_RING_REPLICAS * LIMIT_RING_SPREAD];
  struct model m;
  struct ring *r;

  random_bytes(seed, nodes, n * sizeof nodes[0]);
  random_bytes(seed, srv.value, sizeof srv.value);
  if (twins && n > 1) {
    memcpy(nodes[n - 1].ed25519_id, nodes[0].ed25519_id, 32);
  }
  model_init(&m, nodes, n, &p, srv.value);
  r = ring_new(suite, nodes, n, &p, &srv);
  for (int i = 0; i < 4; i++) {
    uint8_t numbers[2], blinded[32];
    uint32_t replicas, spread;
    struct ring_query q;
    size_t found;

    random_bytes(seed, numbers, sizeof numbers);
    random_bytes(seed, blinded, sizeof blinded);
    replicas = i == 0 ? 2 : 1 + numbers[0] % 16;
    spread = i == 0 ? 4U : 1U + numbers[1] % (i == 1 ? 8U : 128U);
    found = model_find(&m, blinded, replicas, spread, want);
    q = query(blinded, replicas, spread);
    assert_int_equal(ring_find(suite, r, &q, got, sizeof got / sizeof *got), found);
    assert_memory_equal(got, want, found * sizeof *got);
    assert_int_equal(ring_find(suite, r, &q, got, 3), found < 3 ? found : 3);
    assert_memory_equal(got, want, (found < 3 ? found : 3) * sizeof *got);
  }
  ring_free(r);
}

static void equals_tor_for_every_size(void **state)
{
  uint32_t seed = 1;

  (void)state;
  for (size_t n = 1; n <= MODEL_MAX; n++) {
    for (int i = 0; i < 60; i++) {
      compare_with_model(&seed, n, i % 10 == 0);
    }
  }
}

static void an_empty_ring_has_nobody(void **state)
{
  struct period p = {.number = 1, .minutes = 1440};
  struct srv srv = {0};
  uint8_t key[32] = {0};
  uint32_t out[8];
  struct ring *r = ring_new(suite, NULL, 0, &p, &srv);

  (void)state;
  assert_int_equal(find(r, key, out), 0);
  ring_free(r);
  ring_free(NULL);
}

/* The Python program stops at the end of the ring; we go round. */
static void goes_round_at_the_end(void **state)
{
  struct period p = {.number = 1, .minutes = 1440};
  struct ring_node nodes[12];
  struct srv srv = {0};
  uint32_t seed = 7;
  struct ring *r;

  (void)state;
  random_bytes(&seed, nodes, sizeof nodes);
  r = ring_new(suite, nodes, 12, &p, &srv);
  for (int i = 0; i < 200; i++) {
    uint8_t key[32];
    uint32_t out[8];

    random_bytes(&seed, key, sizeof key);
    assert_int_equal(find(r, key, out), 8);
  }
  ring_free(r);
}

/* --- where a tor uploaded to (tests/vectors/network.md) --- */

struct network {
  struct buf consensus_text, microdesc_text, uploads;
  struct consensus consensus;
  struct ring_node nodes[MODEL_MAX];
  size_t n;
  struct schedule schedule;
  struct schedule_slot slots[2];
};

static void load(const char *folder, const char *name, struct buf *out)
{
  char path[64];

  snprintf(path, sizeof path, "%s/%s", folder, name);
  file_load(path, out);
}

static void network_init(struct network *w, const char *folder)
{
  struct microdesc_set set;

  memset(w, 0, sizeof *w);
  load(folder, "consensus", &w->consensus_text);
  load(folder, "microdescs", &w->microdesc_text);
  load(folder, "uploads", &w->uploads);
  assert_int_equal(consensus_parse(buf_slice(&w->consensus_text), &w->consensus), 0);
  assert_int_equal(microdesc_parse_all(suite, buf_slice(&w->microdesc_text), &set), 0);
  assert_int_equal(w->consensus.n_hsdirs, 13);
  for (size_t i = 0; i < w->consensus.n_hsdirs; i++) {
    const struct microdesc *m = microdesc_find(&set, w->consensus.hsdirs[i].md_digest);

    assert_non_null(m); /* the last one too */
    memcpy(w->nodes[w->n].fingerprint, w->consensus.hsdirs[i].fingerprint, FINGERPRINT_SIZE);
    memcpy(w->nodes[w->n].ed25519_id, m->ed25519_id, 32);
    w->n++;
  }
  microdesc_deinit(&set);
  assert_int_equal(schedule_init(&w->schedule, &w->consensus, true), 0);
  schedule_slots(&w->schedule, suite, &w->consensus, w->slots);
}

static void network_deinit(struct network *w)
{
  consensus_deinit(&w->consensus);
  buf_deinit(&w->consensus_text);
  buf_deinit(&w->microdesc_text);
  buf_deinit(&w->uploads);
}

/* The slot that the blinded key belongs to. */
static const struct schedule_slot *slot_of(const struct network *w, const struct address *a,
                                           const uint8_t blinded[32])
{
  for (size_t i = 0; i < 2; i++) {
    uint8_t factor[32], ours[32];

    blind_factor(suite, a->public_key, w->slots[i].period.number, w->slots[i].period.minutes,
                 factor);
    assert_int_equal(ed25519_blind_public(a->public_key, factor, ours), 0);
    if (memcmp(ours, blinded, sizeof ours) == 0) {
      return &w->slots[i];
    }
  }
  return NULL;
}

/* One line of uploads: every HSDir there is one of ours, and we have no
 * other. */
static void check_upload(const struct network *w, struct cursor line)
{
  const struct schedule_slot *slot;
  struct address a;
  uint8_t blinded[32];
  uint32_t out[8];
  struct ring *r;
  size_t n;

  assert_int_equal(address_parse(suite, cursor_word(&line), &a), 0);
  assert_int_equal(base64_parse(cursor_word(&line), blinded, sizeof blinded), 0);
  slot = slot_of(w, &a, blinded);
  assert_non_null(slot);
  r = ring_new(suite, w->nodes, w->n, &slot->period, &slot->srv);
  assert_int_equal(w->consensus.params.hsdir_n_replicas, 2);
  assert_int_equal(w->consensus.params.hsdir_spread_store, 4);
  n = find(r, blinded, out);
  assert_int_equal(n, 8);
  while (cursor_left(&line) > 0) {
    uint8_t fingerprint[FINGERPRINT_SIZE];
    bool is_ours = false;

    assert_int_equal(hex_parse(cursor_word(&line), fingerprint, sizeof fingerprint), 0);
    for (size_t i = 0; i < 8; i++) {
      is_ours =
          is_ours || memcmp(w->nodes[out[i]].fingerprint, fingerprint, sizeof fingerprint) == 0;
    }
    assert_true(is_ours);
    n--;
  }
  assert_int_equal(n, 0);
  ring_free(r);
}

static void finds_where_tor_uploads_to(void **state)
{
  static const char *const folders[] = {"network_b", "network_c"};

  (void)state;
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
    struct network w;
    struct cursor c;

    network_init(&w, folders[i]);
    c = cursor_from(buf_slice(&w.uploads));
    while (cursor_left(&c) > 0) {
      check_upload(&w, cursor_from(cursor_line(&c)));
    }
    network_deinit(&w);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_model_has_indexes_of_tor),
      cmocka_unit_test(two_hsdirs_are_both_responsible),
      cmocka_unit_test(equals_tor_for_every_size),
      cmocka_unit_test(an_empty_ring_has_nobody),
      cmocka_unit_test(goes_round_at_the_end),
      cmocka_unit_test(finds_where_tor_uploads_to),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}

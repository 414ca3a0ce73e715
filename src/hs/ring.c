#include "hs/ring.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The begin of a node's index, which decides nearly every comparison, and
 * its place in the array that the ring was made from. */
struct position {
  uint64_t key;
  uint32_t place;
};

struct ring {
  struct position *positions;        /* sorted by index, then by place */
  uint8_t (*indexes)[SHA3_256_SIZE]; /* by place */
  size_t n;
  struct period period;
};

static uint64_t read_u64(const uint8_t *p)
{
  uint64_t v = 0;

  for (size_t i = 0; i < 8; i++) {
    v = v << 8 | p[i];
  }
  return v;
}

static void write_u64(uint64_t v, uint8_t *p)
{
  for (size_t i = 0; i < 8; i++) {
    p[i] = (uint8_t)(v >> (8 * (7 - i)));
  }
}

/* The input of a node's hash is one block of text with the identity in the
 * middle; everything else is the same for all nodes. */
#define NODE_PREFIX      "node-idx"
#define NODE_PREFIX_SIZE (sizeof NODE_PREFIX - 1)
#define NODE_INPUT_SIZE  (NODE_PREFIX_SIZE + 32 + SRV_SIZE + 16)

static void hash_nodes(struct suite *s, const struct ring_node *nodes, const struct srv *srv,
                       struct ring *r)
{
  uint8_t input[NODE_INPUT_SIZE] = {0};
  struct slice part = slice_of(input, sizeof input);

  memcpy(input, NODE_PREFIX, NODE_PREFIX_SIZE);
  memcpy(input + NODE_PREFIX_SIZE + 32, srv->value, SRV_SIZE);
  write_u64(r->period.number, input + NODE_INPUT_SIZE - 16);
  write_u64(r->period.minutes, input + NODE_INPUT_SIZE - 8);
  for (size_t i = 0; i < r->n; i++) {
    memcpy(input + NODE_PREFIX_SIZE, nodes[i].ed25519_id, 32);
    suite_sha3_256(s, &part, 1, r->indexes[i]);
    r->positions[i] = (struct position){.key = read_u64(r->indexes[i]), .place = (uint32_t)i};
  }
}

/* Two relays with the same Ed25519 identity have the same index: they keep
 * the order of the array, as the stable sort of tor's C library leaves it. */
static int compare_positions(const void *left, const void *right, void *ring)
{
  const struct position *a = left;
  const struct position *b = right;
  const struct ring *r = ring;
  int order;

  if (a->key != b->key) {
    return a->key < b->key ? -1 : 1;
  }
  order = memcmp(r->indexes[a->place], r->indexes[b->place], SHA3_256_SIZE);
  if (order != 0) {
    return order;
  }
  return a->place < b->place ? -1 : 1;
}

/* Hashes are spread evenly: with about one bucket for each position, by the
 * first bits of the key, hardly anything is left to sort. */
static unsigned bucket_bits(size_t n)
{
  unsigned bits = 1;

  while (bits < 20 && n >> bits > 1) {
    bits++;
  }
  return bits;
}

/* Puts the positions into the order of their buckets; begin[b] is then where
 * bucket b ends. */
static void distribute(struct ring *r, unsigned bits, size_t *begin)
{
  struct position *sorted = mem_array(r->n, sizeof *sorted);
  size_t sum = 0;

  for (size_t i = 0; i < r->n; i++) {
    begin[r->positions[i].key >> (64 - bits)]++;
  }
  for (size_t b = 0; b < (size_t)1 << bits; b++) {
    size_t n = begin[b];

    begin[b] = sum;
    sum += n;
  }
  for (size_t i = 0; i < r->n; i++) {
    sorted[begin[r->positions[i].key >> (64 - bits)]++] = r->positions[i];
  }
  free(r->positions);
  r->positions = sorted;
}

static void sort_positions(struct ring *r)
{
  unsigned bits = bucket_bits(r->n);
  CLEANUP(mem_free_at) size_t *ends = mem_array((size_t)1 << bits, sizeof *ends);
  size_t from = 0;

  distribute(r, bits, ends);
  for (size_t b = 0; b < (size_t)1 << bits; b++) {
    if (ends[b] - from > 1) {
      qsort_r(r->positions + from, ends[b] - from, sizeof *r->positions, compare_positions, r);
    }
    from = ends[b];
  }
}

struct ring *ring_new(struct suite *s, const struct ring_node *nodes, size_t n,
                      const struct period *p, const struct srv *srv)
{
  struct ring *r = mem_new(sizeof *r);

  *r = (struct ring){
      .positions = mem_array(n, sizeof *r->positions),
      .indexes = mem_array(n, sizeof *r->indexes),
      .n = n,
      .period = *p,
  };
  hash_nodes(s, nodes, srv, r);
  sort_positions(r);
  return r;
}

void ring_free(struct ring *r)
{
  if (r == NULL) {
    return;
  }
  free(r->positions);
  free(r->indexes);
  free(r);
}

/* Where the search of a replica begins on the ring. */
static void hash_replica(struct suite *s, const struct ring *r, const uint8_t blinded[32],
                         uint64_t replica, uint8_t out[SHA3_256_SIZE])
{
  uint8_t numbers[24] = {0};
  struct slice parts[] = {slice_str("store-at-idx"), slice_of(blinded, 32),
                          slice_of(numbers, sizeof numbers)};

  write_u64(replica, numbers);
  write_u64(r->period.minutes, numbers + 8);
  write_u64(r->period.number, numbers + 16);
  suite_sha3_256(s, parts, 3, out);
}

/* True if the node at position i comes before the index. */
static bool is_before(const struct ring *r, size_t i, const uint8_t index[SHA3_256_SIZE],
                      uint64_t key)
{
  const struct position *p = &r->positions[i];

  if (p->key != key) {
    return p->key < key;
  }
  return memcmp(r->indexes[p->place], index, SHA3_256_SIZE) < 0;
}

/* The first position at or after the index, or 0 if there is none: the ring
 * goes round. */
static size_t first_at(const struct ring *r, const uint8_t index[SHA3_256_SIZE])
{
  uint64_t key = read_u64(index);
  size_t low = 0;
  size_t high = r->n;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (is_before(r, middle, index, key)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low == r->n ? 0 : low;
}

static bool contains(const uint32_t *places, size_t n, uint32_t place)
{
  for (size_t i = 0; i < n; i++) {
    if (places[i] == place) {
      return true;
    }
  }
  return false;
}

size_t ring_find(struct suite *s, const struct ring *r, const struct ring_query *q, uint32_t *out,
                 size_t max)
{
  uint8_t index[SHA3_256_SIZE];
  size_t n = 0;

  for (uint32_t replica = 1; replica <= q->replicas && r->n > 0; replica++) {
    uint32_t added = 0;
    size_t first;

    hash_replica(s, r, q->blinded, replica, index);
    first = first_at(r, index);
    for (size_t i = 0; i < r->n && added < q->spread && n < max; i++) {
      size_t at = first + i < r->n ? first + i : first + i - r->n;
      uint32_t place = r->positions[at].place;

      if (!contains(out, n, place)) {
        out[n++] = place;
        added++;
      }
    }
  }
  return n;
}

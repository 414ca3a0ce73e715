/* Figures of the network view and of descriptors, each beside its floor: the
 * hashes, signatures and scans that nobody can do without, timed in the same
 * run on the same bytes. Best of several rounds, CPU time. */
#include "base/mem.h"
#include "hs/desc_build.h"
#include "hs/ring.h"
#include "netdoc/microdesc.h"
#include "synthetic_net.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_RELAYS  8000
#define ROUNDS    15
#define MINUTES   1440
#define NOW       ((struct wall){1700000000})
#define INNER_MAX 16384

/* A signature over the first n bytes of the message. */
struct floor_signature {
  size_t n;
  uint8_t bytes[64];
};

/* Everything that the measured functions work on. */
struct bench {
  struct suite *suite;
  struct synthetic_rng rng_state;
  struct rng rng;
  struct synthetic_net net;
  struct ring_node nodes[N_RELAYS];
  struct period period;
  struct srv srv;
  struct ring *ring;
  uint8_t wanted[32]; /* blinded key to look up, another one each time */
  uint8_t identity[64], blinded[64], blinded_public[32];
  struct desc_frame frame;
  struct intro intros[LIMIT_INTRO_POINTS];
  struct buf inner;                           /* of 16 points */
  struct buf text;                            /* an instance's descriptor of 3 points */
  uint8_t message[1 << 16];                   /* what the floors sign and hash: zeros */
  uint8_t scratch[1 << 16];                   /* where they write to */
  uint8_t floor_public[32], floor_secret[64]; /* libsodium's own form of a key pair */
  struct floor_signature on_cert, on_text;
  uint64_t sink;
};

static void must(int err)
{
  if (err < 0) {
    fprintf(stderr, "bench_hs: error %d\n", err);
    exit(1);
  }
}

static double now_us(void)
{
  struct timespec t;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Microseconds that one call takes, best of ROUNDS rounds of n calls. */
static double measure(struct bench *b, void (*f)(struct bench *b), int n)
{
  double best = 1e18;

  for (int round = 0; round < ROUNDS; round++) {
    double start = now_us();
    double took;

    for (int i = 0; i < n; i++) {
      f(b);
    }
    took = (now_us() - start) / n;
    best = took < best ? took : best;
  }
  return best;
}

static void report(const char *what, double ours, double floor_us, double goal)
{
  printf("%-44s %9.1f us  floor %9.1f us  x%4.2f", what, ours, floor_us, ours / floor_us);
  if (goal > 0) {
    printf("  goal %8.0f us  %s", goal, ours <= goal ? "ok" : "MISSED");
  }
  putchar('\n');
}

/* --- consensus and microdescriptors --- */

static void parse_net(struct bench *b)
{
  struct consensus c;
  struct microdesc_set set;

  must(consensus_parse(buf_slice(&b->net.consensus), &c));
  must(microdesc_parse_all(b->suite, buf_slice(&b->net.microdescs), &set));
  b->sink += c.n_hsdirs + set.n;
  consensus_deinit(&c);
  microdesc_deinit(&set);
}

static void parse_consensus(struct bench *b)
{
  struct consensus c;

  must(consensus_parse(buf_slice(&b->net.consensus), &c));
  b->sink += c.n_hsdirs;
  consensus_deinit(&c);
}

static void scan_lines(struct bench *b, struct slice s)
{
  const uint8_t *end = s.p + s.n;

  for (const uint8_t *p = s.p; p < end; p++) {
    p = memchr(p, '\n', (size_t)(end - p));
    if (p == NULL) {
      break;
    }
    b->sink++;
  }
}

static void scan_consensus(struct bench *b)
{
  scan_lines(b, buf_slice(&b->net.consensus));
}

static void parse_net_floor(struct bench *b)
{
  struct slice all = buf_slice(&b->net.microdescs);
  size_t size = all.n / N_RELAYS;
  uint8_t out[SHA256_SIZE];

  scan_consensus(b);
  scan_lines(b, all);
  for (size_t i = 0; i < N_RELAYS; i++) {
    struct slice one = slice_of(all.p + i * size, size);

    suite_sha256(b->suite, &one, 1, out);
    b->sink += out[0];
  }
}

/* --- ring --- */

static void build_ring(struct bench *b)
{
  ring_free(b->ring);
  b->ring = ring_new(b->suite, b->nodes, N_RELAYS, &b->period, &b->srv);
}

static void build_ring_floor(struct bench *b)
{
  uint8_t out[SHA3_256_SIZE];
  struct slice input = slice_of(b->message, 8 + 32 + 32 + 16);

  for (size_t i = 0; i < N_RELAYS; i++) {
    suite_sha3_256(b->suite, &input, 1, out);
    b->sink += out[0];
  }
}

static void find_in_ring(struct bench *b)
{
  struct ring_query query = {.blinded = b->wanted, .replicas = 2, .spread = 4};
  uint32_t out[8];

  b->sink += ring_find(b->suite, b->ring, &query, out, 8);
  b->wanted[7]++;
}

static void find_in_ring_floor(struct bench *b)
{
  uint8_t out[SHA3_256_SIZE];
  struct slice input = slice_of(b->message, 12 + 32 + 24);

  for (int i = 0; i < 2; i++) {
    suite_sha3_256(b->suite, &input, 1, out);
    b->sink += out[0];
  }
}

/* --- descriptors --- */

static void fill_frame(struct bench *b, struct desc_frame *f)
{
  struct cert_request request = {.type = CERT_DESC_SIGNING,
                                 .expiration_hours = cert_desc_expiration(NOW)};

  memcpy(f->blinded_key, b->blinded_public, 32);
  memcpy(request.key, f->signing_key, 32);
  memcpy(request.signer, b->blinded_public, 32);
  must(cert_build(&request, b->blinded, f->cert));
}

static void descriptor_from_scratch(struct bench *b)
{
  struct desc_content content = {.intros = b->intros, .n_intros = 20, .flow_control = "1-2 31"};
  CLEANUP(buf_deinit) struct buf inner = {0};
  CLEANUP(buf_deinit) struct buf out = {0};
  CLEANUP(desc_frame_deinit) struct desc_frame f;
  struct desc_payload payload;

  desc_frame_init(&f, &b->rng);
  fill_frame(b, &f);
  must(desc_inner_build(&f, &content, NOW, &inner));
  payload = (struct desc_payload){.inner = buf_slice(&inner), .revision = 42};
  must(desc_encode(b->suite, &f, &payload, &b->rng, &out));
  b->sink += out.n;
}

/* One sealing: key derivation, AES and MAC over n bytes. */
static void seal_floor(struct bench *b, size_t n)
{
  struct slice small = slice_of(b->message, 120);
  struct slice all = slice_of(b->message, n);

  suite_shake256(b->suite, &small, 1, b->scratch, 80);
  suite_aes256_ctr(b->suite, b->message, b->message, slice_of(b->message, n), b->scratch);
  suite_sha3_256(b->suite, &all, 1, b->scratch);
}

static void sign_floor(struct bench *b, size_t n, struct floor_signature *out)
{
  out->n = n;
  crypto_sign_detached(out->bytes, NULL, b->message, n, b->floor_secret);
}

static void verify_floor(struct bench *b, const struct floor_signature *s)
{
  must(crypto_sign_verify_detached(s->bytes, b->message, s->n, b->floor_public));
}

/* The least one encoding can do: both layers, one signature over n_text
 * bytes and its check. */
static void encode_floor_of(struct bench *b, size_t n_inner, size_t n_middle, size_t n_text)
{
  struct floor_signature signature;

  seal_floor(b, n_inner);
  seal_floor(b, n_middle);
  sign_floor(b, n_text, &signature);
  verify_floor(b, &signature);
}

static void encode_floor(struct bench *b)
{
  encode_floor_of(b, b->inner.n, 20000, 27700);
}

/* Three keys, the signing key's certificate and two for each point. */
static void descriptor_floor(struct bench *b)
{
  struct floor_signature signature;

  for (int i = 0; i < 2; i++) {
    crypto_sign_seed_keypair(b->scratch, b->scratch + 32, b->message);
  }
  for (int i = 0; i < 41; i++) {
    sign_floor(b, 76, &signature);
  }
  verify_floor(b, &signature); /* the long-lived key's signature */
  encode_floor_of(b, 14800, 30000, 41000);
}

static void encode(struct bench *b)
{
  struct desc_payload payload = {.inner = buf_slice(&b->inner), .revision = 42};

  buf_clear(&b->text);
  must(desc_encode(b->suite, &b->frame, &payload, &b->rng, &b->text));
}

static void read_instance(struct bench *b)
{
  struct desc_outer outer;
  struct desc_inner inner;

  must(desc_outer_parse(buf_slice(&b->text), NOW, &outer));
  must(desc_inner_decrypt(b->suite, &outer, b->frame.subcredential, NOW, &inner));
  b->sink += inner.n_intros;
}

static void read_instance_floor(struct bench *b)
{
  verify_floor(b, &b->on_cert);
  verify_floor(b, &b->on_text);
  seal_floor(b, 2300);
  seal_floor(b, 10000);
}

/* --- setting up --- */

static void random_x25519(struct bench *b, uint8_t ed[32], uint8_t x[32])
{
  uint8_t seed[32], expanded[64];

  rng_bytes(&b->rng, seed, sizeof seed);
  ed25519_expand(seed, expanded);
  must(ed25519_public_of(expanded, ed));
  must(ed25519_to_x25519(ed, x));
  ed[31] &= 0x7f;
}

static void init_intros(struct bench *b)
{
  for (size_t i = 0; i < LIMIT_INTRO_POINTS; i++) {
    struct intro *p = &b->intros[i];
    uint8_t list[65] = {3, 0, 6, 10, 0, 0, 1, 0x23, 0x28, 2, 20};

    rng_bytes(&b->rng, list + 11, 20);
    list[31] = 3;
    list[32] = 32;
    rng_bytes(&b->rng, list + 33, 32);
    memcpy(p->linkspecs, list, sizeof list);
    p->linkspecs_size = sizeof list;
    memcpy(p->relay_id, list + 11, 20);
    rng_bytes(&b->rng, p->onion_key, 32);
    rng_bytes(&b->rng, p->auth_key, 32);
    random_x25519(b, p->enc_key_certified, p->enc_key);
  }
}

static void init_net(struct bench *b)
{
  struct synthetic_options options = {.n_relays = N_RELAYS,
                                      .hsdir_percent = 100,
                                      .valid_after = {NOW.s / 3600 * 3600},
                                      .interval = 3600};

  synthetic_net_init(&b->net, b->suite, &b->rng, &options);
  rng_bytes(&b->rng, b->nodes, sizeof b->nodes);
  rng_bytes(&b->rng, &b->srv.value, sizeof b->srv.value);
  b->period = (struct period){.number = 19675, .minutes = MINUTES};
  build_ring(b);
}

static void init_keys(struct bench *b)
{
  uint8_t seed[32];

  rng_bytes(&b->rng, seed, sizeof seed);
  ed25519_expand(seed, b->blinded);
  must(ed25519_public_of(b->blinded, b->blinded_public));
  desc_frame_init(&b->frame, &b->rng);
  fill_frame(b, &b->frame);
}

static void build_inner(struct bench *b, size_t n)
{
  struct desc_content content = {.intros = b->intros, .n_intros = n, .flow_control = "1-2 31"};

  buf_clear(&b->inner);
  must(desc_inner_build(&b->frame, &content, NOW, &b->inner));
}

static void bench_network(struct bench *b)
{
  printf("consensus %zu bytes, microdescriptors %zu bytes, %d relays\n", b->net.consensus.n,
         b->net.microdescs.n, N_RELAYS);
  report("consensus and microdescriptors", measure(b, parse_net, 1), measure(b, parse_net_floor, 1),
         20000);
  report("  consensus alone", measure(b, parse_consensus, 1), measure(b, scan_consensus, 1), 10000);
  report("ring of 8,000", measure(b, build_ring, 1), measure(b, build_ring_floor, 1), 5000);
  report("ring look-up, 2 x 4", measure(b, find_in_ring, 100), measure(b, find_in_ring_floor, 100),
         10);
}

static void bench_descriptors(struct bench *b)
{
  report("descriptor of 20 points from scratch", measure(b, descriptor_from_scratch, 10),
         measure(b, descriptor_floor, 10), 1500);
  build_inner(b, 16);
  report("desc_encode, 16 points", measure(b, encode, 20), measure(b, encode_floor, 20), 0);
  build_inner(b, 3);
  encode(b);
  sign_floor(b, 76, &b->on_cert);
  sign_floor(b, b->text.n, &b->on_text);
  report("instance parsed and decrypted, 3 points", measure(b, read_instance, 20),
         measure(b, read_instance_floor, 20), 1000);
}

int main(void)
{
  struct bench *b = mem_new(sizeof *b);

  if (sodium_init() < 0 || (b->suite = suite_new()) == NULL) {
    fprintf(stderr, "bench_hs: no cryptography\n");
    return 1;
  }
  b->rng = synthetic_rng_from(&b->rng_state, 1);
  crypto_sign_keypair(b->floor_public, b->floor_secret);
  init_net(b);
  init_keys(b);
  init_intros(b);
  bench_network(b);
  bench_descriptors(b);
  printf("(%llx)\n", (unsigned long long)b->sink);
  ring_free(b->ring);
  desc_frame_deinit(&b->frame);
  buf_deinit(&b->inner);
  buf_deinit(&b->text);
  synthetic_net_deinit(&b->net);
  suite_free(b->suite);
  free(b);
  return 0;
}

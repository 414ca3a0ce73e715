/* One full cycle of the core with its signer: the network is read, the
 * descriptors of all instances are fetched (two HSDirs each), verified and
 * decrypted, both descriptors of each service are built, encoded for each of
 * their HSDirs, and confirmed. CPU time beside the floor: the bare
 * cryptography for the same amounts, in the same run. */
#include "balance/core.h"
#include "balance/index.h"
#include "base/mem.h"
#include "crypto/blind.h"
#include "cycle_input.h"
#include "signer/client.h"
#include "signer/session.h"
#include "synthetic_net.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ENCODED_BYTES 14000 /* plaintext of a layer, roughly */

struct bench {
  struct cycle_input input;
  struct suite *suite;
  struct synthetic_rng rng_state;
  struct rng rng;
  struct core *core;
  struct index places; /* of instances, by address */
  struct keyring *keys;
  struct session *session;
  struct client *client;
  struct moment now;
  struct action_list actions;
  struct action_list next; /* what is being done */
  size_t n_fetched, n_uploaded;
  double us_network; /* CPU of reading consensus and microdescriptors */
};

static void must(bool ok, const char *what)
{
  if (!ok) {
    fprintf(stderr, "bench_cycle: %s\n", what);
    exit(1);
  }
}

static double cpu_us(void)
{
  struct timespec t;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Peak resident memory of this process in KiB. */
static long peak_memory(void)
{
  FILE *f = fopen("/proc/self/status", "r");
  char line[256];
  long kib = 0;

  while (f != NULL && fgets(line, sizeof line, f) != NULL) {
    if (strncmp(line, "VmHWM:", 6) == 0) {
      kib = atol(line + 6);
    }
  }
  if (f != NULL) {
    fclose(f);
  }
  return kib;
}

static void step(struct bench *b, const struct event *e)
{
  b->now.mono.ms++;
  core_step(b->core, e, b->now, &b->rng, &b->actions);
}

static void load_network(struct bench *b)
{
  CLEANUP(buf_deinit) struct buf consensus = {0};
  CLEANUP(buf_deinit) struct buf microdescs = {0};
  struct netview view;
  double start;

  cycle_input_network(&b->input, &consensus, &microdescs);
  start = cpu_us();
  must(netview_build(b->suite, buf_slice(&consensus), buf_slice(&microdescs), &view) == 0,
       "the network does not parse");
  b->us_network += cpu_us() - start;
  step(b, &(struct event){.kind = EVENT_NETWORK, .view = &view});
  netview_deinit(&view);
}

static void fetch(struct bench *b, const struct action *a, size_t instance)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct event e = {.kind = EVENT_FETCHED, .address = a->address};

  cycle_input_descriptor(&b->input, instance, &text);
  memcpy(e.fingerprint, a->fingerprint, sizeof e.fingerprint);
  e.text = buf_slice(&text);
  step(b, &e);
  b->n_fetched++;
}

/* The place of an instance by its address. */
static size_t find_instance(const struct bench *b, const struct address *a)
{
  uint32_t place = 0;

  must(index_find(&b->places, a, &place), "a fetch for nobody");
  return place;
}

/* Carries bytes between the publisher's and the signer's side. */
static void exchange(struct bench *b)
{
  CLEANUP(buf_deinit) struct buf replies = {0};
  struct buf *requests = client_output(b->client);

  must(session_feed(b->session, requests, b->now.wall, &replies) == 0, "the signer");
  client_feed(b->client, buf_slice(&replies));
}

static void take_answer(struct bench *b)
{
  struct client_result r;
  struct event e;
  bool has = false;

  must(client_next(b->client, &r, &has) == 0 && has && !r.refused, "the signer refuses");
  e = (struct event){.kind = r.kind == WIRE_BLIND ? EVENT_BLINDED : EVENT_CERTIFIED,
                     .service = r.index,
                     .period = {r.period.number, r.period.minutes},
                     .blinded_key = r.public_key,
                     .revision_key = r.revision_key,
                     .cert = r.cert};
  step(b, &e);
}

static void ask_signer(struct bench *b, const struct action *a)
{
  struct wire_period period = {a->period.number, a->period.minutes};
  struct client_certify what = {
      .index = a->service, .period = period, .expiration_hours = a->expiration_hours};

  memcpy(what.blinded, a->blinded_key, sizeof what.blinded);
  memcpy(what.key, a->key, sizeof what.key);
  must((a->kind == ACTION_BLIND ? client_blind(b->client, 0, a->service, &period)
                                : client_certify(b->client, 0, &what)) == 0,
       "the signer cannot be asked");
  exchange(b);
  take_answer(b);
}

static void confirm(struct bench *b, const struct action *a)
{
  struct event e = {.kind = EVENT_UPLOADED, .address = a->address};

  memcpy(e.fingerprint, a->fingerprint, sizeof e.fingerprint);
  step(b, &e);
  b->n_uploaded++;
}

static void do_action(struct bench *b, const struct action *a)
{
  switch (a->kind) {
  case ACTION_LOG:
  case ACTION_KEEP:
    break;
  case ACTION_LOAD_NETWORK:
    load_network(b);
    break;
  case ACTION_FETCH:
    fetch(b, a, find_instance(b, &a->address));
    break;
  case ACTION_UPLOAD:
    confirm(b, a);
    break;
  case ACTION_BLIND:
  case ACTION_CERTIFY:
    ask_signer(b, a);
    break;
  case ACTION_PROBE:
  case ACTION_PROBE_STOP:
    break;
  }
}

/* Does what the core wants until it wants nothing more for now. */
static void run(struct bench *b)
{
  while (b->actions.n > 0) {
    struct action_list t = b->next;

    b->next = b->actions;
    b->actions = t;
    for (size_t i = 0; i < b->next.n; i++) {
      do_action(b, &b->next.items[i]);
    }
    action_list_clear(&b->next);
  }
}

static void make_core(struct bench *b)
{
  const struct cycle_size *size = &b->input.size;
  struct core_service *services = mem_array(size->n_services, sizeof *services);
  struct core_instance *instances =
      mem_array(size->n_services * size->n_instances, sizeof *instances);
  uint32_t *places = mem_array(size->n_services * size->n_instances, sizeof *places);
  struct core_config config = {.services = services,
                               .n_services = size->n_services,
                               .instances = instances,
                               .n_instances = size->n_services * size->n_instances};

  index_init(&b->places, config.n_instances);
  for (size_t i = 0; i < config.n_instances; i++) {
    instances[i] =
        (struct core_instance){.address = cycle_input_address(true, i), .label = "instance"};
    b->places.entries[i] = (struct index_entry){instances[i].address, (uint32_t)i};
    places[i] = (uint32_t)i;
  }
  for (size_t i = 0; i < size->n_services; i++) {
    services[i] = (struct core_service){.address = cycle_input_address(false, i),
                                        .label = "service",
                                        .instances = places + i * size->n_instances,
                                        .n_instances = size->n_instances};
  }
  index_sort(&b->places);
  b->core = core_new(b->suite, &config);
  free(services);
  free(instances);
  free(places);
}

static void make_signer(struct bench *b)
{
  struct client_result r;
  size_t count = 0;
  bool has = true;

  b->keys = keyring_new(b->input.size.n_services);
  for (size_t i = 0; i < b->input.size.n_services; i++) {
    uint8_t expanded[ED25519_EXPANDED_SIZE];

    cycle_input_secret(false, i, expanded);
    must(keyring_put(b->keys, i, expanded) == 0, "a key");
  }
  b->session = session_new(b->keys);
  b->client = client_new(b->suite);
  client_hello(b->client);
  while (!client_is_ready(b->client, &count)) {
    exchange(b);
    do {
      must(client_next(b->client, &r, &has) == 0, "the signer's keys");
    } while (has);
  }
}

/* Microseconds of one call, best of some. */
static double best_of(struct bench *b, void (*f)(struct bench *b, const uint8_t *bytes),
                      const uint8_t *bytes)
{
  double best = 1e18;

  for (int i = 0; i < 20; i++) {
    double start = cpu_us();

    f(b, bytes);
    best = cpu_us() - start < best ? cpu_us() - start : best;
  }
  return best;
}

static uint8_t floor_public[32], floor_secret[64], floor_signature[64];
static uint8_t floor_scratch[2 * ENCODED_BYTES];

static void floor_sign(struct bench *b, const uint8_t *bytes)
{
  (void)b;
  crypto_sign_detached(floor_signature, NULL, bytes, ENCODED_BYTES, floor_secret);
}

static void floor_sign_short(struct bench *b, const uint8_t *bytes)
{
  (void)b;
  crypto_sign_detached(floor_signature, NULL, bytes, 76, floor_secret);
}

static void floor_verify(struct bench *b, const uint8_t *bytes)
{
  (void)b;
  must(crypto_sign_verify_detached(floor_signature, bytes, ENCODED_BYTES, floor_public) == 0,
       "floor");
}

static void floor_verify_short(struct bench *b, const uint8_t *bytes)
{
  (void)b;
  must(crypto_sign_verify_detached(floor_signature, bytes, 76, floor_public) == 0, "floor");
}

/* Key derivation, cipher and authentication code of one layer. */
static void floor_layer(struct bench *b, const uint8_t *bytes)
{
  struct slice key = slice_of(bytes, 32 + 32 + 8 + 16);
  struct slice text = slice_of(bytes, ENCODED_BYTES);
  uint8_t keys[80];

  suite_shake256(b->suite, &key, 1, keys, sizeof keys);
  suite_aes256_ctr(b->suite, keys, keys + 32, text, floor_scratch);
  suite_sha3_256(b->suite, &text, 1, keys);
}

static void floor_blind(struct bench *b, const uint8_t *bytes)
{
  uint8_t out[32];

  (void)b;
  (void)bytes;
  must(ed25519_blind_public(floor_public, floor_secret, out) == 0, "floor");
}

/* The bare cryptography of the cycle. */
static double floor_of(struct bench *b)
{
  static uint8_t bytes[ENCODED_BYTES];
  double services = (double)b->input.size.n_services;
  double instances = services * (double)b->input.size.n_instances;
  double points = (double)(b->input.size.n_instances > 20
                               ? 20
                               : 20 / b->input.size.n_instances * b->input.size.n_instances);
  double sign, verify, sign_short, verify_short, layer, blind;

  crypto_sign_keypair(floor_public, floor_secret);
  sign = best_of(b, floor_sign, bytes);
  verify = best_of(b, floor_verify, bytes);
  sign_short = best_of(b, floor_sign_short, bytes);
  verify_short = best_of(b, floor_verify_short, bytes);
  layer = best_of(b, floor_layer, bytes);
  blind = best_of(b, floor_blind, bytes);
  return instances * (verify + verify_short + 2 * layer + blind) +
         2 * services * (2 * points * sign_short + sign_short + verify_short + 2 * blind) +
         (double)b->n_uploaded * (sign + verify + 2 * layer);
}

static void report(struct bench *b, double us)
{
  struct core_progress p;
  double floor = floor_of(b);

  core_progress(b->core, &p);
  printf("%zu relays, %zu services, %zu instances: %zu fetched, %zu encodings uploaded\n",
         b->input.size.n_relays, b->input.size.n_services, p.n_instances, b->n_fetched,
         b->n_uploaded);
  must(p.n_confirmed == p.n_uploads && p.n_usable == p.n_instances, "not all is confirmed");
  printf("network parsed and joined  %8.1f ms\n", b->us_network / 1e3);
  printf("full cycle, CPU            %8.1f ms  floor %8.1f ms  x%.2f\n", us / 1e3, floor / 1e3,
         us / floor);
  printf("peak memory                %8.1f MB  (publisher and signer in one process)\n",
         (double)peak_memory() / 1024);
}

static size_t argument(int argc, char **argv, int i, size_t otherwise)
{
  long v = i < argc ? atol(argv[i]) : 0;

  return v > 0 ? (size_t)v : otherwise;
}

int main(int argc, char **argv)
{
  struct cycle_size size = {.n_relays = argument(argc, argv, 1, 8000),
                            .n_services = argument(argc, argv, 2, 100),
                            .n_instances = argument(argc, argv, 3, 8)};
  struct bench b = {0};
  double start;

  must(sodium_init() >= 0, "libsodium");
  cycle_input_init(&b.input, &size);
  b.suite = suite_new();
  b.rng = synthetic_rng_from(&b.rng_state, 11);
  b.now = (struct moment){.wall = b.input.now, .mono = {1000}};
  make_core(&b);
  make_signer(&b);
  step(&b, &(struct event){.kind = EVENT_SIGNER_UP});
  start = cpu_us();
  step(&b, &(struct event){.kind = EVENT_TOR_UP});
  run(&b);
  report(&b, cpu_us() - start - b.us_network);
  cycle_input_deinit(&b.input);
  return 0;
}

#include "daemon/bundlelink.h"

#include "base/mem.h"
#include "io/clock.h"
#include "io/logger.h"
#include "io/loop.h"
#include "signer/bundling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TURNS 200

/* A folder with a bundle of two days from now on, and a link to it. */
struct scene {
  char folder[32], key[64], bundle[64];
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  struct keyring *keys;
  struct keysource source;
  struct bundling bundling;
  struct bundlelink *link;
  struct signerlink_key told;
  int n_keys, n_ready, n_events, n_stocks;
  struct event event; /* the last one that is no EVENT_STOCKED */
  struct event stock;
  uint8_t seed[32], cert[CERT_SIZE];
  char why[512];
};

static void put(const char *path, struct slice content, mode_t mode)
{
  FILE *f = fopen(path, "wb");

  assert_non_null(f);
  assert_int_equal(fwrite(content.p, 1, content.n, f), content.n);
  fclose(f);
  chmod(path, mode);
}

static void put_bundle(struct scene *s)
{
  CLEANUP(buf_deinit) struct buf sealed = {0};

  assert_int_equal(bundling_build(&s->bundling, s->keys, 0, &sealed), 0);
  put(s->bundle, buf_slice(&sealed), 0644);
}

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);
  static const uint8_t secret[RECIPIENT_SIZE] = {3};
  CLEANUP(buf_wipe) struct buf text = {0};
  char path[4096];

  strcpy(s->folder, "/tmp/obtest.XXXXXX");
  assert_non_null(mkdtemp(s->folder));
  snprintf(s->key, sizeof s->key, "%s/recipient.key", s->folder);
  snprintf(s->bundle, sizeof s->bundle, "%s/a.bundle", s->folder);
  snprintf(path, sizeof path, "%s/keys/ed25519.pem", getenv("TEST_VECTORS"));
  s->base = loop_new();
  s->logger = logger_new(LOG_LEVEL_CRITICAL);
  s->suite = suite_new();
  s->keys = keyring_new(1);
  keyring_load(s->keys, 0, path, NULL);
  recipient_secret_build(s->suite, secret, &text);
  put(s->key, buf_slice(&text), 0600);
  s->bundling = (struct bundling){.suite = s->suite, .minutes = 1440, .now = clock_wall(NULL)};
  s->bundling.range = calendar_cover(s->bundling.now, wall_plus(s->bundling.now, 2 * 86400), 1440);
  recipient_public_of(secret, s->bundling.recipient);
  snprintf(path, sizeof path, "bundle:%s", s->folder);
  assert_int_equal(keysource_parse(slice_str(path), &s->source), 0);
  *state = s;
  return 0;
}

static int teardown(void **state)
{
  struct scene *s = *state;

  bundlelink_free(s->link);
  unlink(s->key);
  unlink(s->bundle);
  rmdir(s->folder);
  keysource_deinit(&s->source);
  keyring_free(s->keys);
  suite_free(s->suite);
  logger_free(s->logger);
  loop_free(s->base);
  free(s);
  return 0;
}

static void on_key(void *ctx, const struct signerlink_key *key)
{
  struct scene *s = ctx;

  s->told = *key;
  s->n_keys++;
}

static void on_ready(void *ctx)
{
  struct scene *s = ctx;

  s->n_ready++;
}

static void on_lost(void *ctx, const char *why)
{
  (void)ctx;
  fail_msg("bundles cannot be lost: %s", why);
}

static void on_event(void *ctx, const struct event *e)
{
  struct scene *s = ctx;

  if (e->kind == EVENT_STOCKED) {
    s->stock = *e;
    s->n_stocks++;
    return;
  }
  s->event = *e;
  s->n_events++;
  if (e->kind == EVENT_BLINDED) {
    memcpy(s->seed, e->signing_seed, sizeof s->seed);
  } else if (e->kind == EVENT_CERTIFIED) {
    memcpy(s->cert, e->cert, sizeof s->cert);
  } else {
    snprintf(s->why, sizeof s->why, "%s", e->why == NULL ? "" : e->why);
  }
}

static void begin(struct scene *s)
{
  struct signerlink_config config = {.base = s->base,
                                     .logger = s->logger,
                                     .suite = s->suite,
                                     .source = &s->source,
                                     .handler = {on_key, on_ready, on_lost, on_event, s}};

  s->link = bundlelink_new(&config);
}

static void until(struct scene *s, const int *counter, int value)
{
  for (int i = 0; i < TURNS && *counter < value; i++) {
    const struct timeval tv = {.tv_usec = 50000};

    event_base_loopexit(s->base, &tv);
    event_base_dispatch(s->base);
  }
  assert_true(*counter >= value);
}

/* Asks, and waits for the answer. */
static void ask(struct scene *s, enum action_kind kind, uint64_t number, const uint8_t *key)
{
  struct action a = {.kind = kind, .period = {number, 1440}};

  if (key != NULL) {
    memcpy(a.key, key, sizeof a.key);
  }
  bundlelink_do(s->link, &a, 0);
  until(s, &s->n_events, s->n_events + 1);
}

static void answers_from_the_bundle(void **state)
{
  struct scene *s = *state;
  uint8_t expanded[64], public_key[32];
  struct cert cert;

  put_bundle(s);
  begin(s);
  assert_string_equal(bundlelink_label(s->link) + strlen("the bundles at "), s->folder);
  assert_false(bundlelink_is_ready(s->link));
  until(s, &s->n_ready, 1);
  assert_true(bundlelink_is_ready(s->link));
  assert_int_equal(s->n_keys, 1);
  assert_memory_equal(s->told.address.public_key, keyring_get(s->keys, 0)->public_key, 32);
  ask(s, ACTION_BLIND, s->bundling.range.first, NULL);
  assert_int_equal(s->event.kind, EVENT_BLINDED);
  ed25519_expand(s->seed, expanded);
  assert_int_equal(ed25519_public_of(expanded, public_key), 0);
  ask(s, ACTION_CERTIFY, s->bundling.range.first, public_key);
  assert_int_equal(s->event.kind, EVENT_CERTIFIED);
  assert_int_equal(cert_parse(slice_of(s->cert, CERT_SIZE), &cert), 0);
  assert_memory_equal(cert.key, public_key, 32);
  until(s, &s->n_stocks, 1);
  assert_int_equal(s->stock.service, 0);
  assert_true(s->stock.stock_until.s >= s->bundling.now.s + 2 * 86400);
  assert_true(s->stock.stock_span >= 2 * 86400);
}

/* The reason is told once for each period; the next bundle is found without
 * waiting for a timer. */
static void a_missing_period_makes_it_look_again(void **state)
{
  struct scene *s = *state;
  uint64_t next = s->bundling.range.last + 1;

  put_bundle(s);
  begin(s);
  until(s, &s->n_ready, 1);
  ask(s, ACTION_BLIND, next, NULL);
  assert_int_equal(s->event.kind, EVENT_SIGNER_REFUSED);
  assert_non_null(strstr(s->why, "no bundle has it"));
  ask(s, ACTION_BLIND, next, NULL);
  assert_int_equal(s->event.kind, EVENT_SIGNER_REFUSED);
  assert_null(s->event.why);
  s->bundling.range.last += 5;
  put_bundle(s);
  ask(s, ACTION_BLIND, next, NULL);
  assert_int_equal(s->event.kind, EVENT_BLINDED);
  assert_int_equal(s->n_keys, 1); /* the same one */
  assert_true(s->n_ready >= 2);
}

static void without_bundles_there_are_no_keys(void **state)
{
  struct scene *s = *state;

  begin(s);
  until(s, &s->n_ready, 1);
  assert_int_equal(s->n_keys, 0);
  bundlelink_do(s->link, &(struct action){.kind = ACTION_BLIND}, 0);
  until(s, &s->n_ready, 1);
  assert_int_equal(s->n_events, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(answers_from_the_bundle, setup, teardown),
      cmocka_unit_test_setup_teardown(a_missing_period_makes_it_look_again, setup, teardown),
      cmocka_unit_test_setup_teardown(without_bundles_there_are_no_keys, setup, teardown),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

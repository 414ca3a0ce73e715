#include "daemon/signers.h"

#include "io/logger.h"
#include "io/loop.h"
#include "signer/peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INSTANCES                                                                                  \
  "  instances:\n"                                                                                 \
  "  - address: gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd.onion\n"
#define SERVICES_MAX 3
#define TURNS        500

/* A publisher's signers, and one that listens, in a process of its own. */
struct scene {
  char folder[32], path[64], at[72];
  char pem[512], tor[512]; /* key files */
  const char *served[4];   /* by the one that listens, up to NULL */
  pid_t pid;
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  struct messages messages;
  struct config config;
  struct keysource common;
  struct signers *signers;
  struct signers_key last[SERVICES_MAX];
  char text[SERVICES_MAX][256];
  int n_ready, n_lost, n_events;
  char label[128];
  struct event event;
  uint8_t blinded[32];
};

static struct keyring *load(void *ctx)
{
  struct scene *s = ctx;
  struct keyring *keys;
  size_t n = 0;

  while (s->served[n] != NULL) {
    n++;
  }
  keys = keyring_new(n);
  for (size_t i = 0; i < n; i++) {
    keyring_load(keys, i, s->served[i], NULL);
  }
  return keys;
}

static void keep_quiet(void *ctx, enum log_level level, const char *text)
{
  (void)ctx;
  (void)level;
  (void)text;
}

static void start_server(struct scene *s)
{
  struct peers_config config = {
      .listener = -1, .stall_ms = 100000, .load = load, .say = keep_quiet, .ctx = s};

  assert_int_equal(listener_open(s->path, 0600, &config.listener), 0);
  s->pid = fork();
  assert_true(s->pid >= 0);
  if (s->pid == 0) {
    _exit(-peers_serve(&config));
  }
  close(config.listener);
}

static void stop_server(struct scene *s)
{
  assert_int_equal(kill(s->pid, SIGKILL), 0);
  assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
  s->pid = 0;
}

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);
  const char *vectors = getenv("TEST_VECTORS");

  if (sodium_init() < 0) {
    return -1;
  }
  strcpy(s->folder, "/tmp/obtest.XXXXXX");
  assert_non_null(mkdtemp(s->folder));
  snprintf(s->path, sizeof s->path, "%s/s", s->folder);
  snprintf(s->at, sizeof s->at, "unix:%s", s->path);
  snprintf(s->pem, sizeof s->pem, "%s/keys/ed25519.pem", vectors);
  snprintf(s->tor, sizeof s->tor, "%s/keys/hs_ed25519_secret_key", vectors);
  s->base = loop_new();
  s->logger = logger_new(LOG_LEVEL_CRITICAL);
  s->suite = suite_new();
  messages_init(&s->messages, "config.yaml");
  *state = s;
  return 0;
}

static int teardown(void **state)
{
  struct scene *s = *state;

  signers_free(s->signers);
  if (s->pid > 0) {
    stop_server(s);
  }
  unlink(s->path);
  rmdir(s->folder);
  keysource_deinit(&s->common);
  config_deinit(&s->config);
  messages_deinit(&s->messages);
  suite_free(s->suite);
  logger_free(s->logger);
  loop_free(s->base);
  free(s);
  return 0;
}

static void on_key(void *ctx, const struct signers_key *key)
{
  struct scene *s = ctx;

  assert_true(key->service < SERVICES_MAX);
  s->last[key->service] = *key;
  snprintf(s->text[key->service], sizeof s->text[0], "%s", key->text);
}

static void on_ready(void *ctx)
{
  struct scene *s = ctx;

  s->n_ready++;
}

static void on_lost(void *ctx, const char *label, const char *why)
{
  struct scene *s = ctx;

  assert_non_null(why);
  snprintf(s->label, sizeof s->label, "%s", label);
  s->n_lost++;
}

static void on_event(void *ctx, const struct event *e)
{
  struct scene *s = ctx;

  s->event = *e;
  if (e->kind == EVENT_BLINDED) {
    memcpy(s->blinded, e->blinded_key, sizeof s->blinded);
  }
  s->n_events++;
}

/* Starts the signers of these services; if is_common, the one that listens has
 * all key files. */
static void begin(struct scene *s, const char *services, bool is_common)
{
  struct signers_config config = {
      .base = s->base,
      .logger = s->logger,
      .suite = s->suite,
      .program = "/nonexistent/onionbalance-signer",
      .services = &s->config,
      .common = is_common ? &s->common : NULL,
      .handler = {on_key, on_ready, on_lost, on_event, s},
  };
  char text[4096];

  snprintf(text, sizeof text, "services:\n%s", services);
  assert_int_equal(config_parse(s->suite, slice_str(text), &s->config, &s->messages), 0);
  assert_int_equal(keysource_parse(slice_str(s->at), &s->common), 0);
  s->signers = signers_new(&config);
}

static void until(struct scene *s, const int *counter, int value)
{
  for (int i = 0; i < TURNS && *counter < value; i++) {
    const struct timeval tv = {.tv_usec = 20000};

    event_base_loopexit(s->base, &tv);
    event_base_dispatch(s->base);
  }
  assert_true(*counter >= value);
}

static void assert_address(const struct scene *s, size_t service, const char *key_file)
{
  struct keyring *keys = keyring_new(1);

  keyring_load(keys, 0, key_file, NULL);
  assert_true(s->last[service].is_good);
  assert_memory_equal(s->last[service].address.public_key, keyring_get(keys, 0)->public_key, 32);
  keyring_free(keys);
}

/* A service of that key file. */
static const char *service_of(const char *line, const char *value, char out[1024])
{
  snprintf(out, 1024, "- %s: %s\n" INSTANCES, line, value);
  return out;
}

static void keys_are_found_by_their_paths(void **state)
{
  struct scene *s = *state;
  char services[4096], one[1024], two[1024];

  snprintf(services, sizeof services, "%s%s- key: /absent\n" INSTANCES,
           service_of("key", s->pem, one), service_of("key", s->tor, two));
  s->served[0] = "/nonexistent";
  s->served[1] = s->tor;
  s->served[2] = s->pem;
  start_server(s);
  begin(s, services, true);
  until(s, &s->n_ready, 1);
  assert_address(s, 0, s->pem);
  assert_address(s, 1, s->tor);
  assert_false(s->last[2].is_good);
  assert_non_null(strstr(s->text[2], "serves 3 keys, but not /absent"));
  assert_int_equal(s->n_lost, 0);
}

static void a_bad_key_is_told_of(void **state)
{
  struct scene *s = *state;

  s->served[0] = "/nonexistent";
  start_server(s);
  begin(s, "- key: /nonexistent\n" INSTANCES, true);
  until(s, &s->n_ready, 1);
  assert_false(s->last[0].is_good);
  assert_non_null(strstr(s->text[0], "cannot read /nonexistent"));
}

static void the_only_key_needs_no_name(void **state)
{
  struct scene *s = *state;
  char one[1024];

  s->served[0] = s->tor;
  start_server(s);
  begin(s, service_of("signer", s->at, one), false);
  until(s, &s->n_ready, 1);
  assert_address(s, 0, s->tor);
}

static void several_keys_need_an_address(void **state)
{
  struct scene *s = *state;
  char services[4096], one[1024], two[1024], three[1024];
  char address[ADDRESS_TEXT_SIZE];
  struct keyring *keys = keyring_new(1);
  struct address key;

  keyring_load(keys, 0, s->pem, NULL);
  memcpy(key.public_key, keyring_get(keys, 0)->public_key, sizeof key.public_key);
  keyring_free(keys);
  address_format(s->suite, &key, address);
  snprintf(services, sizeof services, "%s%s  address: %s\n%s  address: %s\n",
           service_of("signer", s->at, one), service_of("signer", s->at, two), address,
           service_of("signer", s->at, three),
           "kcx3l55uw24t22wzebaa4hnqcskkhvn7aihk5s7mzyjykncok4aw7hid");
  s->served[0] = s->tor;
  s->served[1] = s->pem;
  start_server(s);
  begin(s, services, false);
  until(s, &s->n_ready, 1);
  assert_false(s->last[0].is_good);
  assert_non_null(strstr(s->text[0], "serves 2 keys, so the service needs an address"));
  assert_address(s, 1, s->pem);
  assert_false(s->last[2].is_good);
  assert_non_null(strstr(s->text[2], "none of this address"));
}

static void blind(struct scene *s, uint32_t service)
{
  struct action a = {.kind = ACTION_BLIND,
                     .service = service,
                     .period = {((uint64_t)time(NULL) / 60 - 720) / 1440, 1440}};

  signers_do(s->signers, &a);
}

/* The wire counts keys of the signer, the core services of the file. */
static void answers_are_for_services(void **state)
{
  struct scene *s = *state;
  char services[4096], one[1024], two[1024];
  uint8_t first[32];

  snprintf(services, sizeof services, "%s%s", service_of("key", s->pem, one),
           service_of("key", s->tor, two));
  s->served[0] = s->tor;
  s->served[1] = s->pem;
  start_server(s);
  begin(s, services, true);
  blind(s, 0); /* not ready: nothing happens */
  until(s, &s->n_ready, 1);
  blind(s, 0);
  until(s, &s->n_events, 1);
  assert_int_equal(s->event.kind, EVENT_BLINDED);
  assert_int_equal(s->event.service, 0);
  memcpy(first, s->blinded, sizeof first);
  blind(s, 1);
  until(s, &s->n_events, 2);
  assert_int_equal(s->event.service, 1);
  assert_memory_not_equal(s->blinded, first, sizeof first);
  blind(s, 2); /* there is no such service */
  blind(s, 0);
  until(s, &s->n_events, 3);
  assert_int_equal(s->event.service, 0);
}

static void one_that_comes_back_is_asked_again(void **state)
{
  struct scene *s = *state;
  char one[1024];

  s->served[0] = s->tor;
  start_server(s);
  begin(s, service_of("key", s->tor, one), true);
  until(s, &s->n_ready, 1);
  assert_true(signers_is_any_ready(s->signers));
  stop_server(s);
  until(s, &s->n_lost, 1);
  assert_false(signers_is_any_ready(s->signers));
  assert_non_null(strstr(s->label, s->at));
  start_server(s);
  until(s, &s->n_ready, 2);
  assert_address(s, 0, s->tor);
  blind(s, 0);
  until(s, &s->n_events, 1);
}

/* The configuration was checked with another key: it is not used. */
static void another_key_is_not_asked(void **state)
{
  struct scene *s = *state;
  char one[1024];

  s->served[0] = s->tor;
  start_server(s);
  begin(s, service_of("signer", s->at, one), false);
  until(s, &s->n_ready, 1);
  stop_server(s);
  s->served[0] = s->pem;
  start_server(s);
  until(s, &s->n_ready, 2);
  assert_address(s, 0, s->pem);
  blind(s, 0);
  until(s, &s->n_ready, 2);
  event_base_loop(s->base, EVLOOP_NONBLOCK);
  assert_int_equal(s->n_events, 0);
}

static void each_signer_is_one_of_its_own(void **state)
{
  struct scene *s = *state;
  char services[4096], one[1024], two[1024];

  snprintf(services, sizeof services, "%s%s", service_of("signer", s->at, one),
           service_of("signer", "exec:/nonexistent/signer --key a", two));
  s->served[0] = s->tor;
  start_server(s);
  begin(s, services, false);
  until(s, &s->n_lost, 2);
  assert_string_equal(s->label, "the signer at exec:/nonexistent/signer --key a");
  assert_address(s, 0, s->tor);
  assert_true(signers_is_any_ready(s->signers));
  assert_int_equal(s->n_ready, 0); /* not all of them are there */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(keys_are_found_by_their_paths, setup, teardown),
      cmocka_unit_test_setup_teardown(a_bad_key_is_told_of, setup, teardown),
      cmocka_unit_test_setup_teardown(the_only_key_needs_no_name, setup, teardown),
      cmocka_unit_test_setup_teardown(several_keys_need_an_address, setup, teardown),
      cmocka_unit_test_setup_teardown(answers_are_for_services, setup, teardown),
      cmocka_unit_test_setup_teardown(one_that_comes_back_is_asked_again, setup, teardown),
      cmocka_unit_test_setup_teardown(another_key_is_not_asked, setup, teardown),
      cmocka_unit_test_setup_teardown(each_signer_is_one_of_its_own, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "daemon/check.h"

#include "base/mem.h"
#include "control/command.h"
#include "daemon/access.h"
#include "daemon/clerk.h"
#include "daemon/generation.h"
#include "daemon/keeper.h"
#include "daemon/probelink.h"
#include "daemon/program.h"
#include "io/logger.h"
#include "io/loop.h"
#include "io/random.h"
#include "io/timer.h"
#include "io/torlink.h"
#include "io/vault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long tor may take to let us in. */
#define TOR_PATIENCE_MS 3000

struct check {
  const struct options *options;
  struct logger *logger;
  struct suite *suite;
  struct event_base *base;
  struct timer *patience;
  struct generation *generation;
  struct access access;
  struct torlink *link;
  struct endpoint control; /* where tor was found */
  size_t n_errors;
};

/* A socket or a log is made in a folder that must be ours to write. */
static void check_folder_of(struct check *c, const char *what, const char *path)
{
  CLEANUP(buf_deinit) struct buf folder = {0};
  const char *slash = path == NULL ? NULL : strrchr(path, '/');

  if (path == NULL) {
    return;
  }
  buf_add(&folder, path, slash == NULL ? 0 : (size_t)(slash - path));
  buf_add_str(&folder, slash == NULL ? "." : slash == path ? "/" : "");
  if (access(buf_str(&folder), W_OK | X_OK) != 0) {
    logger_writef(c->logger, LOG_LEVEL_ERROR, "%s %s cannot be made: folder %s: %s", what, path,
                  buf_str(&folder), strerror(errno));
    c->n_errors++;
  }
}

static void check_state(struct check *c, const struct config *config)
{
  CLEANUP(mem_free_at)
  char *path = keeper_choose(config->state_directory, c->options->state_directory);
  CLEANUP(buf_deinit) struct buf why = {0};

  if (path != NULL && vault_inspect(path, &why) < 0) {
    logger_writef(c->logger, LOG_LEVEL_ERROR, "cannot use the state directory: %s", buf_str(&why));
    c->n_errors++;
  }
}

static void on_up(void *ctx, const struct torlink_peer *peer)
{
  struct check *c = ctx;
  CLEANUP(buf_deinit) struct buf at = {0};

  CLEANUP(buf_deinit) struct buf command = {0};

  endpoint_build(peer->endpoint, &at);
  printf("tor %s at %s lets us in\n", peer->version, buf_str(&at));
  c->control = *peer->endpoint;
  command_getinfo(LISTENERS_KEY, &command);
  if (torlink_send(c->link, 0, buf_slice(&command)) < 0) {
    loop_stop(c->base);
  }
}

static void on_down(void *ctx, const char *why)
{
  (void)ctx;
  (void)why;
}

static void on_event(void *ctx, const struct torevent *event)
{
  (void)ctx;
  (void)event;
}

/* The SOCKS ports: without one health is not checked. */
static void on_reply(void *ctx, uint64_t tag, const struct reply *reply)
{
  struct check *c = ctx;
  struct endpoint socks = generation_config_get(c->generation)->tor_socks;

  (void)tag;
  (void)probelink_find(c->logger, &c->control, reply, &socks);
  loop_stop(c->base);
}

static void on_patience(void *ctx)
{
  struct check *c = ctx;

  logger_writef(c->logger, LOG_LEVEL_WARNING,
                "tor does not let us in (yet): onionbalance will start and wait for it");
  loop_stop(c->base);
}

static void check_tor(struct check *c)
{
  struct torlink_config link = {
      .base = c->base,
      .logger = c->logger,
      .suite = c->suite,
      .rng = &random_rng,
      .events = "",
      .times = torlink_times_default,
      .handler = {.up = on_up, .down = on_down, .event = on_event, .reply = on_reply, .ctx = c},
  };

  if (access_init(&c->access, c->options, generation_config_get(c->generation), c->logger) < 0) {
    c->n_errors++;
    loop_stop(c->base);
    return;
  }
  access_apply(&c->access, &link);
  c->link = torlink_new(&link);
  timer_set(c->patience, TOR_PATIENCE_MS);
}

/* The file, the signer and the keys have been looked at. */
static void on_checked(void *ctx, struct generation *g, bool is_good)
{
  struct check *c = ctx;
  const struct config *config = generation_config_get(g);
  CLEANUP(buf_deinit) struct buf admin = {0};

  c->n_errors += is_good ? 0 : 1;
  check_folder_of(c, "the status socket",
                  c->options->status_socket == NULL ? config->status_socket
                                                    : c->options->status_socket);
  if (clerk_find_socket(c->options, config, &admin)) {
    check_folder_of(c, "the admin socket", buf_str(&admin));
  }
  check_folder_of(c, "the log file", c->options->log_location);
  check_state(c, config);
  check_tor(c);
}

static void on_generation_event(void *ctx, struct generation *g, const struct event *e)
{
  (void)ctx;
  (void)g;
  (void)e;
}

static void run(struct check *c)
{
  CLEANUP(mem_free_at) char *signer = program_find_signer();
  struct generation_config config = {
      .base = c->base,
      .logger = c->logger,
      .suite = c->suite,
      .config_path = c->options->config_path,
      .config_fallback = c->options->config_fallback,
      .signer = c->options->signer,
      .signer_program = signer,
      .handler = {.checked = on_checked, .event = on_generation_event, .ctx = c},
  };

  c->generation = generation_new(&config);
  if (c->generation == NULL) {
    c->n_errors++;
    return;
  }
  loop_run(c->base);
}

int check_run(const struct options *options)
{
  struct check c = {.options = options, .logger = logger_new(LOG_LEVEL_WARNING)};

  c.suite = suite_new();
  c.base = loop_new();
  c.patience = timer_new(c.base, on_patience, &c);
  if (c.suite == NULL) {
    logger_writef(c.logger, LOG_LEVEL_ERROR, "this OpenSSL lacks SHA3, SHAKE or AES-CTR");
    c.n_errors++;
  } else {
    run(&c);
  }
  puts(c.n_errors == 0 ? "the configuration can be used" : "the configuration cannot be used");
  torlink_free(c.link);
  access_deinit(&c.access);
  generation_free(c.generation);
  timer_free(c.patience);
  loop_free(c.base);
  suite_free(c.suite);
  logger_free(c.logger);
  return c.n_errors == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

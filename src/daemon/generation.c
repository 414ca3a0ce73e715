#include "daemon/generation.h"

#include "base/mem.h"
#include "io/logger.h"

#include <stdlib.h>

struct generation {
  struct logger *logger;
  struct suite *suite;
  struct generation_handler handler;
  struct messages messages;
  struct config config;
  struct setup setup;
  struct keysource common; /* the signer of all key files, if it is given */
  struct signers *signers;
  struct address *keys; /* of each service, as the signer says */
  size_t n_bad;         /* keys that cannot be used */
  bool is_checked;
  bool is_good;
  bool is_lost;     /* a signer has gone, and is not back yet */
  bool has_changed; /* it came back with other keys */
};

/* Logs messages from the given one on: errors and warnings as they are. */
static void report(const struct generation *g, size_t from)
{
  for (size_t i = from; i < g->messages.n; i++) {
    CLEANUP(buf_deinit) struct buf line = {0};

    messages_format(&g->messages, i, &line);
    logger_write(g->logger, g->messages.items[i].level, buf_slice(&line));
  }
  if (g->messages.n_left_out > 0) {
    logger_writef(g->logger, LOG_LEVEL_ERROR, "%s: %zu more messages left out", g->messages.file,
                  g->messages.n_left_out);
  }
}

static void take_bad_key(struct generation *g, const struct signers_key *key)
{
  const struct config_service *sv = &g->config.services[key->service];

  g->n_bad++;
  messages_error(&g->messages, sv->place, "services[%u]%s%s: %s: %s", key->service,
                 sv->name == NULL ? "" : " ", sv->name == NULL ? "" : sv->name,
                 sv->key_path == NULL ? "signer" : "key", key->text);
  report(g, g->messages.n - 1);
}

static void on_key(void *ctx, const struct signers_key *key)
{
  struct generation *g = ctx;

  if (!key->is_good) {
    take_bad_key(g, key);
    return;
  }
  if (g->is_checked) {
    g->has_changed = g->has_changed || !address_equal(&g->keys[key->service], &key->address);
    return;
  }
  g->keys[key->service] = key->address;
  if (key->text[0] != '\0') {
    logger_writef(g->logger, LOG_LEVEL_WARNING, "services[%u]: %s", key->service, key->text);
  }
}

/* The first answer decides. */
static void check(struct generation *g)
{
  size_t before = g->messages.n;

  g->is_checked = true;
  g->is_good = g->n_bad == 0 && setup_check(&g->config, g->keys, &g->messages) == 0;
  report(g, before);
  if (g->is_good) {
    setup_init(&g->setup, &g->config, g->keys);
  }
  g->handler.checked(g->handler.ctx, g, g->is_good);
}

static void on_ready(void *ctx)
{
  struct generation *g = ctx;

  if (!g->is_checked) {
    check(g);
  } else if (g->has_changed || g->n_bad > 0) {
    logger_writef(g->logger, LOG_LEVEL_ERROR,
                  "the key files have changed since the configuration was read; what is published "
                  "stays, new time periods need a reload");
    g->has_changed = false;
    g->n_bad = 0;
  }
  if (g->is_lost) {
    g->is_lost = false;
    logger_writef(g->logger, LOG_LEVEL_INFO, "the signer is back");
  }
  if (g->is_good) {
    g->handler.event(g->handler.ctx, g, &(struct event){.kind = EVENT_SIGNER_UP});
  }
}

static void on_lost(void *ctx, const char *label, const char *why)
{
  struct generation *g = ctx;

  logger_writef(g->logger, LOG_LEVEL_ERROR, "%s is gone: %s%s", label, why,
                g->is_checked ? "; trying again" : "");
  g->is_lost = true;
  if (g->is_checked) {
    if (!signers_is_any_ready(g->signers)) {
      g->handler.event(g->handler.ctx, g, &(struct event){.kind = EVENT_SIGNER_DOWN});
    }
  } else {
    g->is_checked = true; /* without a signer there is nothing to begin with */
    g->handler.checked(g->handler.ctx, g, false);
  }
}

static void on_event(void *ctx, const struct event *e)
{
  struct generation *g = ctx;

  g->handler.event(g->handler.ctx, g, e);
}

static int start_signers(struct generation *g, const struct generation_config *config)
{
  struct signers_config signers = {
      .base = config->base,
      .logger = config->logger,
      .suite = config->suite,
      .program = config->signer_program,
      .services = &g->config,
      .handler = {.key = on_key, .ready = on_ready, .lost = on_lost, .event = on_event, .ctx = g},
  };

  if (config->signer != NULL) {
    TRY(keysource_parse(slice_str(config->signer), &g->common));
    signers.common = &g->common;
  }
  g->signers = signers_new(&signers);
  return 0;
}

struct generation *generation_new(const struct generation_config *config)
{
  struct generation *g = mem_new(sizeof *g);
  int err;

  g->logger = config->logger;
  g->suite = config->suite;
  g->handler = config->handler;
  messages_init(&g->messages, config->config_path);
  err = config_load(g->suite, config->config_fallback, &g->config, &g->messages);
  report(g, 0);
  if (err == 0) {
    g->keys = mem_array(g->config.n_services, sizeof *g->keys);
    err = start_signers(g, config);
  }
  if (err < 0) {
    generation_free(g);
    return NULL;
  }
  return g;
}

void generation_free(struct generation *g)
{
  if (g == NULL) {
    return;
  }
  signers_free(g->signers);
  keysource_deinit(&g->common);
  setup_deinit(&g->setup);
  config_deinit(&g->config);
  messages_deinit(&g->messages);
  free(g->keys);
  free(g);
}

const struct config *generation_config_get(const struct generation *g)
{
  return &g->config;
}

const struct core_config *generation_setup(const struct generation *g)
{
  return &g->setup.core;
}

struct signers *generation_signers(struct generation *g)
{
  return g->signers;
}

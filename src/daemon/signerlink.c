#include "daemon/signerlink.h"

#include "base/mem.h"
#include "io/child.h"
#include "io/clock.h"
#include "io/logger.h"
#include "io/timer.h"
#include "signer/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Milliseconds before the signer is started again: doubles up to the last, and
 * begins anew once it has served for so long. */
#define RESTART_FIRST  500
#define RESTART_LAST   60000
#define RESTART_STABLE 60000

struct signerlink {
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  struct signerlink_handler handler;
  char **argv; /* owned, ends with NULL */
  size_t n_keys;
  struct child *child;
  struct client *client; /* of this child's connection */
  bool is_ready;
  bool is_lost;          /* told already; the next child is on its way */
  struct timer *restart; /* starts the child; also ends a faulty one */
  int64_t backoff;
  struct mono ready_at;
};

static void flush(struct signerlink *l)
{
  struct buf *out = client_output(l->client);

  child_send(l->child, buf_slice(out));
  buf_clear(out);
}

static void drop(struct signerlink *l)
{
  child_free(l->child);
  client_free(l->client);
  l->child = NULL;
  l->client = NULL;
  l->is_ready = false;
}

/* The child is of no use any more: tells, and starts another one later. The
 * child itself is freed then, since this may be its own callback. */
static void lose(struct signerlink *l, const char *why)
{
  if (l->is_lost) {
    return;
  }
  if (l->is_ready && mono_is_due(mono_plus(l->ready_at, RESTART_STABLE), clock_mono())) {
    l->backoff = RESTART_FIRST;
  }
  l->is_lost = true;
  l->is_ready = false;
  if (l->child != NULL) {
    child_ignore(l->child);
  }
  timer_set(l->restart, l->backoff);
  l->backoff = l->backoff * 2 < RESTART_LAST ? l->backoff * 2 : RESTART_LAST;
  l->handler.lost(l->handler.ctx, why);
}

static void give_key(struct signerlink *l, const struct client_result *r)
{
  struct signerlink_key key = {.index = r->index, .status = r->status, .text = r->text};
  size_t count = 0;

  memcpy(key.address.public_key, r->public_key, sizeof key.address.public_key);
  if (r->index < l->n_keys) {
    l->handler.key(l->handler.ctx, &key);
  }
  if (client_is_ready(l->client, &count) && r->index + 1 == count) {
    l->is_ready = true;
    l->ready_at = clock_mono();
    l->handler.ready(l->handler.ctx);
  }
}

static void give_answer(struct signerlink *l, const struct client_result *r)
{
  CLEANUP(buf_deinit) struct buf why = {0};
  struct event e = {.service = r->index,
                    .period = {r->period.number, r->period.minutes},
                    .blinded_key = r->public_key,
                    .revision_key = r->revision_key,
                    .cert = r->cert};

  if (r->refused) {
    e.kind = EVENT_SIGNER_REFUSED;
    buf_add_slice(&why, r->text);
    e.why = buf_str(&why);
  } else {
    e.kind = r->kind == WIRE_BLIND ? EVENT_BLINDED : EVENT_CERTIFIED;
  }
  l->handler.event(l->handler.ctx, &e);
}

static void on_bytes(void *ctx, struct slice bytes)
{
  struct signerlink *l = ctx;
  struct client_result r;
  bool has = true;
  int err = 0;

  client_feed(l->client, bytes);
  while ((err = client_next(l->client, &r, &has)) == 0 && has) {
    if (r.kind == WIRE_HELLO) {
      give_key(l, &r);
    } else {
      give_answer(l, &r);
    }
  }
  if (err < 0) {
    logger_writef(l->logger, LOG_LEVEL_ERROR, "the signer's answer is not to be trusted: %s",
                  err_text(err));
    lose(l, "it was cut off");
    return;
  }
  flush(l);
}

static void on_ended(void *ctx, const char *status)
{
  struct signerlink *l = ctx;

  lose(l, status);
}

static void start(void *ctx)
{
  struct signerlink *l = ctx;
  struct child_config config = {
      .base = l->base, .path = l->argv[0], .argv = l->argv, .ended = on_ended, .ctx = l};

  drop(l);
  l->is_lost = false;
  if (child_start(&config, &l->child) < 0) {
    logger_writef(l->logger, LOG_LEVEL_ERROR, "cannot start %s: %s", l->argv[0], strerror(errno));
    lose(l, "it did not start");
    return;
  }
  l->client = client_new(l->suite);
  child_listen(l->child, on_bytes, l);
  client_hello(l->client);
  flush(l);
}

static size_t add_pair(char **argv, size_t n, const char *option, const char *value)
{
  argv[n] = mem_string(option, strlen(option));
  argv[n + 1] = mem_string(value, strlen(value));
  return n + 2;
}

/* onionbalance-signer --fd 3 --key PATH --passphrase-file PATH ... */
static char **build_argv(const struct signerlink_config *config)
{
  char **argv = mem_array(3 + 4 * config->n_keys + 1, sizeof *argv);
  CLEANUP(buf_deinit) struct buf fd = {0};
  size_t n = 0;

  buf_addf(&fd, "%d", CHILD_FD);
  argv[n++] = mem_string(config->program, strlen(config->program));
  n = add_pair(argv, n, "--fd", buf_str(&fd));
  for (size_t i = 0; i < config->n_keys; i++) {
    n = add_pair(argv, n, "--key", config->paths[i].key);
    if (config->paths[i].passphrase != NULL) {
      n = add_pair(argv, n, "--passphrase-file", config->paths[i].passphrase);
    }
  }
  return argv;
}

struct signerlink *signerlink_new(const struct signerlink_config *config)
{
  struct signerlink *l = mem_new(sizeof *l);

  l->base = config->base;
  l->logger = config->logger;
  l->suite = config->suite;
  l->handler = config->handler;
  l->n_keys = config->n_keys;
  l->argv = build_argv(config);
  l->backoff = RESTART_FIRST;
  l->restart = timer_new(l->base, start, l);
  timer_set(l->restart, 0);
  return l;
}

void signerlink_free(struct signerlink *l)
{
  if (l == NULL) {
    return;
  }
  drop(l);
  timer_free(l->restart);
  for (size_t i = 0; l->argv[i] != NULL; i++) {
    free(l->argv[i]);
  }
  free(l->argv);
  free(l);
}

static void certify(struct signerlink *l, const struct action *a)
{
  struct client_certify what = {.index = a->service,
                                .period = {a->period.number, a->period.minutes},
                                .expiration_hours = a->expiration_hours};

  memcpy(what.blinded, a->blinded_key, sizeof what.blinded);
  memcpy(what.key, a->key, sizeof what.key);
  if (client_certify(l->client, 0, &what) == 0) {
    flush(l);
  }
}

void signerlink_do(struct signerlink *l, const struct action *a)
{
  struct wire_period period = {a->period.number, a->period.minutes};

  if (!l->is_ready) {
    return;
  }
  if (a->kind == ACTION_CERTIFY) {
    certify(l, a);
  } else if (a->kind == ACTION_BLIND && client_blind(l->client, 0, a->service, &period) == 0) {
    flush(l);
  }
}

#include "daemon/signerlink.h"

#include "base/mem.h"
#include "io/child.h"
#include "io/clock.h"
#include "io/dial.h"
#include "io/logger.h"
#include "io/timer.h"
#include "io/unixpeer.h"
#include "signer/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Milliseconds before the signer is started again: doubles up to the last, and
 * begins anew once it has served for so long. */
#define RESTART_FIRST  500
#define RESTART_LAST   60000
#define RESTART_STABLE 60000

/* Milliseconds that an answer may take; and that a child may take to read its
 * keys, for which somebody may have to type passphrases. */
#define PATIENCE_ANSWER 30000
#define PATIENCE_KEYS   300000

struct signerlink {
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  struct signerlink_handler handler;
  const struct keysource *source; /* NULL: a child of ours */
  char **argv;                    /* of one; owned, ends with NULL */
  char *label;
  struct child *child; /* it, or the command that leads to it */
  struct unixpeer *peer;
  struct client *client; /* of this child's connection */
  bool is_ready;
  bool is_lost;           /* told already; the next child is on its way */
  struct timer *restart;  /* starts it; also ends a faulty one */
  struct timer *patience; /* while it has not answered */
  int64_t backoff;
  struct mono ready_at;
};

/* Begins to wait for an answer, or goes on doing so from now on, or has no need
 * to. */
static void wait_on(struct signerlink *l)
{
  bool reads_keys = l->source == NULL && !l->is_ready;

  if (client_is_waiting(l->client)) {
    timer_set(l->patience, reads_keys ? PATIENCE_KEYS : PATIENCE_ANSWER);
  } else {
    timer_cancel(l->patience);
  }
}

static void flush(struct signerlink *l)
{
  struct buf *out = client_output(l->client);

  if (l->peer != NULL) {
    unixpeer_send(l->peer, buf_slice(out));
  } else {
    child_send(l->child, buf_slice(out));
  }
  buf_clear(out);
}

/* Sends a question; who already owes an answer gets no more time for it. */
static void send_question(struct signerlink *l, bool was_waiting)
{
  flush(l);
  if (!was_waiting) {
    wait_on(l);
  }
}

static void drop(struct signerlink *l)
{
  timer_cancel(l->patience);
  child_free(l->child);
  unixpeer_free(l->peer);
  client_free(l->client);
  l->child = NULL;
  l->peer = NULL;
  l->client = NULL;
  l->is_ready = false;
}

/* The connection is of no use any more: tells, and makes another one later. It
 * is freed then, since this may be its own callback. */
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
  timer_cancel(l->patience);
  if (l->child != NULL) {
    child_ignore(l->child);
  }
  if (l->peer != NULL) {
    unixpeer_ignore(l->peer);
  }
  timer_set(l->restart, l->backoff);
  l->backoff = l->backoff * 2 < RESTART_LAST ? l->backoff * 2 : RESTART_LAST;
  l->handler.lost(l->handler.ctx, why);
}

static void on_impatience(void *ctx)
{
  struct signerlink *l = ctx;
  CLEANUP(buf_deinit) struct buf why = {0};

  buf_addf(&why, "no answer for %d seconds",
           (l->source == NULL && !l->is_ready ? PATIENCE_KEYS : PATIENCE_ANSWER) / 1000);
  lose(l, buf_str(&why));
}

static void give_key(struct signerlink *l, const struct client_result *r)
{
  struct signerlink_key key = {
      .index = r->index, .status = r->status, .name = r->name, .text = r->text};
  size_t count = 0;

  memcpy(key.address.public_key, r->public_key, sizeof key.address.public_key);
  l->handler.key(l->handler.ctx, &key);
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
    wait_on(l);
    if (r.kind == WIRE_HELLO) {
      give_key(l, &r);
    } else {
      give_answer(l, &r);
    }
  }
  if (err < 0) {
    logger_writef(l->logger, LOG_LEVEL_ERROR, "the answer of %s is not to be trusted: %s",
                  signerlink_label(l), err_text(err));
    lose(l, "it was cut off");
    return;
  }
  flush(l); /* it asks for the next keys by itself */
}

static void on_ended(void *ctx, const char *status)
{
  struct signerlink *l = ctx;

  lose(l, status);
}

static int start_child(struct signerlink *l)
{
  char **argv = l->source == NULL ? l->argv : l->source->argv;
  struct child_config config = {
      .base = l->base, .argv = argv, .is_standard = l->source != NULL, .ended = on_ended, .ctx = l};

  if (child_start(&config, &l->child) < 0) {
    logger_writef(l->logger, LOG_LEVEL_ERROR, "cannot start %s: %s", argv[0], strerror(errno));
    return ERR_IO;
  }
  child_listen(l->child, on_bytes, l);
  return 0;
}

static int connect_peer(struct signerlink *l)
{
  struct unixpeer_config config = {.base = l->base,
                                   .endpoint = &l->source->endpoint,
                                   .got = on_bytes,
                                   .ended = on_ended,
                                   .ctx = l};
  CLEANUP(buf_deinit) struct buf why = {0};

  if (unixpeer_open(&config, &l->peer) < 0) {
    dial_explain(&l->source->endpoint, errno, &why);
    logger_writef(l->logger, LOG_LEVEL_ERROR, "cannot connect to the signer: %s", buf_str(&why));
    return ERR_IO;
  }
  return 0;
}

static void start(void *ctx)
{
  struct signerlink *l = ctx;
  bool is_socket = l->source != NULL && l->source->kind == KEYSOURCE_UNIX;

  drop(l);
  l->is_lost = false;
  l->client = client_new(l->suite);
  if ((is_socket ? connect_peer(l) : start_child(l)) < 0) {
    lose(l, is_socket ? "it cannot be reached" : "it did not start");
    return;
  }
  client_hello(l->client);
  send_question(l, false);
}

static char *build_label(const struct keysource *source)
{
  CLEANUP(buf_deinit) struct buf b = {0};

  buf_addf(&b, "the signer%s%s", source == NULL ? "" : " at ", source == NULL ? "" : source->text);
  return mem_string(b.p, b.n);
}

struct signerlink *signerlink_new(const struct signerlink_config *config)
{
  struct signerlink *l = mem_new(sizeof *l);

  l->base = config->base;
  l->logger = config->logger;
  l->suite = config->suite;
  l->handler = config->handler;
  l->source = config->source;
  l->label = build_label(config->source);
  l->argv = l->source == NULL ? command_build(config->program, config->keys, config->n_keys) : NULL;
  l->backoff = RESTART_FIRST;
  l->restart = timer_new(l->base, start, l);
  l->patience = timer_new(l->base, on_impatience, l);
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
  timer_free(l->patience);
  command_free(l->argv);
  free(l->label);
  free(l);
}

const char *signerlink_label(const struct signerlink *l)
{
  return l->label;
}

bool signerlink_is_ready(const struct signerlink *l)
{
  return l->is_ready;
}

static int certify(struct signerlink *l, const struct action *a, uint32_t index)
{
  struct client_certify what = {.index = index,
                                .period = {a->period.number, a->period.minutes},
                                .expiration_hours = a->expiration_hours};

  memcpy(what.blinded, a->blinded_key, sizeof what.blinded);
  memcpy(what.key, a->key, sizeof what.key);
  return client_certify(l->client, 0, &what);
}

void signerlink_do(struct signerlink *l, const struct action *a, uint32_t index)
{
  struct wire_period period = {a->period.number, a->period.minutes};
  bool was_waiting;
  int err;

  if (!l->is_ready) {
    return;
  }
  was_waiting = client_is_waiting(l->client);
  err =
      a->kind == ACTION_CERTIFY ? certify(l, a, index) : client_blind(l->client, 0, index, &period);
  if (err == 0) { /* it has not told of a good key there: the core asks again */
    send_question(l, was_waiting);
  }
}

#include "daemon/bundlelink.h"

#include "base/mem.h"
#include "io/clock.h"
#include "io/logger.h"
#include "io/timer.h"
#include "signer/shelf.h"

#include <stdlib.h>
#include <string.h>

/* Milliseconds between two looks, and to the second one, which tells a core
 * that has just been made how long bundles last. */
#define LOOK_INTERVAL 30000
#define LOOK_AGAIN    2000

/* A question that waits for its answer. */
struct request {
  enum action_kind kind;
  uint32_t index;
  struct period period;
  uint8_t key[32];
};

struct bundlelink {
  struct logger *logger;
  struct signerlink_handler handler;
  struct shelf *shelf;
  char *label;
  bool is_ready;
  size_t n_told;      /* keys */
  uint64_t *refused;  /* of each of them: the period that was last told to be missing */
  struct timer *look; /* for new files */
  struct timer *turn; /* to answer */
  struct request *requests;
  size_t n_requests, cap_requests;
};

static void say(void *ctx, enum log_level level, const char *text)
{
  struct bundlelink *l = ctx;

  logger_write(l->logger, level, slice_str(text));
}

static void tell_keys(struct bundlelink *l)
{
  size_t n = shelf_count(l->shelf);
  uint64_t *refused = mem_array(n + 1, sizeof *refused);

  memcpy(refused, l->refused, l->n_told * sizeof *refused);
  free(l->refused);
  l->refused = refused;
  for (; l->n_told < n; l->n_told++) {
    struct signerlink_key key = {.index = (uint32_t)l->n_told, .status = WIRE_STATUS_GOOD};

    memcpy(key.address.public_key, shelf_key(l->shelf, l->n_told), sizeof key.address.public_key);
    l->handler.key(l->handler.ctx, &key);
  }
}

static void tell_stock(struct bundlelink *l, size_t index)
{
  struct shelf_stock stock = shelf_stock_of(l->shelf, index, clock_wall(NULL));
  struct event e = {.kind = EVENT_STOCKED,
                    .service = (uint32_t)index,
                    .stock_until = stock.until,
                    .stock_span = stock.span};

  l->handler.event(l->handler.ctx, &e);
}

/* Looks for new files. True if there are any. */
static bool scan(struct bundlelink *l)
{
  bool has_news = shelf_scan(l->shelf);

  if (has_news) {
    tell_keys(l);
  }
  if (has_news || !l->is_ready) {
    l->is_ready = true;
    l->handler.ready(l->handler.ctx);
  }
  return has_news;
}

static void on_look(void *ctx)
{
  struct bundlelink *l = ctx;
  bool is_first = !l->is_ready;

  if (!is_first && scan(l)) {
    logger_writef(l->logger, LOG_LEVEL_INFO, "%s: there is a new one", l->label);
  } else if (is_first) {
    scan(l);
  }
  for (size_t i = 0; i < l->n_told && !is_first; i++) {
    tell_stock(l, i);
  }
  timer_set(l->look, is_first ? LOOK_AGAIN : LOOK_INTERVAL);
}

static void refuse(struct bundlelink *l, const struct request *r, const char *why)
{
  struct event e = {.kind = EVENT_SIGNER_REFUSED, .service = r->index, .period = r->period};

  if (l->refused[r->index] != r->period.number + 1) { /* once for each period */
    l->refused[r->index] = r->period.number + 1;
    e.why = why;
  }
  l->handler.event(l->handler.ctx, &e);
}

static void answer(struct bundlelink *l, const struct request *r)
{
  struct shelf_question q = {
      .key = r->index, .period = {r->period.number, r->period.minutes}, .now = clock_wall(NULL)};
  struct bundle_item item CLEANUP(bundle_item_deinit) = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  uint8_t blinded[32];
  struct event e = {.service = r->index, .period = r->period};
  bool is_blind = r->kind == ACTION_BLIND;

  q.signing_key = is_blind ? NULL : r->key;
  if (shelf_find(l->shelf, &q, &item, blinded, &why) < 0) {
    refuse(l, r, buf_str(&why));
    return;
  }
  e.kind = is_blind ? EVENT_BLINDED : EVENT_CERTIFIED;
  e.blinded_key = blinded;
  e.revision_key = item.revision_key;
  e.signing_seed = item.seed;
  e.cert = item.cert;
  l->handler.event(l->handler.ctx, &e);
}

/* True if a bundle that is not known yet may have it. */
static bool is_missing(struct bundlelink *l, const struct request *r)
{
  struct wire_period period = {r->period.number, r->period.minutes};

  return !shelf_has(l->shelf, r->index, &period);
}

static void on_turn(void *ctx)
{
  struct bundlelink *l = ctx;
  struct request *requests = l->requests;
  size_t n = l->n_requests;
  bool is_looking = false;

  l->requests = NULL; /* answers lead to new questions */
  l->n_requests = 0;
  l->cap_requests = 0;
  for (size_t i = 0; i < n; i++) {
    if (!is_looking && is_missing(l, &requests[i])) {
      is_looking = true;
      scan(l);
    }
    answer(l, &requests[i]);
    tell_stock(l, requests[i].index);
  }
  free(requests);
}

struct bundlelink *bundlelink_new(const struct signerlink_config *config)
{
  struct bundlelink *l = mem_new(sizeof *l);
  struct shelf_config shelf = {
      .path = config->source->bundle, .suite = config->suite, .say = say, .ctx = l};
  CLEANUP(buf_deinit) struct buf label = {0};

  buf_addf(&label, "the bundles at %s", config->source->bundle);
  l->label = mem_string(label.p, label.n);
  l->logger = config->logger;
  l->handler = config->handler;
  l->refused = mem_array(1, sizeof *l->refused);
  l->shelf = shelf_new(&shelf);
  l->look = timer_new(config->base, on_look, l);
  l->turn = timer_new(config->base, on_turn, l);
  timer_set(l->look, 0);
  return l;
}

void bundlelink_free(struct bundlelink *l)
{
  if (l == NULL) {
    return;
  }
  timer_free(l->look);
  timer_free(l->turn);
  shelf_free(l->shelf);
  free(l->requests);
  free(l->refused);
  free(l->label);
  free(l);
}

const char *bundlelink_label(const struct bundlelink *l)
{
  return l->label;
}

bool bundlelink_is_ready(const struct bundlelink *l)
{
  return l->is_ready;
}

void bundlelink_do(struct bundlelink *l, const struct action *a, uint32_t index)
{
  struct request *r;

  if (index >= l->n_told) {
    return;
  }
  l->requests = mem_grow(l->requests, l->n_requests, &l->cap_requests, sizeof *l->requests);
  r = &l->requests[l->n_requests++];
  *r = (struct request){.kind = a->kind, .index = index, .period = a->period};
  memcpy(r->key, a->key, sizeof r->key);
  timer_set(l->turn, 0);
}

#include "balance/loader.h"

#include <inttypes.h>

/* Where it is urgent, a view that lacks no more than one in this many HSDirs
 * is taken at once. */
#define TOLERATED_MISSING 50

static void drop_spare(struct loading *l)
{
  netview_deinit(&l->spare);
  l->has_spare = false;
}

static void ask(struct step *s)
{
  struct loading *l = &s->core->loading;

  if (!s->core->tor_is_up) {
    return;
  }
  if (l->is_out) {
    l->again = true;
    return;
  }
  l->is_out = true;
  l->again = false;
  l->deadline = mono_plus(s->now.mono, s->core->timing.load_timeout);
  l->next = MONO_NEVER;
  action_add(s->out, ACTION_LOAD_NETWORK);
}

void loader_tor_up(struct step *s)
{
  s->core->loading.is_out = false;
  s->core->loading.failures = 0;
  s->core->loading.incomplete = 0;
  ask(s);
}

void loader_tor_down(struct step *s)
{
  struct loading *l = &s->core->loading;

  l->is_out = false;
  l->again = false;
  l->next = MONO_NEVER;
  drop_spare(l);
}

void loader_consensus_arrived(struct step *s)
{
  s->core->loading.incomplete = 0;
  ask(s);
}

static void plan_next(struct step *s, int64_t delay)
{
  struct loading *l = &s->core->loading;

  if (l->again) {
    ask(s);
  } else {
    l->next = mono_plus(s->now.mono, delay);
  }
}

/* Makes a view the core's network. */
static bool adopt(struct step *s, struct netview *view)
{
  struct core *c = s->core;
  char valid_after[WALL_TEXT_SIZE];
  size_t missing = view->n_missing;
  bool is_news = !c->network.is_ready ||
                 c->network.view.consensus.valid_after.s != view->consensus.valid_after.s;
  int err = network_adopt(&c->network, c->suite, view, c->testing_network);

  if (err < 0) {
    action_log(s->out, LOG_LEVEL_ERROR, "cannot work with tor's consensus: %s",
               err == ERR_MISSING ? "tor knows no HSDir" : err_text(err));
    return false;
  }
  wall_format(c->network.view.consensus.valid_after, valid_after);
  action_log(s->out, is_news ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
             "consensus of %s: %zu HSDirs (%zu not known yet), time period %" PRIu64, valid_after,
             c->network.view.n_nodes, missing,
             c->network.slots[c->network.client_slot].period.number);
  return true;
}

/* Keeps an incomplete view for later; what is missing comes in seconds. */
static void keep_spare(struct step *s, struct netview *view)
{
  struct loading *l = &s->core->loading;

  if (!l->has_spare) {
    l->spare_until = mono_plus(s->now.mono, s->core->timing.microdesc_wait);
  }
  netview_deinit(&l->spare);
  l->spare = *view;
  *view = (struct netview){0};
  l->has_spare = true;
}

/* Until when a complete view will do if tor announces nothing: somewhat
 * longer than it is fresh. */
static int64_t fallback_delay(const struct step *s)
{
  const struct core *c = s->core;
  int64_t fresh = c->network.view.consensus.fresh_until.s - s->now.wall.s;
  int64_t longest = 24 * 60 * 60;

  fresh = !c->network.is_ready || fresh < 0 ? 0 : fresh > longest ? longest : fresh;
  return fresh * 1000 + c->timing.load_fallback;
}

/* The first view is urgent, and so is a new time period. For anything else a
 * ring with gaps is not worth it: each relay that is not known yet would make
 * others responsible for some seconds, and be a new HSDir itself after that. */
static bool is_good_enough(const struct core *c, const struct netview *view)
{
  const struct network *net = &c->network;
  struct wall valid_after = view->consensus.valid_after;
  bool is_urgent = !net->is_ready || schedule_period_at(&net->schedule, valid_after).number !=
                                         net->slots[net->client_slot].period.number;

  return view->n_missing == 0 ||
         (is_urgent && view->n_missing * TOLERATED_MISSING <= view->n_nodes + view->n_missing);
}

bool loader_take(struct step *s, struct netview *view)
{
  struct loading *l = &s->core->loading;
  bool is_incomplete = view->n_missing > 0;
  bool changed = false;

  l->is_out = false;
  if (!is_good_enough(s->core, view) &&
      (!l->has_spare || !mono_is_due(l->spare_until, s->now.mono))) {
    keep_spare(s, view);
  } else {
    drop_spare(l);
    changed = adopt(s, view);
  }
  l->failures = 0;
  l->incomplete = is_incomplete ? l->incomplete + 1 : 0;
  plan_next(s, is_incomplete ? timing_backoff(s->core->timing.load_retry, l->incomplete - 1,
                                              s->core->timing.load_fallback)
                             : fallback_delay(s));
  return changed;
}

void loader_failed(struct step *s, const char *why)
{
  struct loading *l = &s->core->loading;

  l->is_out = false;
  action_log(s->out, l->failures == 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
             "tor has no usable consensus yet: %s", why);
  plan_next(s, timing_backoff(s->core->timing.load_retry, l->failures, 60 * 1000));
  l->failures++;
}

bool loader_tick(struct step *s)
{
  struct loading *l = &s->core->loading;

  if (!s->core->tor_is_up) {
    return false;
  }
  if (l->is_out && mono_is_due(l->deadline, s->now.mono)) {
    loader_failed(s, "no answer");
  }
  if (!l->is_out && mono_is_due(l->next, s->now.mono)) {
    ask(s);
  }
  if (l->has_spare && mono_is_due(l->spare_until, s->now.mono)) {
    struct netview view = l->spare;

    l->spare = (struct netview){0};
    l->has_spare = false;
    return adopt(s, &view);
  }
  return false;
}

struct mono loader_next_wake(const struct core *c)
{
  const struct loading *l = &c->loading;
  struct mono t = l->is_out ? l->deadline : l->next;

  if (!c->tor_is_up) {
    return MONO_NEVER;
  }
  return l->has_spare ? mono_earlier(t, l->spare_until) : t;
}

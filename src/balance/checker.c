#include "balance/checker.h"

#include "balance/chart.h"
#include "balance/fetcher.h"
#include "balance/panic.h"

#include <inttypes.h>

/* After a probe that could not be tried at all: milliseconds. */
#define UNTRIED_GAP 5000

/* The time over which few first probes are spread: milliseconds. */
#define SOON 5000

static bool wants_probes(const struct instance *in)
{
  return in->health.config.check != HEALTH_DESCRIPTOR && in->health.config.check != HEALTH_NONE &&
         (in->admin == ADMIN_ENABLED || in->admin == ADMIN_DRAIN);
}

bool checker_is_probed(const struct core *c, const struct instance *in)
{
  return c->can_probe && wants_probes(in) && instance_is_usable(in);
}

bool checker_is_serving(const struct core *c, const struct instance *in)
{
  bool is_judged = c->can_probe && wants_probes(in);

  return instance_is_usable(in) && !(is_judged && in->health.state == HEALTH_DOWN);
}

/* The shortest interval that the number of probes allows. */
static int64_t pace_of(const struct core *c)
{
  return c->timing.probe_pace * (int64_t)c->n_instances;
}

void checker_look(struct step *s)
{
  s->core->check_wake = s->now.mono;
}

/* The first probes come soon, for the more is known the better, and apart, so
 * that not all are probed together. */
static void plan_first(struct step *s, struct instance *in)
{
  int64_t pace = pace_of(s->core);

  in->health.next = mono_plus(s->now.mono, rng_between(s->rng, 0, pace > SOON ? pace : SOON));
}

/* When the instance needs a turn without an event. */
static struct mono wake_of(const struct core *c, const struct instance *in)
{
  bool has_room = c->prober.n < c->timing.max_probes;
  const struct health *h = &in->health;

  if (!checker_is_probed(c, in)) {
    return MONO_NEVER;
  }
  if (h->phase == HEALTH_FETCHING && has_room) {
    return h->fresh_until;
  }
  return h->phase == HEALTH_IDLE && (has_room || h->wants_fresh) ? h->next : MONO_NEVER;
}

void checker_news(struct step *s, struct instance *in)
{
  struct health *h = &in->health;

  if (h->since.wall.s == 0) {
    h->since = s->now;
  }
  h->wants_fresh = false;
  h->fresh_until = s->now.mono;
  if (h->state == HEALTH_DOWN || h->bads > 0) {
    h->next = s->now.mono;
  } else if (h->next.ms == MONO_NEVER.ms && checker_is_probed(s->core, in)) {
    plan_first(s, in);
  }
  s->core->check_wake = mono_earlier(s->core->check_wake, wake_of(s->core, in));
}

void checker_check_now(struct step *s, struct instance *in)
{
  in->health.wants_fresh = true;
  in->health.next = s->now.mono;
  checker_look(s);
}

void checker_ability_changed(struct step *s)
{
  checker_look(s);
  for (size_t i = 0; i < s->core->n_instances; i++) {
    struct instance *in = &s->core->instances[i];

    if (wants_probes(in) && in->health.state == HEALTH_DOWN) {
      state_instance_changed(s, in);
    }
  }
}

/* The other instance that would be probed next is probed now: if its probe is
 * good, our way through tor is. */
static void call_witness(struct step *s, const struct instance *doubted)
{
  struct core *c = s->core;
  struct health *soonest = NULL;

  for (size_t i = 0; i < c->n_instances; i++) {
    struct health *h = &c->instances[i].health;

    if (&c->instances[i] == doubted || !checker_is_probed(c, &c->instances[i]) ||
        h->state == HEALTH_DOWN || h->bads > 0) {
      continue;
    }
    if (h->phase != HEALTH_IDLE) {
      return; /* one is on its way */
    }
    soonest = soonest == NULL || h->next.ms < soonest->next.ms ? h : soonest;
  }
  if (soonest != NULL) {
    soonest->next = s->now.mono;
  }
}

static void come_back(struct step *s, struct instance *in, enum health_state was)
{
  action_log(s->out, was == HEALTH_STARTING ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "%s: %s: %s",
             in->label, was == HEALTH_STARTING ? "up" : "up again",
             health_why_text(in->health.why));
  if (was == HEALTH_DOWN) {
    state_instance_changed(s, in);
    chart_changed(s);
  }
}

static void take_good(struct step *s, struct instance *in, enum health_why why)
{
  enum health_state was = in->health.state;
  bool had_answered = in->health.has_answered;
  bool has_come = health_note_good(&in->health, why, s->now);

  panic_note_good(s);
  if (in->health.has_answered != had_answered) {
    chart_changed(s);
  }
  if (has_come) {
    come_back(s, in, was);
  }
  panic_review(s);
}

static void go_down(struct step *s, struct instance *in)
{
  health_set(&in->health, HEALTH_DOWN, s->now);
  chart_changed(s);
  action_log(s->out, LOG_LEVEL_WARNING, "%s: down: %s", in->label, health_why_text(in->health.why));
  state_instance_gone(s, in);
}

static void take_bad(struct step *s, struct instance *in, enum health_why why)
{
  struct health *h = &in->health;
  bool is_enough = health_note_bad(h, why, s->now);

  if (h->state == HEALTH_DOWN) {
    return;
  }
  if (!is_enough) {
    action_log(s->out, LOG_LEVEL_INFO, "%s: check %u of %u failed: %s", in->label, h->bads,
               h->config.fall, health_why_text(why));
    call_witness(s, in);
  } else if (panic_believes(s, in)) {
    go_down(s, in);
  }
  panic_review(s);
}

/* A probe has ended. */
static void probed(struct step *s, const struct address *a, const struct probe_result *r)
{
  struct instance *in = state_find_instance(s->core, a);
  enum health_why why;
  enum health_verdict verdict;

  if (in == NULL || in->health.phase != HEALTH_PROBING) {
    return; /* it is of no interest any more */
  }
  in->health.phase = HEALTH_IDLE;
  checker_look(s);
  verdict = health_judge(&in->health, r, &why);
  if (verdict == HEALTH_UNKNOWN || !checker_is_probed(s->core, in) || !s->core->tor_is_ready) {
    in->health.next = mono_plus(s->now.mono, UNTRIED_GAP);
    return;
  }
  action_log(s->out, LOG_LEVEL_DEBUG, "%s: probe after %" PRId64 " ms: %s", in->label, r->took,
             probe_end_text(r->end));
  in->health.took = r->took;
  if (verdict == HEALTH_GOOD) {
    take_good(s, in, why);
  } else {
    take_bad(s, in, why);
  }
  health_plan(&in->health, pace_of(s->core), s->rng, s->now.mono);
}

/* False if there is no room for it now. */
static bool start_probe(struct step *s, struct instance *in)
{
  const struct health_config *config = &in->health.config;
  bool is_http = config->check == HEALTH_HTTP;
  struct probe_spec spec = {
      .address = in->address,
      .port = config->port,
      .timeout = config->timeout,
      .http_path = is_http ? config->path : NULL,
      .http_min = config->http_min,
      .http_max = config->http_max,
      .http_text = is_http ? config->text : NULL,
  };

  if (!prober_start(s, &spec, probed)) {
    return false;
  }
  in->health.phase = HEALTH_PROBING;
  return true;
}

/* One instance's turn; false if there was no room for its probe. */
static bool tick_instance(struct step *s, struct instance *in)
{
  struct health *h = &in->health;

  if (h->next.ms == MONO_NEVER.ms) {
    plan_first(s, in);
  }
  if (h->phase == HEALTH_IDLE && mono_is_due(h->next, s->now.mono) && h->wants_fresh) {
    h->phase = HEALTH_FETCHING;
    h->wants_fresh = false;
    h->fresh_until = mono_plus(s->now.mono, s->core->timing.fresh_wait);
    fetcher_refresh(s, in);
    return true;
  }
  if ((h->phase == HEALTH_IDLE && mono_is_due(h->next, s->now.mono)) ||
      (h->phase == HEALTH_FETCHING &&
       (mono_is_due(h->fresh_until, s->now.mono) || fetcher_is_idle(s, in)))) {
    return start_probe(s, in);
  }
  return true;
}

void checker_fetch_moved(struct step *s, struct instance *in)
{
  struct core *c = s->core;

  if (in->health.phase == HEALTH_FETCHING && checker_is_probed(c, in)) {
    c->checks_wait = !tick_instance(s, in) || c->checks_wait;
    c->check_wake = mono_earlier(c->check_wake, wake_of(c, in));
  }
}

/* True if much depends on its next probe. */
static bool is_urgent(const struct health *h)
{
  return h->bads > 0 && h->state != HEALTH_DOWN;
}

/* False if one of them found no room. */
static bool tick_some(struct step *s, bool urgent)
{
  struct core *c = s->core;
  size_t first = c->next_check;
  bool is_full = false;

  for (size_t i = 0; i < c->n_instances; i++) {
    size_t place = (first + i) % c->n_instances;
    struct instance *in = &c->instances[place];

    if (!checker_is_probed(c, in) || is_urgent(&in->health) != urgent) {
      continue;
    }
    if (!tick_instance(s, in) && !is_full) {
      is_full = true;
      c->next_check = place; /* whoever lacked room is first next time */
    }
  }
  return !is_full;
}

void checker_tick(struct step *s)
{
  struct core *c = s->core;
  bool has_room = c->prober.n < c->timing.max_probes;

  if (!mono_is_due(c->check_wake, s->now.mono) && !(c->checks_wait && has_room)) {
    return;
  }
  c->checks_wait = !tick_some(s, true);
  c->checks_wait = !tick_some(s, false) || c->checks_wait;
  c->check_wake = MONO_NEVER;
  for (size_t i = 0; i < c->n_instances; i++) {
    c->check_wake = mono_earlier(c->check_wake, wake_of(c, &c->instances[i]));
  }
}

struct mono checker_next_wake(const struct core *c)
{
  return c->check_wake;
}

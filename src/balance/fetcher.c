#include "balance/fetcher.h"

#include "balance/checker.h"
#include "balance/memory.h"

#include <inttypes.h>
#include <string.h>

/* HSDirs asked in one round: two, so that an old copy on one of them does not
 * go unnoticed. */
#define ANSWERS_WANTED 2

/* Rounds in a row that come to nothing before we believe them. */
#define ROUNDS_TO_BELIEVE 3

static size_t count_targets(const struct instance *in, enum target_state state)
{
  size_t n = 0;

  for (size_t i = 0; i < in->n_targets; i++) {
    n += in->targets[i].state == state;
  }
  return n;
}

static struct target *find_target(struct instance *in, const uint8_t fp[FINGERPRINT_SIZE])
{
  for (size_t i = 0; i < in->n_targets; i++) {
    if (memcmp(in->targets[i].fingerprint, fp, FINGERPRINT_SIZE) == 0) {
      return &in->targets[i];
    }
  }
  return NULL;
}

/* Moves a target out of flight, if it is in flight. */
static void settle_target(struct core *c, struct target *t, enum target_state state)
{
  if (t != NULL && t->state == TARGET_IN_FLIGHT) {
    t->state = state;
    c->fetches_in_flight--;
  }
}

void fetcher_abandon(struct core *c, struct instance *in)
{
  for (size_t i = 0; i < in->n_targets; i++) {
    settle_target(c, &in->targets[i], TARGET_FAILED);
  }
  in->in_round = false;
  in->n_targets = 0;
}

/* From one round to the next: the interval, or more for many instances so
 * that the guard is not hammered, give or take a fifth. */
static int64_t round_interval(const struct step *s)
{
  int64_t paced = s->core->timing.fetch_pace * (int64_t)s->core->n_instances;
  int64_t t = s->core->timing.fetch_interval;

  t = paced > t ? paced : t;
  return rng_between(s->rng, t - t / 5, t + t / 5);
}

static void enter_period(struct step *s, struct instance *in, struct period p)
{
  fetcher_abandon(s->core, in);
  if (instance_enter_period(in, s->core->suite, p) < 0) {
    action_log(s->out, LOG_LEVEL_ERROR, "%s: the address is not a usable public key", in->label);
    in->next_round = MONO_NEVER;
    return;
  }
  in->next_round = s->now.mono;
  fetcher_wake(s, in);
  state_instance_changed(s, in); /* fetch first, publish then */
}

void fetcher_wake(struct step *s, const struct instance *in)
{
  agenda_set(&s->core->fetches, state_place(s->core, in), s->now.mono);
}

void fetcher_network_changed(struct step *s)
{
  struct core *c = s->core;
  struct period p = c->network.slots[c->network.client_slot].period;

  for (size_t i = 0; i < c->n_instances; i++) {
    struct instance *in = &c->instances[i];

    if (!in->has_period || in->period.number != p.number || in->period.minutes != p.minutes) {
      enter_period(s, in, p);
    }
  }
}

void fetcher_tor_down(struct step *s)
{
  for (size_t i = 0; i < s->core->n_instances; i++) {
    struct instance *in = &s->core->instances[i];

    if (in->in_round) {
      fetcher_abandon(s->core, in);
      in->next_round = s->now.mono;
      fetcher_wake(s, in);
    }
  }
}

void fetcher_refresh(struct step *s, struct instance *in)
{
  if (!in->in_round) {
    in->next_round = s->now.mono;
    fetcher_wake(s, in);
  }
}

bool fetcher_is_idle(const struct step *s, const struct instance *in)
{
  return !in->in_round && !mono_is_due(in->next_round, s->now.mono);
}

static void start_round(struct step *s, struct instance *in)
{
  const struct network *net = &s->core->network;
  uint32_t places[NETWORK_HSDIRS_MAX];
  size_t n = network_hsdirs_to_fetch(net, s->core->suite, in->blinded_key, places);

  rng_shuffle(s->rng, places, n, sizeof places[0]);
  in->n_targets = n < INSTANCE_TARGETS_MAX ? n : INSTANCE_TARGETS_MAX;
  for (size_t i = 0; i < in->n_targets; i++) {
    in->targets[i] = (struct target){.state = TARGET_UNTRIED};
    memcpy(in->targets[i].fingerprint, net->view.nodes[places[i]].fingerprint, FINGERPRINT_SIZE);
  }
  in->in_round = true;
}

static void take_out(struct step *s, struct instance *in, const char *why)
{
  if (!in->is_gone && in->knowledge.is_known) {
    action_log(s->out, LOG_LEVEL_WARNING, "%s: taken out, %s", in->label, why);
    in->is_gone = true;
  }
}

static bool is_stale(const struct step *s, const struct instance *in)
{
  struct mono end = mono_plus(in->knowledge.since, s->core->timing.stale_after);

  return in->knowledge.is_known && in->health.config.check != HEALTH_NONE &&
         mono_is_due(end, s->now.mono);
}

/* Plans the next round, sooner if this one came to nothing. */
static void plan_round(struct step *s, struct instance *in)
{
  int64_t wait = round_interval(s);

  if (in->failed_rounds > 0) {
    wait = timing_backoff(s->core->timing.fetch_retry_first, in->failed_rounds - 1, wait);
  }
  in->next_round = mono_plus(s->now.mono, wait);
}

/* An instance is only judged by what was seen: time that we spent without tor
 * does not count against it, nor rounds in which most HSDirs were not
 * reached. */
static void end_round(struct step *s, struct instance *in)
{
  bool answered = count_targets(in, TARGET_ANSWERED) > 0;
  bool absent = !answered && count_targets(in, TARGET_NOT_FOUND) * 2 > in->n_targets;

  in->in_round = false;
  in->is_settled = true;
  if (!answered) {
    action_log(s->out, in->failed_rounds == 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
               "%s: no descriptor from any of its %zu HSDirs%s", in->label, in->n_targets,
               absent ? ", most say that there is none: is it running?" : "");
  }
  in->failed_rounds = answered ? 0 : in->failed_rounds + 1;
  in->absent_rounds = answered ? 0 : in->absent_rounds + absent;
  plan_round(s, in);
  if (in->absent_rounds >= ROUNDS_TO_BELIEVE) {
    take_out(s, in, "no HSDir has its descriptor any more");
  }
  if (is_stale(s, in) && (answered || in->failed_rounds >= ROUNDS_TO_BELIEVE)) {
    take_out(s, in, "its descriptor is too old");
  }
}

/* Sends as many fetches of the round as are wanted and as there is room for;
 * false if it wants more room. */
static bool continue_round(struct step *s, struct instance *in)
{
  struct core *c = s->core;

  for (size_t i = 0; i < in->n_targets; i++) {
    size_t busy = count_targets(in, TARGET_IN_FLIGHT) + count_targets(in, TARGET_ANSWERED);
    struct target *t = &in->targets[i];
    struct action *a;

    if (busy >= ANSWERS_WANTED) {
      break;
    }
    if (t->state != TARGET_UNTRIED) {
      continue;
    }
    if (c->fetches_in_flight >= c->timing.max_fetches) {
      return false;
    }
    t->state = TARGET_IN_FLIGHT;
    t->deadline = mono_plus(s->now.mono, c->timing.fetch_timeout);
    c->fetches_in_flight++;
    a = action_add(s->out, ACTION_FETCH);
    a->address = in->address;
    memcpy(a->fingerprint, t->fingerprint, FINGERPRINT_SIZE);
  }
  if (count_targets(in, TARGET_IN_FLIGHT) == 0) {
    end_round(s, in);
  }
  return true;
}

/* Every error is worth one warning. Mismatches are not: around a change of
 * the period tor may be ahead of us, or answer what was asked before. */
static void note_bad_descriptor(struct step *s, struct instance *in, int err)
{
  const char *hint = "";
  bool is_new = err != in->last_error && err != ERR_MISMATCH;

  if (err == ERR_MAC) {
    hint = " (does it demand client authorization?)";
  } else if (err == ERR_MISSING) {
    hint = " (it has no introduction point that can be used)";
  } else if (err == ERR_MISMATCH) {
    hint = " (of another service or time period)";
  }
  action_log(s->out, is_new ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG, "%s: descriptor not taken: %s%s",
             in->label, err_text(err), hint);
  in->last_error = err;
}

/* What a good descriptor means. */
static void note_descriptor(struct step *s, struct instance *in, enum instance_news news)
{
  bool is_found = news == INSTANCE_NO_NEWS && !is_stale(s, in);
  bool is_back = in->is_gone && (news == INSTANCE_NEWS || is_found);

  in->is_gone = in->is_gone && !is_back;
  if (news == INSTANCE_OLD) {
    action_log(s->out, LOG_LEVEL_INFO, "%s: an HSDir gave an old descriptor, ignored", in->label);
  } else if (news == INSTANCE_NEWS || is_back) {
    in->last_error = 0;
    action_log(s->out, LOG_LEVEL_INFO, "%s: %s descriptor with %zu introduction points", in->label,
               is_back ? "back, with a" : "new", in->knowledge.n_intros);
  }
  if (news == INSTANCE_NEWS || is_back) {
    checker_news(s, in);
  }
  if (news == INSTANCE_NEWS || is_back || !in->is_settled) {
    state_instance_changed(s, in);
  }
  in->is_settled = true;
}

void fetcher_fetched(struct step *s, const struct event *e)
{
  struct instance *in = state_find_instance(s->core, &e->address);
  enum instance_news news = INSTANCE_NO_NEWS;
  int err;

  if (in == NULL) {
    return;
  }
  fetcher_wake(s, in);
  err = instance_learn(in, s->core->suite, e->text, s->now, &news);
  settle_target(s->core, find_target(in, e->fingerprint),
                err < 0 ? TARGET_FAILED : TARGET_ANSWERED);
  if (err < 0) {
    note_bad_descriptor(s, in, err);
  } else {
    note_descriptor(s, in, news);
  }
  if (err == 0 && news == INSTANCE_NEWS) {
    memory_learned(s, in, e->text);
  }
}

void fetcher_failed(struct step *s, const struct event *e)
{
  struct instance *in = state_find_instance(s->core, &e->address);

  if (in != NULL) {
    fetcher_wake(s, in);
    settle_target(s->core, find_target(in, e->fingerprint),
                  e->is_definite ? TARGET_NOT_FOUND : TARGET_FAILED);
  }
}

static void time_out_targets(struct step *s, struct instance *in)
{
  for (size_t i = 0; in->in_round && i < in->n_targets; i++) {
    struct target *t = &in->targets[i];

    if (t->state == TARGET_IN_FLIGHT && mono_is_due(t->deadline, s->now.mono)) {
      settle_target(s->core, t, TARGET_FAILED);
    }
  }
}

static struct mono round_wake(const struct instance *in)
{
  struct mono t = MONO_NEVER;

  for (size_t i = 0; i < in->n_targets; i++) {
    if (in->targets[i].state == TARGET_IN_FLIGHT) {
      t = mono_earlier(t, in->targets[i].deadline);
    }
  }
  return t;
}

/* One instance's turn. */
static void tick_instance(struct step *s, struct instance *in)
{
  struct core *c = s->core;
  bool was_gone = in->is_gone, was_settled = in->is_settled, was_waiting = in->is_waiting;

  if (!in->in_round && mono_is_due(in->next_round, s->now.mono)) {
    start_round(s, in);
  }
  in->is_waiting = in->in_round && !continue_round(s, in);
  c->n_waiting += (size_t)in->is_waiting - (size_t)was_waiting;
  agenda_set(&c->fetches, state_place(c, in), in->in_round ? round_wake(in) : in->next_round);
  if (in->is_gone != was_gone || in->is_settled != was_settled) {
    state_instance_changed(s, in);
  }
  checker_fetch_moved(s, in);
}

/* The room that there is goes round among those that wait for it. */
static void serve_waiting(struct step *s)
{
  struct core *c = s->core;

  while (c->n_waiting > 0 && c->fetches_in_flight < c->timing.max_fetches) {
    struct instance *in = &c->instances[c->next_fetcher];

    c->next_fetcher = (c->next_fetcher + 1) % c->n_instances;
    if (in->is_waiting) {
      tick_instance(s, in);
    }
  }
}

void fetcher_tick(struct step *s)
{
  struct core *c = s->core;
  const size_t *due;
  size_t n = agenda_due(&c->fetches, s->now.mono, &due);

  /* All that ends does so before anything begins: the room that this sets
   * free is for whoever waits for it longest. */
  for (size_t i = 0; i < n; i++) {
    time_out_targets(s, &c->instances[due[i]]);
  }
  serve_waiting(s);
  for (size_t i = 0; i < n; i++) {
    tick_instance(s, &c->instances[due[i]]);
  }
  serve_waiting(s);
}

struct mono fetcher_next_wake(const struct core *c)
{
  return agenda_first(&c->fetches);
}

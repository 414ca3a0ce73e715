#include "balance/panic.h"

#include "balance/checker.h"

/* What happens within this time happens at once: milliseconds. */
#define AT_ONCE 60000

/* How long instances are held although others answer, and how fresh their
 * answers must be. */
#define DOUBT   120000
#define WITNESS 60000

struct count {
  size_t n;       /* were up within the last minute */
  size_t failing; /* ... and do not look it now */
  size_t n_down;  /* ... and have gone down */
};

static bool went_just_now(const struct step *s, const struct health *h)
{
  return h->state == HEALTH_DOWN && !mono_is_due(mono_plus(h->since.mono, AT_ONCE), s->now.mono);
}

static struct count count_failing(const struct step *s)
{
  struct count count = {0};

  for (size_t i = 0; i < s->core->n_instances; i++) {
    const struct instance *in = &s->core->instances[i];
    bool is_down = in->health.state == HEALTH_DOWN;

    if (!checker_is_probed(s->core, in) || (is_down && !went_just_now(s, &in->health))) {
      continue;
    }
    count.n++;
    count.failing += is_down || in->health.bads > 0;
    count.n_down += is_down;
  }
  return count;
}

static bool is_suspicious(const struct count *count)
{
  return count->failing == count->n || (count->failing >= 2 && count->failing * 3 > count->n * 2);
}

/* True if others have answered for long enough while this one has not. */
static bool is_refuted(const struct step *s)
{
  const struct panic *p = &s->core->panic;

  return mono_is_due(mono_plus(p->since, DOUBT), s->now.mono) && p->n_good >= 2 &&
         !mono_is_due(mono_plus(p->last_good, WITNESS), s->now.mono);
}

static void announce(struct step *s, const struct instance *in, const struct count *count)
{
  if (count->n == 1) {
    action_log(s->out, LOG_LEVEL_ERROR,
               "%s: looks down (%s), and no other is up: it stays published", in->label,
               health_why_text(in->health.why));
  } else {
    action_log(s->out, LOG_LEVEL_ERROR,
               "%zu of %zu instances look down at the same time (%s: %s): more likely it is this "
               "machine's tor or network, so all stay published",
               count->failing, count->n, in->label, health_why_text(in->health.why));
  }
}

static void begin(struct step *s)
{
  struct core *c = s->core;

  c->panic.is_on = true;
  c->panic.since = s->now.mono;
  c->panic.n_good = 0;
  for (size_t i = 0; i < c->n_instances; i++) {
    struct instance *in = &c->instances[i];

    if (went_just_now(s, &in->health) && checker_is_probed(c, in)) {
      health_set(&in->health, HEALTH_HELD, s->now);
      state_instance_changed(s, in);
    }
  }
}

bool panic_believes(struct step *s, struct instance *in)
{
  struct count count = count_failing(s);

  if (!is_suspicious(&count) || (s->core->panic.is_on && is_refuted(s))) {
    return true;
  }
  if (!s->core->panic.is_on) {
    announce(s, in, &count);
    begin(s);
  }
  health_set(&in->health, HEALTH_HELD, s->now);
  return false;
}

void panic_note_good(struct step *s)
{
  struct panic *p = &s->core->panic;

  p->n_good += p->is_on && p->n_good < 2;
  p->last_good = s->now.mono;
}

void panic_review(struct step *s)
{
  struct core *c = s->core;
  size_t n_held = 0, n_down = 0;

  for (size_t i = 0; c->panic.is_on && i < c->n_instances; i++) {
    if (checker_is_probed(c, &c->instances[i])) {
      n_held += c->instances[i].health.state == HEALTH_HELD;
      n_down += c->instances[i].health.state == HEALTH_DOWN;
    }
  }
  if (c->panic.is_on && n_held == 0) {
    c->panic.is_on = false;
    action_log(s->out, LOG_LEVEL_INFO, "instances can be told apart again: %zu of %zu are down",
               n_down, c->n_instances);
  }
}

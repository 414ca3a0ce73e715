#include "balance/prober.h"

#include "balance/state.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* After its own timeout the shell has this long, in milliseconds, to say so. */
#define GRACE 5000

static struct prober_flight *find(struct prober *p, uint64_t id)
{
  for (size_t i = 0; i < p->n; i++) {
    if (p->flights[i].id == id) {
      return &p->flights[i];
    }
  }
  return NULL;
}

static struct action *add_probe_action(struct step *s, enum action_kind kind, uint64_t id)
{
  struct action *a = action_add(s->out, kind);

  a->probe = id;
  return a;
}

bool prober_start(struct step *s, const struct probe_spec *spec,
                  void (*done)(struct step *s, const struct address *a,
                               const struct probe_result *r))
{
  struct core *c = s->core;
  struct prober *p = &c->prober;
  struct action *a;

  if (!c->tor_is_ready || !c->can_probe || p->n >= c->timing.max_probes) {
    return false;
  }
  p->flights = mem_grow(p->flights, p->n, &p->cap, sizeof *p->flights);
  p->flights[p->n++] = (struct prober_flight){
      .id = ++p->last_id,
      .address = spec->address,
      .done = done,
      .started = s->now.mono,
      .deadline = mono_plus(s->now.mono, spec->timeout + GRACE),
      .joins_by = MONO_NEVER,
  };
  a = add_probe_action(s, ACTION_PROBE, p->last_id);
  a->address = spec->address;
  a->port = spec->port;
  a->timeout = spec->timeout;
  if (spec->http_path != NULL) {
    buf_add_str(&a->text, spec->http_path);
    a->http_min = spec->http_min;
    a->http_max = spec->http_max;
    buf_add_str(&a->http_text, spec->http_text == NULL ? "" : spec->http_text);
  }
  return true;
}

/* Takes a flight out, then tells: what is told may start another one. */
static void finish(struct step *s, struct prober_flight *f, enum probe_end end)
{
  struct prober *p = &s->core->prober;
  struct prober_flight done = *f;

  *f = p->flights[--p->n];
  done.result.end = end;
  done.result.took = s->now.mono.ms - done.started.ms;
  done.done(s, &done.address, &done.result);
}

/* One that is due; tells the shell to leave it. */
static struct prober_flight *find_due(struct step *s)
{
  struct prober *p = &s->core->prober;

  for (size_t i = 0; i < p->n; i++) {
    if (mono_is_due(mono_earlier(p->flights[i].deadline, p->flights[i].joins_by), s->now.mono)) {
      return &p->flights[i];
    }
  }
  return NULL;
}

void prober_tick(struct step *s)
{
  struct prober_flight *f;

  while ((f = find_due(s)) != NULL) {
    add_probe_action(s, ACTION_PROBE_STOP, f->id);
    finish(s, f, PROBE_TIMED_OUT);
  }
}

void prober_introduced(struct step *s, const struct event *e)
{
  struct prober_flight *f = find(&s->core->prober, e->probe);

  if (f == NULL || f->result.is_joined) {
    return;
  }
  f->result.is_introduced = true;
  memcpy(f->result.relay, e->fingerprint, sizeof f->result.relay);
  if (f->joins_by.ms == MONO_NEVER.ms) {
    f->joins_by = mono_plus(s->now.mono, s->core->timing.join_timeout);
  }
}

void prober_joined(struct step *s, const struct event *e)
{
  struct prober_flight *f = find(&s->core->prober, e->probe);

  if (f != NULL) {
    f->result.is_joined = true;
    f->joins_by = MONO_NEVER;
  }
}

void prober_ended(struct step *s, const struct event *e)
{
  struct prober_flight *f = find(&s->core->prober, e->probe);

  if (f != NULL) {
    finish(s, f, e->probe_end);
  }
}

void prober_tor_down(struct step *s)
{
  struct prober *p = &s->core->prober;

  while (p->n > 0) {
    finish(s, &p->flights[p->n - 1], PROBE_NOT_READY);
  }
}

struct mono prober_next_wake(const struct prober *p)
{
  struct mono t = MONO_NEVER;

  for (size_t i = 0; i < p->n; i++) {
    t = mono_earlier(t, mono_earlier(p->flights[i].deadline, p->flights[i].joins_by));
  }
  return t;
}

void prober_deinit(struct prober *p)
{
  free(p->flights);
  *p = (struct prober){0};
}

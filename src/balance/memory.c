#include "balance/memory.h"

#include "balance/chart.h"
#include "balance/checker.h"
#include "balance/fetcher.h"
#include "balance/runtime.h"
#include "base/cursor.h"
#include "crypto/ope.h"

#include <inttypes.h>
#include <string.h>

/* A ceiling is that many seconds ahead of what the clock says, so that a file is
 * written four times an hour at most... */
#define AHEAD 900

/* ... and at least so far ahead of the counter. A restart begins above the
 * ceiling: less than this is what each of many restarts in a row costs, of the
 * 90,000 that a scale of OPE_MAX has to spare. */
#define HEADROOM 60

/* A descriptor is of use as long as HSDirs serve it. One that comes from the
 * future was seen by another clock: nobody knows how old it is. */
#define LIFETIME  (3 * 3600)
#define TOLERANCE 300

void memory_keep(struct step *s, const struct memo *m)
{
  struct action *a;

  if (!s->core->remembers) {
    return;
  }
  a = action_add(s->out, ACTION_KEEP);
  a->memo = m->kind;
  a->address = m->address;
  if (m->body.n > 0) {
    memo_build(s->core->suite, m, &a->text);
  }
}

/* ---- descriptors of instances ---- */

void memory_learned(struct step *s, const struct instance *in, struct slice text)
{
  CLEANUP(buf_deinit) struct buf body = {0};
  struct memo m = {.kind = MEMO_INSTANCE, .address = in->address};

  if (!s->core->remembers) {
    return;
  }
  buf_addf(&body, "received %" PRIi64 "\n", in->knowledge.received.s);
  buf_addf(&body, "period %" PRIu64 " %" PRIu64 "\n", in->period.number, in->period.minutes);
  buf_add_slice(&body, text);
  m.body = buf_slice(&body);
  memory_keep(s, &m);
}

/* What memory_learned has written. */
struct leaf {
  struct wall received;
  struct period period;
  struct slice text;
};

static int parse_leaf(struct slice body, struct leaf *out)
{
  struct cursor c = cursor_from(body);

  cursor_expect(&c, "received ");
  out->received.s = (int64_t)cursor_decimal(&c, INT64_MAX / 2);
  cursor_expect(&c, "\nperiod ");
  out->period.number = cursor_decimal(&c, LIMIT_PERIOD_NUMBER);
  cursor_expect(&c, " ");
  out->period.minutes = cursor_decimal(&c, LIMIT_PERIOD_MINUTES);
  cursor_expect(&c, "\n");
  out->text = cursor_rest(&c);
  return out->text.n < LIMIT_DESCRIPTOR_BYTES ? c.err : ERR_TOO_LONG;
}

/* Verifies it as one that has just been fetched, and counts its age. */
static int take_leaf(struct step *s, struct instance *in, const struct leaf *leaf)
{
  struct knowledge *k = &in->knowledge;
  int64_t age = s->now.wall.s - leaf->received.s;
  enum instance_news news;

  if (age < -TOLERANCE || age > LIFETIME) {
    return ERR_EXPIRED;
  }
  if (!in->has_period) {
    TRY(instance_enter_period(in, s->core->suite, leaf->period));
    in->next_round = s->now.mono; /* whatever it says, it is asked for now */
    fetcher_wake(s, in);
  }
  if (in->period.number != leaf->period.number || in->period.minutes != leaf->period.minutes) {
    return ERR_MISMATCH;
  }
  TRY(instance_learn(in, s->core->suite, leaf->text, s->now, &news));
  if (news == INSTANCE_NEWS) {
    k->is_remembered = true;
    k->received = leaf->received;
    k->modified = leaf->received;
    k->since = mono_plus(s->now.mono, age > 0 ? -1000 * age : 0);
    state_instance_changed(s, in);
    checker_look(s);
  }
  return 0;
}

static int restore_instance(struct step *s, const struct memo *m)
{
  struct instance *in = state_find_instance(s->core, &m->address);
  struct leaf leaf;
  int err;

  if (in == NULL) {
    memory_keep(s, &(struct memo){.kind = m->kind, .address = m->address});
    return 0;
  }
  err = parse_leaf(m->body, &leaf);
  err = err < 0 ? err : take_leaf(s, in, &leaf);
  action_log(s->out, err < 0 ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
             "%s: the descriptor of before the start is %s%s", in->label,
             err < 0 ? "not used: " : "used", err < 0 ? err_text(err) : "");
  return 0;
}

/* ---- revision counters ---- */

static int restore_counters(struct step *s, const struct memo *m)
{
  TRY(lease_parse(m->body, &s->core->leases));
  s->core->has_new_ceiling = true; /* what came late is joined to what we have */
  return 0;
}

uint32_t memory_floor(const struct step *s, const struct service *sv, const struct publication *pub)
{
  return lease_get(&s->core->leases, &sv->address, pub->slot.period);
}

/* Where the clock will have brought a counter in a while; a wrong clock does
 * not bring it beyond the scale. */
static uint32_t ahead_of(const struct step *s, const struct publication *pub)
{
  int64_t seconds = s->now.wall.s - pub->slot.srv_start.s + AHEAD;
  int64_t least = (int64_t)pub->counter_input + HEADROOM;

  seconds = seconds > (int64_t)OPE_MAX ? (int64_t)OPE_MAX : seconds;
  seconds = seconds > least ? seconds : least;
  return (uint32_t)(seconds > LIMIT_COUNTER ? LIMIT_COUNTER : seconds);
}

void memory_reserve(struct step *s, const struct service *sv, const struct publication *pub)
{
  struct lease_book *b = &s->core->leases;

  if (pub->counter_input > lease_get(b, &sv->address, pub->slot.period)) {
    lease_raise(b, &sv->address, pub->slot.period, ahead_of(s, pub));
    s->core->has_new_ceiling = true;
  }
}

/* All move up together: one file holds them. */
static void raise_all(struct step *s)
{
  struct core *c = s->core;

  for (size_t i = 0; i < c->n_services; i++) {
    for (size_t k = 0; k < 2; k++) {
      const struct publication *pub = &c->services[i].publications[k];

      if (pub->is_used && pub->counter_input > 0) {
        lease_raise(&c->leases, &c->services[i].address, pub->slot.period, ahead_of(s, pub));
      }
    }
  }
}

void memory_finish(struct step *s, size_t first)
{
  CLEANUP(buf_deinit) struct buf body = {0};
  struct memo m = {.kind = MEMO_COUNTERS};
  struct core *c = s->core;

  chart_keep(s);
  if (!c->has_new_ceiling) {
    return;
  }
  c->has_new_ceiling = false;
  raise_all(s);
  if (c->network.is_ready) {
    lease_prune(&c->leases, c->network.slots[c->network.client_slot].period);
  }
  lease_build(&c->leases, &body);
  m.body = buf_slice(&body);
  if (c->remembers && body.n > 0) {
    memory_keep(s, &m);
    action_move_last(s->out, first);
  }
}

/* ---- all of them ---- */

/* A kind that is missing here is somebody else's: it stays as it is. */
static int (*const takers[MEMO_KINDS])(struct step *, const struct memo *) = {
    [MEMO_COUNTERS] = restore_counters,
    [MEMO_INSTANCE] = restore_instance,
    [MEMO_RUNTIME] = runtime_restore,
    [MEMO_HEALTH] = chart_restore,
};

void memory_restored(struct step *s, const struct event *e)
{
  const struct memo *m = e->memo;
  int err;

  if (takers[m->kind] == NULL) {
    return;
  }
  err = takers[m->kind](s, m);
  if (err < 0) {
    action_log(s->out, LOG_LEVEL_WARNING,
               "the state of before the start is not understood, going on without it: %s",
               err_text(err));
  }
}

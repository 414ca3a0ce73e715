#include "balance/visit.h"

#include "balance/state.h"

#include <inttypes.h>
#include <string.h>

/* Any port will do: that the instance comes to the rendezvous point counts, not
 * what it does there. */
#define PORT 80

/* Visits in one series: members are found by chance, so several for each. */
#define VISITS_PER_MEMBER 4
#define VISITS_MAX        64

const char *visit_verdict_text(enum visit_verdict v)
{
  static const char *const texts[] = {
      [VISIT_UNKNOWN] = "unknown",
      [VISIT_GOOD] = "good",
      [VISIT_SUSPICIOUS] = "suspicious",
      [VISIT_BLACK_HOLE] = "black hole",
  };

  return texts[v];
}

/* The descriptor that clients use now, or NULL. */
static const struct publication *find_current(const struct core *c, const struct service *sv)
{
  const struct period *p = &c->network.slots[c->network.client_slot].period;

  for (size_t i = 0; i < 2; i++) {
    const struct publication *pub = &sv->publications[i];

    if (pub->is_used && pub->slot.period.number == p->number &&
        pub->slot.period.minutes == p->minutes) {
      return pub;
    }
  }
  return NULL;
}

/* True if most HSDirs have it as it is. */
static bool is_out(const struct publication *pub)
{
  return pub != NULL && pub->content != NULL && pub->round > 0 && !pub->is_changed &&
         publication_confirmed(pub) * 2 > pub->n_uploads;
}

/* True if the point of that relay is one of the instance's. */
static bool is_point_of(const struct variant *v, const struct instance *in,
                        const uint8_t relay[FINGERPRINT_SIZE])
{
  for (size_t i = 0; i < in->knowledge.n_intros; i++) {
    struct plan_source one = {.intros = &in->knowledge.intros[i], .n = 1};

    if (memcmp(one.intros->relay_id, relay, FINGERPRINT_SIZE) == 0) {
      return plan_has_source(&v->plan, &one);
    }
  }
  return false;
}

/* The member whose point is on that relay, or n_instances. A plan has no relay
 * twice. */
static size_t find_member(const struct core *c, const struct service *sv, const struct variant *v,
                          const uint8_t relay[FINGERPRINT_SIZE])
{
  size_t i = 0;

  while (i < sv->n_instances && !is_point_of(v, &c->instances[sv->instances[i]], relay)) {
    i++;
  }
  return i;
}

/* The same, of what a visit found: the relay should be in the variant of the
 * HSDir that was asked. tor goes on with the one that it had if that is of a higher
 * revision: then the others are looked at, and two candidates are none. */
static size_t find_visited(const struct core *c, const struct service *sv,
                           const struct content *content, const uint8_t relay[FINGERPRINT_SIZE])
{
  size_t found = find_member(c, sv, content_for(content, sv->visit.fingerprint), relay);

  if (found < sv->n_instances) {
    return found;
  }
  for (size_t i = 0; i < content->n; i++) {
    size_t there = find_member(c, sv, &content->variants[i], relay);

    if (there < sv->n_instances && found < sv->n_instances && there != found) {
      return sv->n_instances;
    }
    found = there < sv->n_instances ? there : found;
  }
  return found;
}

/* Members in descriptors, by what is known of them. */
struct tally {
  unsigned n;
  unsigned n_open; /* not known to be good or bad */
  unsigned n_holes;
};

static bool has_member(const struct variant *variants, size_t n, const struct instance *in)
{
  struct plan_source source = {.intros = in->knowledge.intros, .n = in->knowledge.n_intros};

  for (size_t i = 0; in->knowledge.is_known && i < n; i++) {
    if (plan_has_source(&variants[i].plan, &source)) {
      return true;
    }
  }
  return false;
}

/* Those in any of n variants. */
static struct tally count(const struct core *c, const struct service *sv,
                          const struct variant *variants, size_t n)
{
  struct tally t = {0};

  for (size_t i = 0; i < sv->n_instances; i++) {
    enum visit_verdict verdict = sv->members[i].seen.verdict;

    if (has_member(variants, n, &c->instances[sv->instances[i]])) {
      t.n++;
      t.n_open += verdict == VISIT_UNKNOWN || verdict == VISIT_SUSPICIOUS;
      t.n_holes += verdict == VISIT_BLACK_HOLE;
    }
  }
  return t;
}

static struct tally count_all(const struct core *c, const struct service *sv,
                              const struct content *content)
{
  return count(c, sv, content->variants, content->n);
}

/* Sets the next visit, a half to the whole of a time from now. */
static void plan_next(struct step *s, struct visit_series *v, int64_t ms)
{
  v->phase = VISIT_IDLE;
  v->is_planned = true;
  v->next = mono_plus(s->now.mono, rng_between(s->rng, ms / 2, ms));
}

/* A visit is over, or could not be made: what comes next. */
static void go_on(struct step *s, struct service *sv)
{
  const struct timing *t = &s->core->timing;
  const struct publication *pub = find_current(s->core, sv);
  struct visit_series *v = &sv->visit;
  struct tally tally;

  v->phase = VISIT_IDLE;
  if (pub == NULL || pub->content == NULL) {
    v->left = 0;
    v->is_planned = false;
    return;
  }
  tally = count_all(s->core, sv, pub->content);
  v->left -= v->left > 0;
  if (v->left > 0 && !(v->is_search && tally.n_open == 0)) {
    plan_next(s, v, t->visit_pace);
    return;
  }
  v->left = 0;
  v->given_up = tally.n_open;
  plan_next(s, v, tally.n_open > 0 || tally.n_holes > 0 ? t->visit_again : t->visit_rest);
}

/* There is a new descriptor: if it has members that are not known to be good,
 * they are visited soon. */
static void look(struct step *s, struct service *sv, const struct publication *pub)
{
  struct visit_series *v = &sv->visit;
  struct tally tally = count_all(s->core, sv, pub->content);

  v->round = pub->round;
  v->period = pub->slot.period.number;
  if (v->left == 0 && (!v->is_planned || tally.n_open > v->given_up || tally.n_holes > 0)) {
    plan_next(s, v, s->core->timing.visit_first);
  }
}

static void say_black_hole(struct step *s, const struct service *sv, struct visit_seen *seen,
                           const struct instance *in)
{
  char frontend[ADDRESS_TEXT_SIZE];

  if (seen->is_told && !mono_is_due(seen->tell_at, s->now.mono)) {
    return;
  }
  seen->is_told = true;
  seen->tell_at = mono_plus(s->now.mono, s->core->timing.visit_repeat);
  address_format(s->core->suite, &sv->address, frontend);
  action_log(s->out, LOG_LEVEL_ERROR,
             "%s: clients of %s who are led to it hang: it takes introductions and drops them. "
             "The file ob_config in its HiddenServiceDir must have the line \"MasterOnionAddress "
             "%s.onion\", its torrc \"HiddenServiceOnionbalanceInstance 1\"; then restart its tor",
             in->label, sv->label, frontend);
}

/* True if nothing says that the instance was ill at any time since then: checks, if
 * there were any, have all been good. One that hung for a while and is well again
 * would be taken for a black hole otherwise. */
static bool was_sound(const struct instance *in, struct mono since)
{
  const struct health *h = &in->health;

  return !h->is_checked || (h->state != HEALTH_DOWN && h->state != HEALTH_HELD && h->bads == 0 &&
                            h->goods > 0 && mono_is_due(h->good_since, since));
}

/* The own address of an instance that visits of some frontend did not find has
 * been probed. */
static void own_probed(struct step *s, const struct address *a, const struct probe_result *r)
{
  struct core *c = s->core;
  struct instance *in = state_find_instance(c, a);

  for (size_t i = 0; in != NULL && i < in->n_services; i++) {
    struct service *sv = &c->services[in->services[i]];

    for (size_t k = 0; k < sv->n_instances; k++) {
      struct visit_seen *seen = &sv->members[k].seen;

      if (&c->instances[sv->instances[k]] != in || !seen->is_asked) {
        continue;
      }
      seen->is_asked = false;
      if ((r->is_joined || r->end == PROBE_ANSWERED) && was_sound(in, seen->lost)) {
        seen->verdict = VISIT_BLACK_HOLE;
        say_black_hole(s, sv, seen, in);
      }
    }
  }
}

static void start_own_probe(struct step *s, struct visit_seen *seen, const struct instance *in)
{
  struct probe_spec spec = {
      .address = in->address, .port = PORT, .timeout = s->core->timing.visit_timeout};

  seen->is_asked = seen->is_asked || prober_start(s, &spec, own_probed);
}

/* The instance was introduced and did not come, in a visit that took so long. */
static void note_lost(struct step *s, const struct service *sv, struct visit_seen *seen,
                      const struct instance *in, int64_t took)
{
  struct mono began = mono_plus(s->now.mono, -took);

  if (!was_sound(in, began)) {
    return; /* its checks tell enough */
  }
  if (seen->verdict == VISIT_UNKNOWN || seen->verdict == VISIT_GOOD) {
    action_log(s->out, LOG_LEVEL_INFO,
               "%s: a visit of %s was led to it, and it did not come; trying again", in->label,
               sv->label);
    seen->verdict = VISIT_SUSPICIOUS;
    return;
  }
  /* A second time. Perhaps it is dead or hangs, which is another matter. */
  seen->lost = seen->is_asked ? seen->lost : began;
  start_own_probe(s, seen, in);
}

static void note_joined(struct step *s, const struct service *sv, struct visit_seen *seen,
                        const struct instance *in)
{
  if (seen->is_told) {
    action_log(s->out, LOG_LEVEL_INFO, "%s: clients of %s reach it again", in->label, sv->label);
  }
  *seen = (struct visit_seen){.verdict = VISIT_GOOD};
}

/* What a visit tells of the instance that it was led to. */
static void judge(struct step *s, struct service *sv, const struct probe_result *r)
{
  const struct publication *pub = find_current(s->core, sv);
  struct visit_series *v = &sv->visit;
  struct instance *in;
  size_t place;

  if (pub == NULL || pub->content == NULL || pub->round != v->round ||
      pub->slot.period.number != v->period || pub->is_changed || !r->is_introduced) {
    return; /* tor had another descriptor, or came to nobody */
  }
  place = find_visited(s->core, sv, pub->content, r->relay);
  if (place == sv->n_instances) {
    return;
  }
  in = &s->core->instances[sv->instances[place]];
  if (r->is_joined) {
    note_joined(s, sv, &sv->members[place].seen, in);
  } else if (r->end == PROBE_TIMED_OUT) {
    note_lost(s, sv, &sv->members[place].seen, in, r->took);
  }
}

static void visited(struct step *s, const struct address *a, const struct probe_result *r)
{
  struct service *sv = state_find_service(s->core, a);

  if (sv != NULL && sv->visit.phase == VISIT_PROBING) {
    judge(s, sv, r);
    go_on(s, sv);
  }
}

/* True if the HSDir has the descriptor; with is_open, one with a member that is
 * not known to be good or bad. */
static bool is_candidate(const struct core *c, const struct service *sv,
                         const struct publication *pub, const struct upload *u, bool is_open)
{
  return publication_is_confirmed(u) &&
         (!is_open || count(c, sv, content_for(pub->content, u->fingerprint), 1).n_open > 0);
}

/* One of the HSDirs that have the descriptor, at random; if there are any, one
 * with somebody to find out about. NULL if there is none at all. */
static const struct upload *choose_hsdir(struct step *s, const struct service *sv,
                                         const struct publication *pub)
{
  for (unsigned open = 2; open > 0; open--) {
    const struct upload *found = NULL;
    uint64_t n = 0;

    for (size_t i = 0; i < pub->n_uploads; i++) {
      const struct upload *u = &pub->uploads[i];

      if (is_candidate(s->core, sv, pub, u, open == 2) && rng_below(s->rng, ++n) == 0) {
        found = u;
      }
    }
    if (found != NULL) {
      return found;
    }
  }
  return NULL;
}

static unsigned at_most(unsigned n, unsigned max)
{
  return n < max ? n : max;
}

static void start(struct step *s, struct service *sv, const struct publication *pub)
{
  struct core *c = s->core;
  struct visit_series *v = &sv->visit;
  const struct upload *u = choose_hsdir(s, sv, pub);
  struct action *a;

  if (u == NULL || c->fetches_in_flight >= c->timing.max_fetches) {
    plan_next(s, v, c->timing.visit_pace);
    return;
  }
  if (v->left == 0) {
    struct tally t = count_all(c, sv, pub->content);

    v->is_search = t.n_open > 0;
    v->left = at_most(v->is_search ? VISITS_PER_MEMBER * (t.n + 1) : t.n, VISITS_MAX);
  }
  v->phase = VISIT_FETCHING;
  v->deadline = mono_plus(s->now.mono, c->timing.fetch_timeout);
  memcpy(v->fingerprint, u->fingerprint, FINGERPRINT_SIZE);
  c->fetches_in_flight++;
  a = action_add(s->out, ACTION_FETCH);
  a->address = sv->address;
  memcpy(a->fingerprint, u->fingerprint, FINGERPRINT_SIZE);
}

void visit_abandon(struct core *c, struct service *sv)
{
  if (sv->visit.phase == VISIT_FETCHING) {
    c->fetches_in_flight--;
    sv->visit.phase = VISIT_IDLE;
  }
}

void visit_fetched(struct step *s, const struct event *e)
{
  struct core *c = s->core;
  struct service *sv = state_find_service(c, &e->address);
  struct probe_spec spec = {
      .address = e->address, .port = PORT, .timeout = c->timing.visit_timeout};

  if (sv == NULL || sv->visit.phase != VISIT_FETCHING ||
      memcmp(sv->visit.fingerprint, e->fingerprint, FINGERPRINT_SIZE) != 0) {
    return;
  }
  visit_abandon(c, sv);
  if (e->kind == EVENT_FETCHED && prober_start(s, &spec, visited)) {
    sv->visit.phase = VISIT_PROBING;
  } else {
    go_on(s, sv);
  }
}

void visit_tor_down(struct step *s)
{
  for (size_t i = 0; i < s->core->n_services; i++) {
    struct service *sv = &s->core->services[i];

    visit_abandon(s->core, sv);
    if (sv->visit.phase == VISIT_IDLE && sv->visit.is_planned) {
      plan_next(s, &sv->visit, s->core->timing.visit_first);
    }
  }
}

static void tick_service(struct step *s, struct service *sv)
{
  const struct publication *pub = find_current(s->core, sv);
  struct visit_series *v = &sv->visit;

  if (v->phase == VISIT_FETCHING && mono_is_due(v->deadline, s->now.mono)) {
    visit_abandon(s->core, sv);
    go_on(s, sv);
  }
  if (v->phase != VISIT_IDLE || !is_out(pub)) {
    return;
  }
  if (!v->is_planned || v->round != pub->round || v->period != pub->slot.period.number) {
    look(s, sv, pub);
  }
  if (v->is_planned && mono_is_due(v->next, s->now.mono)) {
    start(s, sv, pub);
  }
}

void visit_tick(struct step *s)
{
  for (size_t i = 0; s->core->can_probe && i < s->core->n_services; i++) {
    tick_service(s, &s->core->services[i]);
  }
}

struct mono visit_next_wake(const struct core *c)
{
  struct mono t = MONO_NEVER;

  for (size_t i = 0; c->can_probe && i < c->n_services; i++) {
    const struct visit_series *v = &c->services[i].visit;

    if (v->phase == VISIT_FETCHING) {
      t = mono_earlier(t, v->deadline);
    } else if (v->phase == VISIT_IDLE && v->is_planned &&
               is_out(find_current(c, &c->services[i]))) {
      t = mono_earlier(t, v->next);
    }
  }
  return t;
}

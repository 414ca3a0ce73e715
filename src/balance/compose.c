#include "balance/compose.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Notes whose the points are. */
static void note_owners_in(const struct supply *o, struct variant *v)
{
  for (size_t i = 0; i < o->n; i++) {
    for (size_t k = 0; k < v->plan.n; k++) {
      if (plan_offers(&o->sources[i], &v->plan.intros[k])) {
        v->owners[k] = o->instances[i]->address;
      }
    }
  }
}

static void note_owners(const struct supply *o, struct content *content)
{
  for (size_t i = 0; i < content->n; i++) {
    note_owners_in(o, &content->variants[i]);
  }
}

/* Lines about the points stand only if every instance in any of the descriptors
 * has the same: a backend drops a client that asks for congestion control that it
 * did not announce. */
static void agree_on_lines(const struct supply *o, struct content *content)
{
  const struct knowledge *first = NULL;

  content->is_single_onion = true;
  content->has_flow_control = true;
  for (size_t i = 0; i < o->n; i++) {
    const struct knowledge *k = &o->instances[i]->knowledge;

    if (content_count(content, &o->instances[i]->address) == 0) {
      continue;
    }
    first = first == NULL ? k : first;
    content->is_single_onion = content->is_single_onion && k->is_single_onion;
    content->has_flow_control = content->has_flow_control && k->has_flow_control &&
                                strcmp(k->flow_control, first->flow_control) == 0;
  }
  if (first != NULL && content->has_flow_control) {
    memcpy(content->flow_control, first->flow_control, sizeof content->flow_control);
  }
}

/* With so many instances or less `auto` goes back to a single descriptor: well
 * below what makes it leave, so that it does not go to and fro. */
#define FEW (LIMIT_INTRO_POINTS * 4 / 5)

static struct content *choose_single(struct step *s, const struct publication *pub,
                                     const struct supply *o, bool rotate)
{
  struct content *c = content_new(1);
  struct plan_past past = {
      .previous = pub->content == NULL ? NULL : &pub->content->variants[0].plan,
      .rotate = rotate,
  };

  plan_choose(o->sources, o->n, &past, s->rng, &c->variants[0].plan);
  return c;
}

/* The HSDirs, and how often clients ask them. One that has taken nothing for
 * some tries counts as one that nobody asks, unless all are like that. */
static struct spread_slot *list_slots(const struct publication *pub)
{
  struct spread_slot *slots = mem_array(pub->n_uploads, sizeof *slots);
  unsigned asked = 0, taking = 0;

  for (size_t i = 0; i < pub->n_uploads; i++) {
    const struct upload *u = &pub->uploads[i];

    asked += u->is_asked;
    taking += u->is_asked && !u->is_refusing;
  }
  for (size_t i = 0; i < pub->n_uploads; i++) {
    const struct upload *u = &pub->uploads[i];

    memcpy(slots[i].fingerprint, u->fingerprint, FINGERPRINT_SIZE);
    slots[i].fetch = asked == 0 || (u->is_asked && (taking == 0 || !u->is_refusing));
  }
  return slots;
}

static struct content *choose_distinct(struct step *s, const struct publication *pub,
                                       const struct supply *o, bool rotate)
{
  CLEANUP(mem_free_at) struct address *addresses = mem_array(o->n, sizeof *addresses);
  CLEANUP(mem_free_at) struct spread_slot *slots = list_slots(pub);
  CLEANUP(spread_deinit) struct spread previous = {0}, chosen = {0};
  struct spread_input in = {
      .sources = o->sources,
      .addresses = addresses,
      .n = o->n,
      .slots = slots,
      .n_slots = pub->n_uploads,
      .previous = &previous,
      .rotate = rotate,
  };

  for (size_t i = 0; i < o->n; i++) {
    addresses[i] = o->instances[i]->address;
  }
  content_spread(pub->content, &previous);
  if (previous.n == 0) {
    in.previous = NULL;
  }
  spread_choose(&in, s->rng, &chosen);
  return content_of_spread(&chosen);
}

static bool holds_all(const struct content *c, const struct supply *o)
{
  for (size_t i = 0; i < o->n; i++) {
    if (!plan_has_source(&c->variants[0].plan, &o->sources[i])) {
      return false;
    }
  }
  return true;
}

/* A single descriptor if the mode asks for it, or allows it and it will do;
 * else NULL. */
static struct content *try_single(struct step *s, const struct service *sv,
                                  const struct publication *pub, const struct supply *o,
                                  bool rotate)
{
  bool may_choose = sv->mode == CONTENT_AUTO;
  struct content *c;

  if (sv->mode == CONTENT_DISTINCT || (may_choose && o->n > LIMIT_INTRO_POINTS) ||
      (may_choose && sv->is_distinct && (!rotate || o->n > FEW))) {
    return NULL;
  }
  c = choose_single(s, pub, o, rotate);
  if (may_choose && !holds_all(c, o)) {
    content_free(c);
    return NULL;
  }
  return c;
}

static void note_mode(struct step *s, struct service *sv, const struct supply *o, bool is_distinct)
{
  if (is_distinct != sv->is_distinct && sv->mode == CONTENT_AUTO) {
    action_log(s->out, LOG_LEVEL_INFO,
               is_distinct ? "%s: one descriptor does not hold its %zu instances: each HSDir gets "
                             "a distinct one"
                           : "%s: one descriptor holds its %zu instances again: all HSDirs get it",
               sv->label, o->n);
  }
  sv->is_distinct = is_distinct;
}

struct content *compose_content(struct step *s, struct service *sv, const struct publication *pub,
                                const struct supply *o, bool rotate)
{
  struct content *c = try_single(s, sv, pub, o, rotate);

  note_mode(s, sv, o, c == NULL);
  if (c == NULL && pub->n_uploads > 0) {
    c = choose_distinct(s, pub, o, rotate);
  }
  if (c != NULL) {
    note_owners(o, c);
    agree_on_lines(o, c);
  }
  return c;
}

bool compose_is_fitting(const struct publication *pub)
{
  const struct content *c = pub->content;

  if (c == NULL || !c->is_distinct || c->n != pub->n_uploads) {
    return false;
  }
  for (size_t i = 0; i < c->n; i++) {
    if (memcmp(c->slots[i].fingerprint, pub->uploads[i].fingerprint, FINGERPRINT_SIZE) != 0) {
      return false;
    }
  }
  return true;
}

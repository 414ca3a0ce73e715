#include "balance/supply.h"

#include "balance/checker.h"
#include "base/mem.h"

#include <stdlib.h>

/* Instances that go down within this time have gone together: milliseconds. */
#define TOGETHER 60000

bool supply_is_barred(const struct core *c, const struct service *sv, size_t place)
{
  return c->instances[sv->instances[place]].admin != ADMIN_ENABLED ||
         sv->members[place].weight == 0;
}

bool supply_is_admitted(const struct core *c, const struct service *sv, size_t place)
{
  return !supply_is_barred(c, sv, place) && instance_is_usable(&c->instances[sv->instances[place]]);
}

static void supply_add(struct supply *o, const struct core *c, const struct service *sv, size_t i)
{
  const struct instance *in = &c->instances[sv->instances[i]];

  o->instances[o->n] = in;
  o->sources[o->n++] = (struct plan_source){
      .intros = in->knowledge.intros,
      .n = in->knowledge.n_intros,
      .weight = sv->members[i].weight,
  };
}

/* Those that clients may be sent to; backup ones only if there is no other. */
static void supply_serving(struct supply *o, const struct core *c, const struct service *sv)
{
  for (unsigned backup = 0; backup < 2 && o->n == 0; backup++) {
    o->is_backup = backup == 1;
    for (size_t i = 0; i < sv->n_instances; i++) {
      if (supply_is_admitted(c, sv, i) && sv->members[i].is_backup == (backup == 1) &&
          checker_is_serving(c, &c->instances[sv->instances[i]])) {
        supply_add(o, c, sv, i);
      }
    }
  }
  o->n_serving = o->n;
  o->is_backup = o->is_backup && o->n > 0;
}

/* Where all are down: those that went last, and together, with the points they
 * have now. They may still work, and nothing at all would not. */
static void supply_last(struct supply *o, const struct core *c, const struct service *sv)
{
  int64_t last = INT64_MIN;

  for (size_t i = 0; i < sv->n_instances; i++) {
    int64_t since = c->instances[sv->instances[i]].health.since.mono.ms;

    last = supply_is_admitted(c, sv, i) && since > last ? since : last;
  }
  for (size_t i = 0; i < sv->n_instances; i++) {
    if (supply_is_admitted(c, sv, i) &&
        c->instances[sv->instances[i]].health.since.mono.ms > last - TOGETHER) {
      supply_add(o, c, sv, i);
    }
  }
}

void supply_init(struct supply *o, const struct core *c, const struct service *sv)
{
  o->instances = mem_array(sv->n_instances, sizeof *o->instances);
  o->sources = mem_array(sv->n_instances, sizeof *o->sources);
  o->is_barred = true;
  for (size_t i = 0; i < sv->n_instances; i++) {
    o->is_barred = o->is_barred && supply_is_barred(c, sv, i);
  }
  supply_serving(o, c, sv);
  if (o->n == 0) {
    supply_last(o, c, sv);
  }
}

void supply_deinit(struct supply *o)
{
  free(o->instances);
  free(o->sources);
}

#include "balance/roster.h"

#include "balance/fetcher.h"
#include "balance/round.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Lists for every instance the services that it stands under. */
static void link_instances(struct core *c)
{
  for (size_t i = 0; i < c->n_instances; i++) {
    free(c->instances[i].services);
    c->instances[i].services = NULL;
    c->instances[i].n_services = 0;
  }
  for (size_t i = 0; i < c->n_services; i++) {
    for (size_t k = 0; k < c->services[i].n_instances; k++) {
      struct instance *in = &c->instances[c->services[i].instances[k]];
      size_t cap = in->n_services;

      in->services = mem_grow(in->services, in->n_services, &cap, sizeof *in->services);
      in->services[in->n_services++] = (uint32_t)i;
    }
  }
}

static void index_by_address(struct core *c)
{
  index_init(&c->instance_index, c->n_instances);
  for (size_t i = 0; i < c->n_instances; i++) {
    c->instance_index.entries[i] = (struct index_entry){c->instances[i].address, (uint32_t)i};
  }
  index_sort(&c->instance_index);
  index_init(&c->service_index, c->n_services);
  for (size_t i = 0; i < c->n_services; i++) {
    c->service_index.entries[i] = (struct index_entry){c->services[i].address, (uint32_t)i};
  }
  index_sort(&c->service_index);
}

static void set_members(struct service *sv, const struct core_service *from)
{
  free(sv->instances);
  sv->n_instances = from->n_instances;
  sv->instances = mem_array(from->n_instances, sizeof *sv->instances);
  memcpy(sv->instances, from->instances, from->n_instances * sizeof *sv->instances);
  free(sv->members);
  sv->members = mem_array(from->n_instances, sizeof *sv->members);
  for (size_t i = 0; i < from->n_instances; i++) {
    unsigned weight = from->members == NULL ? 1 : from->members[i].weight;
    bool is_backup = from->members != NULL && from->members[i].is_backup;

    sv->members[i] =
        (struct member){.weight = weight, .configured = weight, .is_backup = is_backup};
  }
}

void roster_install(struct core *c, const struct core_config *config)
{
  c->n_instances = config->n_instances;
  c->instances = mem_array(c->n_instances, sizeof *c->instances);
  for (size_t i = 0; i < c->n_instances; i++) {
    instance_init(&c->instances[i], &config->instances[i].address, config->instances[i].label,
                  config->instances[i].health);
    admin_configure(&c->instances[i], config->instances[i].admin);
  }
  c->n_services = config->n_services;
  c->services = mem_array(c->n_services, sizeof *c->services);
  for (size_t i = 0; i < c->n_services; i++) {
    service_init(&c->services[i], &config->services[i].address, config->services[i].label);
    set_members(&c->services[i], &config->services[i]);
    c->services[i].mode = config->services[i].descriptors;
  }
  agenda_init(&c->fetches, c->n_instances);
  c->n_waiting = 0;
  c->check_wake = (struct mono){0};
  c->drains = true;
  link_instances(c);
  index_by_address(c);
}

void roster_deinit(struct core *c)
{
  for (size_t i = 0; i < c->n_instances; i++) {
    instance_deinit(&c->instances[i]);
  }
  for (size_t i = 0; i < c->n_services; i++) {
    service_deinit(&c->services[i]);
  }
  free(c->instances);
  free(c->services);
  agenda_deinit(&c->fetches);
  index_deinit(&c->instance_index);
  index_deinit(&c->service_index);
}

/* Exchanges the state of an instance that stays; its new label and settings are
 * kept. */
static void carry_instance(struct instance *old, struct instance *fresh)
{
  struct instance t = *old;
  char *label = fresh->label;

  *old = *fresh;
  *fresh = t;
  old->label = fresh->label;
  fresh->label = label;
  admin_configure(fresh, old->configured);
  if (!health_config_equal(&fresh->health.config, &old->health.config)) {
    health_configure(&fresh->health, &old->health.config);
  }
}

static void carry_member(const struct member *old, struct member *fresh)
{
  fresh->seen = old->seen;
  fresh->kept = old->kept;
  if (old->is_overridden) {
    fresh->weight = old->weight;
    fresh->is_overridden = true;
  }
}

/* What visits have shown stays, and weights that an operator has set, until
 * taken back. */
static void carry_members(const struct core *from, const struct service *old, const struct core *to,
                          struct service *fresh)
{
  for (size_t i = 0; i < old->n_instances; i++) {
    uint32_t place = 0;

    if (!index_find(&to->instance_index, &from->instances[old->instances[i]].address, &place)) {
      continue;
    }
    for (size_t k = 0; k < fresh->n_instances; k++) {
      if (fresh->instances[k] == place) {
        carry_member(&old->members[i], &fresh->members[k]);
      }
    }
  }
}

/* Exchanges the state of a service that stays; its new label and members are
 * kept, and it plans anew. */
static void carry_service(struct step *s, struct service *old, struct service *fresh)
{
  struct service t = *old;
  struct service wanted = *fresh;

  *old = *fresh;
  *fresh = t;
  old->label = fresh->label;
  old->instances = fresh->instances;
  old->members = fresh->members;
  fresh->label = wanted.label;
  fresh->instances = wanted.instances;
  fresh->members = wanted.members;
  fresh->n_instances = wanted.n_instances;
  fresh->is_distinct = fresh->is_distinct && fresh->mode == wanted.mode;
  fresh->mode = wanted.mode;
  fresh->needs_plan = true;
  fresh->plan_at = mono_plus(s->now.mono, s->core->timing.settle);
  fresh->wake = s->now.mono;
}

void roster_replace(struct step *s, const struct core_config *config)
{
  struct core *c = s->core;
  struct core old = *c;
  uint32_t place = 0;

  roster_install(c, config);
  for (size_t i = 0; i < c->n_instances; i++) {
    if (index_find(&old.instance_index, &c->instances[i].address, &place)) {
      carry_instance(&old.instances[place], &c->instances[i]);
      agenda_set(&c->fetches, i, agenda_get(&old.fetches, place));
      c->n_waiting += c->instances[i].is_waiting;
    }
  }
  for (size_t i = 0; i < c->n_services; i++) {
    if (index_find(&old.service_index, &c->services[i].address, &place)) {
      carry_members(&old, &old.services[place], c, &c->services[i]);
      carry_service(s, &old.services[place], &c->services[i]);
    }
  }
  link_instances(c);
  for (size_t i = 0; i < old.n_instances; i++) {
    fetcher_abandon(c, &old.instances[i]);
  }
  for (size_t i = 0; i < old.n_services; i++) {
    round_abandon(s, &old.services[i]);
    visit_abandon(c, &old.services[i]);
  }
  c->next_fetcher = 0;
  c->next_uploader = 0;
  roster_deinit(&old);
}

#include "daemon/setup.h"

#include "balance/index.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const enum health_check checks[] = {
    [CONFIG_PROBE_NOT_GIVEN] = HEALTH_AUTO,
    [CONFIG_PROBE_AUTO] = HEALTH_AUTO,
    [CONFIG_PROBE_TCP] = HEALTH_TCP,
    [CONFIG_PROBE_HTTP] = HEALTH_HTTP,
    [CONFIG_PROBE_DESCRIPTOR] = HEALTH_DESCRIPTOR,
    [CONFIG_PROBE_NONE] = HEALTH_NONE,
};

static const enum content_mode modes[] = {
    [CONFIG_DESCRIPTORS_NOT_GIVEN] = CONTENT_AUTO,
    [CONFIG_DESCRIPTORS_AUTO] = CONTENT_AUTO,
    [CONFIG_DESCRIPTORS_SINGLE] = CONTENT_SINGLE,
    [CONFIG_DESCRIPTORS_DISTINCT] = CONTENT_DISTINCT,
};

static const enum admin_state states[] = {
    [CONFIG_STATE_NOT_GIVEN] = ADMIN_ENABLED, [CONFIG_STATE_ENABLED] = ADMIN_ENABLED,
    [CONFIG_STATE_DRAIN] = ADMIN_DRAIN,       [CONFIG_STATE_MAINTENANCE] = ADMIN_MAINTENANCE,
    [CONFIG_STATE_DISABLED] = ADMIN_DISABLED,
};

/* Takes over what setup_deinit is to free; returns it. */
static void *keep(struct setup *s, void *part)
{
  s->parts = mem_grow(s->parts, s->n_parts, &s->cap_parts, sizeof *s->parts);
  s->parts[s->n_parts++] = part;
  return part;
}

static char *label_of(const char *name, size_t service, const size_t *instance)
{
  CLEANUP(buf_deinit) struct buf b = {0};

  if (name != NULL) {
    buf_add_str(&b, name);
  } else if (instance == NULL) {
    buf_addf(&b, "services[%zu]", service);
  } else {
    buf_addf(&b, "services[%zu].instances[%zu]", service, *instance);
  }
  return mem_string(b.p, b.n);
}

/* The addresses of all instances of all services, some of them perhaps more
 * than once, without a place. */
static void list_all(const struct config *config, struct index *all)
{
  size_t n = 0;

  for (size_t i = 0; i < config->n_services; i++) {
    n += config->services[i].n_instances;
  }
  index_init(all, n);
  n = 0;
  for (size_t i = 0; i < config->n_services; i++) {
    for (size_t k = 0; k < config->services[i].n_instances; k++) {
      all->entries[n++] =
          (struct index_entry){config->services[i].instances[k].address, UINT32_MAX};
    }
  }
  index_sort(all);
  index_unique(all);
}

/* How an instance is checked: the file's word above the default. */
static const struct health_config *health_of(struct setup *out, const struct config_service *s,
                                             const struct config_instance *in)
{
  struct config_health said = config_health_of(s, in);
  struct health_config *h = keep(out, mem_new(sizeof *h));

  *h = health_config_default();
  h->check = said.probe == CONFIG_PROBE_NOT_GIVEN ? h->check : checks[said.probe];
  h->port = said.port == 0 ? h->port : (uint16_t)said.port;
  h->path = said.path == NULL ? h->path : keep(out, mem_string(said.path, strlen(said.path)));
  h->http_max = said.expect[0] == 0 ? h->http_max : said.expect[1];
  h->http_min = said.expect[0] == 0 ? h->http_min : said.expect[0];
  h->text = said.text == NULL ? h->text : keep(out, mem_string(said.text, strlen(said.text)));
  h->interval = said.interval == 0 ? h->interval : said.interval;
  h->timeout = said.timeout == 0 ? h->timeout : said.timeout;
  h->rise = said.rise == 0 ? h->rise : said.rise;
  h->fall = said.fall == 0 ? h->fall : said.fall;
  return h;
}

/* Adds the instances of one service to the core's; known maps each address to
 * its place there, UINT32_MAX as long as it has none. */
static void add_instances(struct setup *out, const struct config_service *from, size_t service,
                          struct index *known)
{
  struct core_service *to = &out->services[service];
  uint32_t *places = keep(out, mem_array(from->n_instances, sizeof *places));
  struct core_member *members = keep(out, mem_array(from->n_instances, sizeof *members));

  for (size_t k = 0; k < from->n_instances; k++) {
    const struct config_instance *in = &from->instances[k];
    uint32_t *place = index_at(known, &in->address);

    if (*place == UINT32_MAX) {
      *place = (uint32_t)out->core.n_instances++;
      out->instances[*place] = (struct core_instance){
          .address = in->address,
          .label = keep(out, label_of(in->name, service, &k)),
          .health = health_of(out, from, in),
          .admin = states[in->state],
      };
    }
    places[k] = *place;
    members[k] = (struct core_member){.weight = in->weight, .is_backup = in->is_backup};
  }
  to->instances = places;
  to->members = members;
  to->n_instances = from->n_instances;
}

void setup_init(struct setup *out, const struct config *config, const struct address *keys)
{
  CLEANUP(index_deinit) struct index known = {0};

  *out = (struct setup){0};
  list_all(config, &known);
  out->services = mem_array(config->n_services, sizeof *out->services);
  out->instances = mem_array(known.n, sizeof *out->instances);
  for (size_t i = 0; i < config->n_services; i++) {
    out->services[i].address = keys[i];
    out->services[i].descriptors = modes[config->services[i].descriptors];
    out->services[i].label = keep(out, label_of(config->services[i].name, i, NULL));
    add_instances(out, &config->services[i], i, &known);
  }
  out->core.services = out->services;
  out->core.n_services = config->n_services;
  out->core.instances = out->instances;
}

void setup_deinit(struct setup *s)
{
  for (size_t i = 0; i < s->n_parts; i++) {
    free(s->parts[i]);
  }
  free(s->parts);
  free(s->services);
  free(s->instances);
  *s = (struct setup){0};
}

static int check_same_keys(const struct config *config, const struct address *keys,
                           struct messages *m)
{
  CLEANUP(index_deinit) struct index all = {0};
  int err = 0;

  index_init(&all, config->n_services);
  for (size_t i = 0; i < config->n_services; i++) {
    all.entries[i] = (struct index_entry){keys[i], (uint32_t)i};
  }
  index_sort(&all);
  for (size_t i = 1; i < all.n; i++) {
    if (address_equal(&all.entries[i - 1].address, &all.entries[i].address)) {
      err = config_check_same_key(config, all.entries[i - 1].place, all.entries[i].place, m);
    }
  }
  return err;
}

int setup_check(const struct config *config, const struct address *keys, struct messages *m)
{
  int err = check_same_keys(config, keys, m);

  for (size_t i = 0; i < config->n_services; i++) {
    int one = config_check_frontend(config, i, keys[i].public_key, m);

    err = one < 0 ? one : err;
  }
  return err;
}

#include "daemon/signers.h"

#include "base/mem.h"
#include "daemon/bundlelink.h"

#include <stdlib.h>
#include <string.h>

#define NO_SERVICE UINT32_MAX

/* Where the key of a service is. */
struct keyplace {
  uint32_t link;
  uint32_t index;         /* of the key at the signer */
  bool is_found;          /* on this connection */
  bool is_usable;         /* it is good, and the one that it was at first */
  bool is_known;          /* it has been told of once */
  struct address address; /* as it was then */
};

/* One signer. */
struct seat {
  struct signers *owner;
  struct signerlink *link;        /* or: */
  struct bundlelink *bundles;     /* of KEYSOURCE_BUNDLE */
  const struct keysource *source; /* NULL: a child */
  uint32_t *services;             /* that have their keys there, in order */
  size_t n_services, cap_services;
  uint32_t *by_index; /* the service of each key that it has told of, or NO_SERVICE */
  size_t n_told, cap_told;
  struct signers_key only; /* the first key, for a service that names none */
  char *only_text;
};

struct signers {
  const struct config *config;
  const struct keysource *common;
  struct signers_handler handler;
  struct keyplace *places; /* of each service */
  struct seat *seats;
  size_t n_seats, cap_seats;
  bool is_complete; /* all have been ready at the same time once */
};

static const char *label_of(const struct seat *seat)
{
  return seat->bundles != NULL ? bundlelink_label(seat->bundles) : signerlink_label(seat->link);
}

static bool is_ready(const struct seat *seat)
{
  return seat->bundles != NULL ? bundlelink_is_ready(seat->bundles)
                               : signerlink_is_ready(seat->link);
}

static const struct keysource *source_of(const struct signers *s, size_t service)
{
  const struct config_service *sv = &s->config->services[service];

  return sv->signer.kind == KEYSOURCE_NONE ? s->common : &sv->signer;
}

static bool is_same(const struct keysource *a, const struct keysource *b)
{
  return a == NULL || b == NULL ? a == b : keysource_equal(a, b);
}

/* The seat of a source, a new one if need be. */
static uint32_t find_seat(struct signers *s, const struct keysource *source)
{
  for (size_t i = 0; i < s->n_seats; i++) {
    if (is_same(s->seats[i].source, source)) {
      return (uint32_t)i;
    }
  }
  s->seats = mem_grow(s->seats, s->n_seats, &s->cap_seats, sizeof *s->seats);
  s->seats[s->n_seats] = (struct seat){.owner = s, .source = source};
  return (uint32_t)s->n_seats++;
}

static void seat_services(struct signers *s)
{
  for (size_t i = 0; i < s->config->n_services; i++) {
    uint32_t at = find_seat(s, source_of(s, i));
    struct seat *seat = &s->seats[at];

    s->places[i].link = at;
    seat->services =
        mem_grow(seat->services, seat->n_services, &seat->cap_services, sizeof *seat->services);
    seat->services[seat->n_services++] = (uint32_t)i;
  }
}

/* Tells of the key of a service, and remembers it. */
static void tell(struct seat *seat, const struct signers_key *key, uint32_t index)
{
  struct keyplace *place = &seat->owner->places[key->service];

  place->is_found = true;
  place->index = index;
  place->is_usable =
      key->is_good && (!place->is_known || address_equal(&place->address, &key->address));
  if (key->is_good && !place->is_known) {
    place->is_known = true;
    place->address = key->address;
  }
  if (key->is_good && index < seat->n_told) {
    seat->by_index[index] = key->service;
  }
  seat->owner->handler.key(seat->owner->handler.ctx, key);
}

/* Whether a service asks for that key. */
static bool is_wanted(const struct seat *seat, uint32_t service, const struct signerlink_key *key)
{
  const struct config_service *sv = &seat->owner->config->services[service];

  if (seat->owner->places[service].is_found) {
    return false;
  }
  if (sv->key_path != NULL) {
    return slice_is(key->name, sv->key_path);
  }
  return config_is_set(&sv->address) && key->status == WIRE_STATUS_GOOD &&
         address_equal(&sv->address, &key->address);
}

/* The service that a key belongs to. Signer and publisher have mostly read the
 * same file, and go through it in the same order. */
static uint32_t find_service(const struct seat *seat, const struct signerlink_key *key)
{
  if (seat->source == NULL) {
    return key->index < seat->n_services ? seat->services[key->index] : NO_SERVICE;
  }
  if (key->index < seat->n_services && is_wanted(seat, seat->services[key->index], key)) {
    return seat->services[key->index];
  }
  for (size_t i = 0; i < seat->n_services; i++) {
    if (is_wanted(seat, seat->services[i], key)) {
      return seat->services[i];
    }
  }
  return NO_SERVICE;
}

static void forget(struct seat *seat)
{
  for (size_t i = 0; i < seat->n_services; i++) {
    seat->owner->places[seat->services[i]].is_found = false;
    seat->owner->places[seat->services[i]].is_usable = false;
  }
  seat->n_told = 0;
}

static void on_key(void *ctx, const struct signerlink_key *key)
{
  struct seat *seat = ctx;
  CLEANUP(buf_deinit) struct buf text = {0};
  struct signers_key told = {.is_good = key->status == WIRE_STATUS_GOOD, .address = key->address};

  buf_add_slice(&text, key->text);
  if (key->index == 0) {
    forget(seat);
    free(seat->only_text);
    seat->only_text = mem_string(buf_str(&text), text.n);
    seat->only = told;
    seat->only.text = seat->only_text;
  }
  seat->by_index = mem_grow(seat->by_index, seat->n_told, &seat->cap_told, sizeof *seat->by_index);
  seat->by_index[seat->n_told++] = NO_SERVICE;
  told.service = find_service(seat, key);
  told.text = buf_str(&text);
  if (told.service != NO_SERVICE) {
    tell(seat, &told, key->index);
  }
}

/* A service whose key has not been told of: it takes the only one that there
 * is, or has none. */
static void settle(struct seat *seat, uint32_t service)
{
  const struct config_service *sv = &seat->owner->config->services[service];
  CLEANUP(buf_deinit) struct buf text = {0};
  struct signers_key key = seat->only;
  bool is_named = sv->key_path != NULL || config_is_set(&sv->address);

  key.service = service;
  if (is_named || seat->n_told != 1) {
    buf_addf(&text, "%s serves %zu key%s, ", label_of(seat), seat->n_told,
             seat->n_told == 1 ? "" : "s");
    if (sv->key_path != NULL) {
      buf_addf(&text, "but not %s", sv->key_path);
    } else {
      buf_add_str(&text, is_named ? "but none of this address" : "so the service needs an address");
    }
    key = (struct signers_key){.service = service, .text = buf_str(&text)};
  }
  tell(seat, &key, 0);
}

bool signers_is_any_ready(const struct signers *s)
{
  for (size_t i = 0; i < s->n_seats; i++) {
    if (is_ready(&s->seats[i])) {
      return true;
    }
  }
  return false;
}

static bool is_every_ready(const struct signers *s)
{
  for (size_t i = 0; i < s->n_seats; i++) {
    if (!is_ready(&s->seats[i])) {
      return false;
    }
  }
  return true;
}

static void on_ready(void *ctx)
{
  struct seat *seat = ctx;
  struct signers *s = seat->owner;

  for (size_t i = 0; i < seat->n_services; i++) {
    if (!s->places[seat->services[i]].is_found) {
      settle(seat, seat->services[i]);
    }
  }
  s->is_complete = s->is_complete || is_every_ready(s);
  if (s->is_complete) {
    s->handler.ready(s->handler.ctx);
  }
}

static void on_lost(void *ctx, const char *why)
{
  struct seat *seat = ctx;

  forget(seat);
  seat->owner->handler.lost(seat->owner->handler.ctx, label_of(seat), why);
}

static void on_event(void *ctx, const struct event *e)
{
  struct seat *seat = ctx;
  struct event translated = *e;

  if (e->service >= seat->n_told || seat->by_index[e->service] == NO_SERVICE) {
    return;
  }
  translated.service = seat->by_index[e->service];
  seat->owner->handler.event(seat->owner->handler.ctx, &translated);
}

static void start(struct seat *seat, const struct signers_config *config)
{
  CLEANUP(mem_free_at)
  struct command_key *keys = mem_array(seat->n_services, sizeof *keys);
  struct signerlink_config link = {
      .base = config->base,
      .logger = config->logger,
      .suite = config->suite,
      .source = seat->source,
      .program = config->program,
      .keys = keys,
      .n_keys = seat->n_services,
      .handler = {on_key, on_ready, on_lost, on_event, seat},
  };

  for (size_t i = 0; i < seat->n_services; i++) {
    const struct config_service *sv = &config->services->services[seat->services[i]];

    keys[i] = (struct command_key){sv->key_path, sv->key_passphrase_file};
  }
  if (seat->source != NULL && seat->source->kind == KEYSOURCE_BUNDLE) {
    seat->bundles = bundlelink_new(&link);
  } else {
    seat->link = signerlink_new(&link);
  }
}

struct signers *signers_new(const struct signers_config *config)
{
  struct signers *s = mem_new(sizeof *s);

  s->config = config->services;
  s->common = config->common;
  s->handler = config->handler;
  s->places = mem_array(config->services->n_services, sizeof *s->places);
  seat_services(s);
  for (size_t i = 0; i < s->n_seats; i++) { /* seats do not move any more */
    start(&s->seats[i], config);
  }
  return s;
}

void signers_free(struct signers *s)
{
  if (s == NULL) {
    return;
  }
  for (size_t i = 0; i < s->n_seats; i++) {
    signerlink_free(s->seats[i].link);
    bundlelink_free(s->seats[i].bundles);
    free(s->seats[i].services);
    free(s->seats[i].by_index);
    free(s->seats[i].only_text);
  }
  free(s->seats);
  free(s->places);
  free(s);
}

static void do_at(struct seat *seat, const struct action *a, uint32_t index)
{
  if (seat->bundles != NULL) {
    bundlelink_do(seat->bundles, a, index);
  } else {
    signerlink_do(seat->link, a, index);
  }
}

void signers_do(struct signers *s, const struct action *a)
{
  const struct keyplace *place = &s->places[a->service];

  if (a->service < s->config->n_services && place->is_usable) {
    do_at(&s->seats[place->link], a, place->index);
  }
}

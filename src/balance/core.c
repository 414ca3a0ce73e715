#include "balance/core.h"

#include "balance/checker.h"
#include "balance/drain.h"
#include "balance/fetcher.h"
#include "balance/keys.h"
#include "balance/loader.h"
#include "balance/memory.h"
#include "balance/prober.h"
#include "balance/publisher.h"
#include "balance/roster.h"
#include "balance/state.h"
#include "balance/stock.h"
#include "balance/visit.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct core *core_new(struct suite *suite, const struct core_config *config)
{
  struct core *c = mem_new(sizeof *c);

  c->suite = suite;
  c->testing_network = config->testing_network;
  c->remembers = config->remembers;
  c->timing = timing_for(config->testing_network);
  roster_install(c, config);
  return c;
}

void core_free(struct core *c)
{
  if (c == NULL) {
    return;
  }
  roster_deinit(c);
  prober_deinit(&c->prober);
  netview_deinit(&c->loading.spare);
  network_deinit(&c->network);
  lease_book_deinit(&c->leases);
  free(c);
}

static void network_changed(struct step *s)
{
  fetcher_network_changed(s);
  publisher_network_changed(s);
}

/* tor has shown a network that can be worked with. */
static void network_loaded(struct step *s)
{
  s->core->tor_is_ready = s->core->tor_is_up;
  network_changed(s);
}

static void on_tick(struct step *s, const struct event *e)
{
  (void)s; /* every step ends with what is due */
  (void)e;
}

static void on_tor_up(struct step *s, const struct event *e)
{
  struct core *c = s->core;

  c->tor_is_up = true;
  c->tor_is_ready = false;
  if (c->can_probe != e->can_probe) {
    c->can_probe = e->can_probe;
    checker_ability_changed(s);
  }
  if (e->testing_network && !c->testing_network) {
    c->testing_network = true;
    c->timing = timing_for(true);
    action_log(s->out, LOG_LEVEL_INFO, "tor is on a testing network: short timers");
  }
  loader_tor_up(s);
}

static void on_tor_down(struct step *s, const struct event *e)
{
  (void)e;
  s->core->tor_is_up = false;
  s->core->tor_is_ready = false;
  loader_tor_down(s);
  fetcher_tor_down(s);
  publisher_tor_down(s);
  prober_tor_down(s);
  visit_tor_down(s);
}

static void on_consensus_arrived(struct step *s, const struct event *e)
{
  (void)e;
  loader_consensus_arrived(s);
}

/* A frontend may be an instance of another one. */
static void on_fetched(struct step *s, const struct event *e)
{
  fetcher_fetched(s, e);
  visit_fetched(s, e);
}

static void on_fetch_failed(struct step *s, const struct event *e)
{
  fetcher_failed(s, e);
  visit_fetched(s, e);
}

static void on_network(struct step *s, const struct event *e)
{
  if (loader_take(s, e->view)) {
    network_loaded(s);
  }
}

static void on_network_failed(struct step *s, const struct event *e)
{
  loader_failed(s, e->why);
}

static void on_signer_up(struct step *s, const struct event *e)
{
  (void)e;
  keys_signer_changed(s, true);
}

static void on_signer_down(struct step *s, const struct event *e)
{
  (void)e;
  keys_signer_changed(s, false);
}

static void on_configured(struct step *s, const struct event *e)
{
  roster_replace(s, e->config);
  stock_forget(s->core);
  if (s->core->network.is_ready) {
    network_changed(s);
  }
}

static void (*const handlers[EVENT_KINDS])(struct step *, const struct event *) = {
    [EVENT_TICK] = on_tick,
    [EVENT_TOR_UP] = on_tor_up,
    [EVENT_TOR_DOWN] = on_tor_down,
    [EVENT_CONSENSUS_ARRIVED] = on_consensus_arrived,
    [EVENT_NETWORK] = on_network,
    [EVENT_NETWORK_FAILED] = on_network_failed,
    [EVENT_FETCHED] = on_fetched,
    [EVENT_FETCH_FAILED] = on_fetch_failed,
    [EVENT_UPLOADED] = publisher_uploaded,
    [EVENT_UPLOAD_FAILED] = publisher_failed,
    [EVENT_SIGNER_UP] = on_signer_up,
    [EVENT_SIGNER_DOWN] = on_signer_down,
    [EVENT_BLINDED] = keys_blinded,
    [EVENT_CERTIFIED] = keys_certified,
    [EVENT_SIGNER_REFUSED] = keys_refused,
    [EVENT_STOCKED] = stock_told,
    [EVENT_CONFIGURED] = on_configured,
    [EVENT_INTRODUCED] = prober_introduced,
    [EVENT_JOINED] = prober_joined,
    [EVENT_PROBED] = prober_ended,
    [EVENT_ADMIN] = admin_take,
    [EVENT_RESTORED] = memory_restored,
};

/* Notices when the consensus becomes too old to work with, and when it is
 * good again. */
static void check_usable(struct step *s)
{
  struct core *c = s->core;
  bool usable = c->network.is_ready && consensus_is_usable(&c->network.view.consensus, s->now.wall);

  if (c->network.is_ready && usable != c->is_usable) {
    action_log(s->out, usable ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR,
               usable ? "working with tor's consensus"
                      : "tor's consensus is too old or the clock is wrong: nothing is published");
  }
  c->is_usable = usable;
}

/* True if there is something to work with. A tor that has come up is left
 * alone until it has shown its network: before, it can neither fetch nor
 * upload, and the one that we remember may be hours old. */
static bool is_working(const struct core *c)
{
  return c->tor_is_ready && c->is_usable;
}

void core_step(struct core *c, const struct event *e, struct moment now, const struct rng *rng,
               struct action_list *actions)
{
  struct step s = {.core = c, .now = now, .rng = rng, .out = actions};
  size_t first = actions->n;

  assert(e->kind < EVENT_KINDS);
  handlers[e->kind](&s, e);
  if (loader_tick(&s)) {
    network_loaded(&s);
  }
  check_usable(&s);
  prober_tick(&s);
  if (is_working(c)) {
    checker_tick(&s);
    fetcher_tick(&s);
    publisher_tick(&s);
    visit_tick(&s);
    drain_tick(&s);
  }
  memory_finish(&s, first);
}

struct mono core_next_wake(const struct core *c)
{
  struct mono t = mono_earlier(loader_next_wake(c), prober_next_wake(&c->prober));

  if (is_working(c)) {
    t = mono_earlier(t, checker_next_wake(c));
    t = mono_earlier(t, fetcher_next_wake(c));
    t = mono_earlier(t, publisher_next_wake(c));
    t = mono_earlier(t, visit_next_wake(c));
  }
  return t;
}

void core_progress(const struct core *c, struct core_progress *out)
{
  *out = (struct core_progress){.tor_is_up = c->tor_is_up, .n_instances = c->n_instances};
  for (size_t i = 0; i < c->n_instances; i++) {
    out->n_usable += checker_is_serving(c, &c->instances[i]);
  }
  for (size_t i = 0; i < c->n_services; i++) {
    for (size_t k = 0; k < 2; k++) {
      const struct publication *pub = &c->services[i].publications[k];

      out->n_descriptors += pub->is_used;
      out->n_uploads += pub->n_uploads;
      out->n_confirmed += publication_confirmed(pub);
    }
  }
}

#include "report/warnings.h"

#include "balance/stock.h"

/* So many tries of an upload are more than bad luck. */
#define TRIES 3

static void add_outside(const struct snapshot_outside *o, struct buf *out)
{
  if (!o->tor_is_up) {
    buf_add_str(out, "tor: no connection to its control port; what is published stays\n");
  } else if (!o->has_network) {
    buf_add_str(out, "tor: it has no usable consensus yet\n");
  } else if (!o->is_usable) {
    buf_add_str(out, "tor: its consensus is too old or the clock is wrong; nothing is published\n");
  } else if (!o->tor_is_ready) {
    buf_add_str(out, "tor: connected, but it has not shown its network yet\n");
  }
  if (!o->signer_is_up) {
    buf_add_str(out, "signer: not there; new time periods cannot be published without it\n");
  }
}

static bool is_struggling(const struct snapshot_descriptor *d)
{
  for (size_t i = 0; i < d->n_hsdirs; i++) {
    if (d->uploads[i].is_wanted && d->uploads[i].attempts >= TRIES) {
      return true;
    }
  }
  return false;
}

static void add_descriptors(const struct snapshot_service *sv, struct buf *out)
{
  for (size_t i = 0; i < 2; i++) {
    const struct snapshot_descriptor *d = &sv->descriptors[i];

    if (is_struggling(d)) {
      buf_addf(out, "%s: only %zu of %zu HSDirs confirm its descriptor that clients %s\n",
               sv->label, d->n_confirmed, d->n_hsdirs,
               d->is_current ? "use now" : "use at another time");
    }
  }
}

static void add_instances(const struct snapshot_service *sv, struct buf *out)
{
  for (size_t i = 0; i < sv->n_instances; i++) {
    const struct snapshot_instance *in = &sv->instances[i];

    if (in->verdict == VISIT_BLACK_HOLE) {
      buf_addf(out,
               "%s: instance %s takes its clients and loses them: the ob_config of its "
               "HiddenServiceDir lacks this frontend as MasterOnionAddress\n",
               sv->label, in->label);
    }
    if (view_tone(in) == FORM_BAD || in->health.state == HEALTH_HELD) {
      buf_addf(out, "%s: instance %s is %s: %s\n", sv->label, in->label, view_state(in),
               view_why(in));
    }
    if (view_is_off(in) && in->obstacle != SHARES_FREE) {
      buf_addf(out, "%s: instance %s has ", sv->label, in->label);
      form_percent(in->share, out);
      buf_add_str(out, " of the clients, its weight asks for ");
      form_percent(in->due, out);
      buf_add_str(out, ": ");
      view_obstacle(sv, in, out);
      buf_add_str(out, "\n");
    }
  }
}

static void add_stock(const struct view *v, const struct snapshot_service *sv, struct buf *out)
{
  char until[WALL_TEXT_SIZE];

  if (!sv->has_stock || sv->stock_level == STOCK_LEVEL_GOOD) {
    return;
  }
  wall_format(sv->stock_until, until);
  if (sv->stock_until.s <= v->now.wall.s) {
    buf_addf(out, "%s: its bundles have nothing for the time since %s UTC; install the next one\n",
             sv->label, until);
    return;
  }
  buf_addf(out, "%s: its bundles end in ", sv->label);
  form_span((sv->stock_until.s - v->now.wall.s) * 1000, out);
  buf_addf(out, ", at %s UTC; make and install the next one\n", until);
}

void warnings_build(const struct view *v, struct buf *out)
{
  const struct snapshot *s = v->snapshot;

  add_outside(&s->outside, out);
  for (size_t i = 0; i < s->n_services; i++) {
    if (s->services[i].is_starving) {
      buf_addf(out, "%s: none of its %zu instances is usable; its descriptors stay as they are\n",
               s->services[i].label, s->services[i].n_instances);
    }
  }
  for (size_t i = 0; i < s->n_services; i++) {
    add_stock(v, &s->services[i], out);
    add_descriptors(&s->services[i], out);
    add_instances(&s->services[i], out);
  }
}

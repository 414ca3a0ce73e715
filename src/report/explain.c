#include "report/explain.h"

#include "base/cursor.h"

#include <inttypes.h>

/* What keeps a descriptor from its first upload. */
static const char *obstacle(const struct snapshot_outside *o, const struct snapshot_descriptor *d)
{
  if (!o->tor_is_up) {
    return "tor's control port is not connected";
  }
  if (!o->is_usable) {
    return "tor has no consensus that can be worked with";
  }
  if (!d->has_points) {
    return "no instance has given a usable descriptor yet";
  }
  if (!d->has_keys) {
    return o->signer_is_up ? "the signer has not certified its keys yet"
                           : "the signer is not there";
  }
  return d->n_hsdirs == 0 ? "no HSDir is responsible for it" : "it is about to be uploaded";
}

static void add_published(const struct view *v, const struct snapshot_descriptor *d,
                          struct buf *out)
{
  buf_addf(out, "The descriptor that clients %s (time period %" PRIu64 ") ",
           d->is_current ? "use now" : "use at another time", d->period_number);
  if (!d->is_attempted) {
    buf_addf(out, "has never been uploaded: %s.\n", obstacle(&v->snapshot->outside, d));
    return;
  }
  buf_add_str(out, "was uploaded ");
  view_ago(v, d->attempted, out);
  buf_addf(out,
           " with %zu introduction points, because of: %s. %zu of %zu HSDirs have confirmed it.\n",
           d->n_points, publication_reason_text(d->reason), d->n_confirmed, d->n_hsdirs);
}

/* The HSDirs that have not confirmed, and when they are tried again. */
static void add_missing(const struct view *v, const struct snapshot_descriptor *d, struct buf *out)
{
  size_t n_flying = 0, n_failed = 0;
  struct mono next = MONO_NEVER;

  for (size_t i = 0; i < d->n_hsdirs; i++) {
    const struct upload *u = &d->uploads[i];

    n_flying += u->is_in_flight;
    n_failed += u->is_wanted && !u->is_in_flight && u->attempts > 0;
    if (u->is_wanted && !u->is_in_flight) {
      next = mono_earlier(next, u->next_try);
    }
  }
  if (n_flying > 0) {
    buf_addf(out, "Uploads on their way: %zu.\n", n_flying);
  }
  if (n_failed > 0) {
    buf_addf(out, "HSDirs that have failed or refused: %zu; the next try is ", n_failed);
    view_in(v, next, out);
    buf_add_str(out, ".\n");
  }
}

static void add_next(const struct view *v, const struct snapshot_descriptor *d, struct buf *out)
{
  if (!d->is_attempted) {
    return;
  }
  buf_add_str(out, d->is_changed ? "It has changed and goes out "
                                 : "It is uploaded again, without a change, ");
  view_in(v, d->is_changed ? d->changed_due : d->next_publish, out);
  buf_add_str(out, d->is_changed ? ".\n"
                                 : " (a random time, as tor's own services have); at once if its "
                                   "introduction points or HSDirs change.\n");
}

static void add_members(const struct snapshot_service *sv, bool is_in, struct buf *out)
{
  size_t n = 0;

  for (size_t i = 0; i < sv->n_instances; i++) {
    const struct snapshot_instance *in = &sv->instances[i];

    if (view_is_in(in) != is_in) {
      continue;
    }
    buf_add_str(out, n++ > 0 ? ", " : is_in ? "In it: " : "Not in it: ");
    buf_add_str(out, in->label);
    if (!is_in) {
      buf_addf(out, " (%s: %s)", view_state(in), view_why(in));
    }
  }
  buf_add_str(out, n > 0 ? ".\n" : "");
}

static void add_mode(const struct snapshot_service *sv, struct buf *out)
{
  if (!sv->descriptors[0].is_distinct && !sv->descriptors[1].is_distinct) {
    return;
  }
  buf_addf(out,
           "Each HSDir gets a distinct descriptor, with up to %u introduction points of its "
           "own",
           LIMIT_INTRO_POINTS);
  buf_add_str(out, sv->mode == CONTENT_DISTINCT
                       ? ", as the configuration says (descriptors: distinct).\n"
                       : ", as one cannot hold a point of every instance.\n");
}

static void service_lines(const struct view *v, const struct snapshot_service *sv, struct buf *out)
{
  for (size_t i = 0; i < 2; i++) {
    const struct snapshot_descriptor *d =
        &sv->descriptors[sv->descriptors[1].is_current ^ (i == 1)];

    if (d->is_used) {
      add_published(v, d, out);
      add_missing(v, d, out);
      add_next(v, d, out);
    }
  }
  if (!sv->descriptors[0].is_used && !sv->descriptors[1].is_used) {
    buf_addf(out, "Nothing has been published yet: %s.\n",
             obstacle(&v->snapshot->outside, &sv->descriptors[0]));
  }
  add_mode(sv, out);
  add_members(sv, true, out);
  add_members(sv, false, out);
  if (sv->is_starving) {
    buf_add_str(out, "None of its instances is usable, so the last descriptors stay: they may "
                     "still work, and none at all would not.\n");
  }
  if (sv->needs_plan) {
    buf_add_str(out, "An instance has changed; the descriptors are planned anew ");
    view_in(v, sv->plan_at, out);
    buf_add_str(out, " at the latest.\n");
  }
}

static void add_share(const struct snapshot_service *sv, const struct snapshot_instance *in,
                      struct buf *out)
{
  if (!view_is_in(in) || in->share == 0 || in->due == 0) {
    return;
  }
  buf_addf(out, "Clients of %s that ask now are led to it with a share of ", sv->label);
  form_percent(in->share, out);
  buf_add_str(out, ".\n");
  if (view_is_off(in)) {
    buf_add_str(out, "Its weight asks for ");
    form_percent(in->due, out);
    buf_add_str(out, ": ");
    view_obstacle(sv, in, out);
    buf_add_str(out, ".\n");
  }
}

static void instance_lines(const struct view *v, const struct snapshot_instance *in,
                           struct buf *out)
{
  buf_addf(out, "%s is %s: %s.\n", in->label, view_state(in), view_why(in));
  if (in->is_known) {
    buf_add_str(out, "Its descriptor was seen on an HSDir ");
    view_ago(v, in->received, out);
    buf_addf(out, "; it has %zu introduction points, unchanged since ", in->n_intros);
    view_ago(v, in->modified, out);
    buf_add_str(out, ".\n");
  } else {
    buf_add_str(out, "No HSDir has given a descriptor of it: its tor is not running, cannot reach "
                     "the network, or has only just started; or the address is wrong.\n");
  }
  if (in->health.is_checked) {
    buf_add_str(out, "The last probe that counts was ");
    view_ago(v, in->health.checked, out);
    buf_addf(out, ": %s.\n", health_why_text(in->health.why));
  }
  view_outlook(v, in, out);
}

static void deliver(const struct view *v, const char *name, struct slice lines, struct buf *out)
{
  struct cursor c = cursor_from(lines);
  struct json j = {.out = out};

  if (!v->form.is_json) {
    while (cursor_left(&c) > 0) {
      form_text(cursor_line(&c), out);
      buf_add_u8(out, '\n');
    }
    return;
  }
  json_object(&j, NULL);
  json_string(&j, "name", name);
  json_list(&j, "lines");
  while (cursor_left(&c) > 0) {
    json_text(&j, NULL, cursor_line(&c));
  }
  json_list_end(&j);
  json_object_end(&j);
  buf_add_u8(out, '\n');
}

void explain_service(const struct view *v, size_t service, struct buf *out)
{
  const struct snapshot_service *sv = &v->snapshot->services[service];
  CLEANUP(buf_deinit) struct buf lines = {0};

  service_lines(v, sv, &lines);
  deliver(v, sv->label, buf_slice(&lines), out);
}

void explain_instance(const struct view *v, struct whom_instance at, struct buf *out)
{
  const struct snapshot_instance *in = whom_get(v, at);
  CLEANUP(buf_deinit) struct buf lines = {0};

  instance_lines(v, in, &lines);
  add_share(&v->snapshot->services[at.service], in, &lines);
  deliver(v, in->label, buf_slice(&lines), out);
}

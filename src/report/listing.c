#include "report/listing.h"

#include "base/hex.h"
#include "report/overview.h"
#include "report/record.h"

#include <inttypes.h>

/* Bytes of a fingerprint that tell one HSDir from others for a person. */
#define FINGERPRINT_SHOWN 8

/* The services that are asked for: from first up to, not including, end. */
struct range {
  size_t first;
  size_t end;
};

static struct range range_of(const struct view *v, size_t service)
{
  return service == LISTING_ALL ? (struct range){0, v->snapshot->n_services}
                                : (struct range){service, service + 1};
}

static void instances_json(const struct view *v, struct buf *out)
{
  struct json j = {.out = out};

  json_list(&j, NULL);
  for (size_t i = 0; i < v->snapshot->n_services; i++) {
    const struct snapshot_service *sv = &v->snapshot->services[i];

    for (size_t k = 0; k < sv->n_instances; k++) {
      record_instance(v, &sv->instances[k], &j);
    }
  }
  json_list_end(&j);
  buf_add_u8(out, '\n');
}

void listing_instances(const struct view *v, struct buf *out)
{
  if (v->form.is_json) {
    instances_json(v, out);
    return;
  }
  for (size_t i = 0; i < v->snapshot->n_services; i++) {
    const struct snapshot_service *sv = &v->snapshot->services[i];
    CLEANUP(table_deinit) struct table t;

    form_add(&v->form, FORM_STRONG, slice_str(sv->label), out);
    buf_add_u8(out, '\n');
    record_table(&t);
    for (size_t k = 0; k < sv->n_instances; k++) {
      record_row(v, sv, &sv->instances[k], &t);
    }
    table_build(&t, &v->form, 2, out);
  }
}

void listing_services(const struct view *v, size_t service, struct buf *out)
{
  struct range r = range_of(v, service);
  struct json j = {.out = out};

  if (v->form.is_json && service == LISTING_ALL) {
    json_list(&j, NULL);
    for (size_t i = r.first; i < r.end; i++) {
      record_service(v, &v->snapshot->services[i], &j);
    }
    json_list_end(&j);
    buf_add_u8(out, '\n');
    return;
  }
  for (size_t i = r.first; i < r.end; i++) {
    buf_add_str(out, i == r.first ? "" : "\n");
    overview_service(v, i, out);
  }
}

static void add_last(const struct view *v, const struct snapshot_descriptor *d, struct table *t)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  if (d->is_attempted) {
    view_ago(v, d->attempted, &text);
  }
  table_add(t, FORM_PLAIN, buf_slice(&text));
}

static void add_next(const struct view *v, const struct snapshot_descriptor *d, struct table *t)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  view_in(v, d->is_changed ? d->changed_due : d->next_publish, &text);
  table_add(t, FORM_PLAIN, buf_slice(&text));
}

static void upload_row(const struct view *v, const struct snapshot_service *sv,
                       const struct snapshot_descriptor *d, struct table *t)
{
  bool is_all = d->n_hsdirs > 0 && d->n_confirmed == d->n_hsdirs;

  table_add(t, FORM_PLAIN, slice_str(sv->label));
  table_addf(t, FORM_PLAIN, "%" PRIu64, d->period_number);
  table_add(t, FORM_PLAIN, slice_str(d->is_current ? "now" : "other"));
  table_addf(t, FORM_PLAIN, "%zu%s", d->n_points, d->is_distinct ? " distinct" : "");
  table_addf(t, is_all ? FORM_GOOD : FORM_WARN, "%zu/%zu", d->n_confirmed, d->n_hsdirs);
  add_last(v, d, t);
  add_next(v, d, t);
  table_add(t, FORM_PLAIN,
            d->is_attempted ? slice_str(publication_reason_text(d->reason)) : slice_str(""));
}

static void uploads_json(const struct view *v, struct range r, struct buf *out)
{
  struct json j = {.out = out};

  json_list(&j, NULL);
  for (size_t i = r.first; i < r.end; i++) {
    json_object(&j, NULL);
    json_string(&j, "name", v->snapshot->services[i].label);
    record_descriptors(v, &v->snapshot->services[i], &j);
    json_object_end(&j);
  }
  json_list_end(&j);
  buf_add_u8(out, '\n');
}

void listing_uploads(const struct view *v, size_t service, struct buf *out)
{
  static const char *const heads[] = {"SERVICE",   "PERIOD", "USED", "POINTS",
                                      "CONFIRMED", "LAST",   "NEXT", "LAST WHY"};
  struct range r = range_of(v, service);
  CLEANUP(table_deinit) struct table t = {0};

  if (v->form.is_json) {
    uploads_json(v, r, out);
    return;
  }
  table_init(&t, heads, sizeof heads / sizeof heads[0]);
  for (size_t i = r.first; i < r.end; i++) {
    const struct snapshot_service *sv = &v->snapshot->services[i];

    for (size_t k = 0; k < 2; k++) {
      if (sv->descriptors[k].is_used) {
        upload_row(v, sv, &sv->descriptors[k], &t);
      }
    }
  }
  table_build(&t, &v->form, 0, out);
}

static void hsdir_row(const struct view *v, const struct snapshot_descriptor *d,
                      const struct upload *u, struct table *t)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  bool waits = u->is_wanted && !u->is_in_flight;

  table_addf(t, FORM_PLAIN, "%" PRIu64, d->period_number);
  hex_build(slice_of(u->fingerprint, FINGERPRINT_SHOWN), &text);
  table_add(t, FORM_PLAIN, buf_slice(&text));
  table_add(t, FORM_PLAIN, slice_str(u->is_asked ? "asked" : "spare"));
  table_addf(t, FORM_PLAIN, "%zu",
             d->content == NULL ? 0 : content_for(d->content, u->fingerprint)->plan.n);
  table_add(t, u->is_wanted ? FORM_WARN : FORM_GOOD, slice_str(record_upload_state(u)));
  table_addf(t, FORM_PLAIN, "%u", u->attempts);
  buf_clear(&text);
  if (waits) {
    view_in(v, u->next_try, &text);
  }
  table_add(t, FORM_PLAIN, buf_slice(&text));
}

static void hsdirs_of(const struct view *v, const struct snapshot_service *sv, struct table *t)
{
  for (size_t k = 0; k < 2; k++) {
    const struct snapshot_descriptor *d = &sv->descriptors[k];

    for (size_t i = 0; i < d->n_hsdirs; i++) {
      table_add(t, FORM_PLAIN, slice_str(sv->label));
      hsdir_row(v, d, &d->uploads[i], t);
    }
  }
}

void listing_hsdirs(const struct view *v, size_t service, struct buf *out)
{
  static const char *const heads[] = {"SERVICE", "PERIOD", "HSDIR",    "CLIENTS",
                                      "POINTS",  "STATE",  "FAILURES", "NEXT TRY"};
  struct range r = range_of(v, service);
  CLEANUP(table_deinit) struct table t = {0};

  if (v->form.is_json) {
    uploads_json(v, r, out);
    return;
  }
  table_init(&t, heads, sizeof heads / sizeof heads[0]);
  for (size_t i = r.first; i < r.end; i++) {
    hsdirs_of(v, &v->snapshot->services[i], &t);
  }
  table_build(&t, &v->form, 0, out);
}

void listing_instance(const struct view *v, struct whom_instance at, struct buf *out)
{
  const struct snapshot_instance *in = whom_get(v, at);
  struct json j = {.out = out};
  struct whom_instance place;

  if (v->form.is_json) {
    record_instance(v, in, &j);
    buf_add_u8(out, '\n');
    return;
  }
  form_add(&v->form, FORM_STRONG, slice_str(in->label), out);
  buf_add_str(out, "  ");
  view_address(v, &in->address, out);
  buf_add_str(out, "\n");
  for (size_t n = 0; whom_find(v, &in->address, n, &place); n++) {
    CLEANUP(table_deinit) struct table t;

    buf_add_str(out, "in ");
    form_text(slice_str(v->snapshot->services[place.service].label), out);
    buf_add_u8(out, '\n');
    record_table(&t);
    record_row(v, &v->snapshot->services[place.service], whom_get(v, place), &t);
    table_build(&t, &v->form, 2, out);
  }
}

static void add_time(const char *what, struct wall t, struct buf *out)
{
  char text[WALL_TEXT_SIZE];

  wall_format(t, text);
  buf_addf(out, "%s %s UTC\n", what, text);
}

void listing_tor(const struct view *v, struct buf *out)
{
  const struct snapshot_outside *o = &v->snapshot->outside;
  struct json j = {.out = out};

  if (v->form.is_json) {
    record_outside(v, NULL, &j);
    buf_add_u8(out, '\n');
    return;
  }
  buf_addf(out, "control port   %s\n", o->tor_is_up ? "connected" : "not connected");
  buf_addf(out, "network        %s\n",
           o->testing_network ? "a testing network" : "the live network");
  if (o->has_network) {
    add_time("consensus of  ", o->valid_after, out);
    add_time("valid until   ", o->valid_until, out);
    buf_addf(out, "relays         %zu\n", o->n_relays);
  }
  buf_addf(out, "consensus      %s\n",
           !o->has_network ? "none yet"
           : o->is_usable  ? "can be worked with"
                           : "too old, or the clock is wrong");
  buf_addf(out, "SOCKS port     %s\n",
           o->can_probe ? "there: instances are probed" : "none to probe with");
  buf_addf(out, "signer         %s\n", o->signer_is_up ? "there" : "not there");
  buf_addf(out, "in flight      %u fetches, %u uploads\n", o->n_fetches, o->n_uploads);
}

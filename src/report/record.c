#include "report/record.h"

#include "base/hex.h"

static const char *const heads[] = {
    "INSTANCE", "STATE", "SINCE", "WEIGHT", "POINTS", "SHARE", "DESCRIPTOR", "PROBE", "WHY",
};

void record_table(struct table *t)
{
  table_init(t, heads, sizeof heads / sizeof heads[0]);
}

/* How long ago, or nothing. */
static void add_ago(const struct view *v, bool is_set, struct wall when, struct table *t)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  if (is_set) {
    form_span((v->now.wall.s - when.s) * 1000, &text);
  }
  table_add(t, FORM_PLAIN, buf_slice(&text));
}

/* In percent; one decimal where it matters. */
static void add_share(unsigned share, struct table *t)
{
  unsigned tenths = (share + 500) / 1000;
  CLEANUP(buf_deinit) struct buf text = {0};

  if (tenths == 0 || tenths >= 100) {
    buf_addf(&text, "%u %%", (share + 5000) / 10000);
  } else {
    form_percent(share, &text);
  }
  table_add(t, FORM_PLAIN, buf_slice(&text));
}

static void add_part(const struct snapshot_service *sv, const struct snapshot_instance *in,
                     struct table *t)
{
  table_addf(t, FORM_PLAIN, "%u%s%s", in->weight, in->is_weight_set ? "*" : "",
             in->is_backup ? " backup" : "");
  table_addf(t, FORM_PLAIN, "%u", in->n_points[sv->descriptors[1].is_current ? 1 : 0]);
  add_share(in->share, t);
}

void record_row(const struct view *v, const struct snapshot_service *sv,
                const struct snapshot_instance *in, struct table *t)
{
  CLEANUP(buf_deinit) struct buf why = {0};

  table_add(t, FORM_PLAIN, slice_str(in->label));
  table_add(t, view_tone(in), slice_str(view_state(in)));
  add_ago(v, in->health.since.s != 0, in->health.since, t);
  add_part(sv, in, t);
  add_ago(v, in->is_known, in->received, t);
  add_ago(v, in->health.is_checked, in->health.checked, t);
  if (in->admin == ADMIN_ENABLED) {
    buf_add_str(&why, view_why(in));
  } else {
    view_safety(v, in, &why);
  }
  table_add(t, FORM_PLAIN, buf_slice(&why));
}

static void add_address(const struct view *v, const struct address *a, struct json *j)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  view_address(v, a, &text);
  json_text(j, "onionAddress", buf_slice(&text));
}

/* A timer as a time on the wall, or null. */
static void add_timer(const struct view *v, const char *key, struct mono t, struct json *j)
{
  if (t.ms == MONO_NEVER.ms) {
    json_null(j, key);
  } else {
    json_time(j, key, view_wall(v, t));
  }
}

void record_outside(const struct view *v, const char *key, struct json *j)
{
  const struct snapshot_outside *o = &v->snapshot->outside;

  json_object(j, key);
  json_bool(j, "isUp", o->tor_is_up);
  json_bool(j, "isReady", o->tor_is_ready);
  json_bool(j, "isTestingNetwork", o->testing_network);
  json_bool(j, "canProbe", o->can_probe);
  json_bool(j, "consensusIsUsable", o->is_usable);
  if (o->has_network) {
    json_time(j, "consensusValidAfter", o->valid_after);
    json_time(j, "consensusValidUntil", o->valid_until);
  } else {
    json_null(j, "consensusValidAfter");
    json_null(j, "consensusValidUntil");
  }
  json_number(j, "relays", (int64_t)o->n_relays);
  json_number(j, "fetchesInFlight", o->n_fetches);
  json_number(j, "uploadsInFlight", o->n_uploads);
  json_object_end(j);
}

const char *record_upload_state(const struct upload *u)
{
  if (u->is_in_flight) {
    return "on its way";
  }
  if (u->is_wanted) {
    return u->attempts > 0 ? "to be tried again" : "waiting";
  }
  return u->confirmed_revision != 0 ? "confirmed" : "waiting";
}

/* Who has points in what an HSDir gets, and how many. */
static void add_members(const struct snapshot_service *sv, const struct variant *at, struct json *j)
{
  json_list(j, "instances");
  for (size_t i = 0; i < sv->n_instances; i++) {
    unsigned n = content_count_in(at, &sv->instances[i].address);

    if (n > 0) {
      json_object(j, NULL);
      json_string(j, "name", sv->instances[i].label);
      json_number(j, "points", n);
      json_object_end(j);
    }
  }
  json_list_end(j);
}

static void add_variant(const struct snapshot_service *sv, const struct snapshot_descriptor *d,
                        const struct upload *u, struct json *j)
{
  const struct variant *at = d->content == NULL ? NULL : content_for(d->content, u->fingerprint);

  json_bool(j, "isAsked", u->is_asked);
  json_number(j, "introPointsNum", at == NULL ? 0 : (int64_t)at->plan.n);
  if (at != NULL && d->is_distinct) {
    add_members(sv, at, j);
  }
}

static void add_upload(const struct view *v, const struct snapshot_service *sv,
                       const struct snapshot_descriptor *d, const struct upload *u, struct json *j)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  hex_build(slice_of(u->fingerprint, FINGERPRINT_SIZE), &text);
  json_object(j, NULL);
  json_text(j, "fingerprint", buf_slice(&text));
  json_string(j, "state", record_upload_state(u));
  json_number(j, "failures", u->attempts);
  add_timer(v, "nextTry", u->is_wanted && !u->is_in_flight ? u->next_try : MONO_NEVER, j);
  add_variant(sv, d, u, j);
  json_object_end(j);
}

static void add_descriptor(const struct view *v, const struct snapshot_service *sv,
                           const struct snapshot_descriptor *d, struct json *j)
{
  json_object(j, NULL);
  json_number(j, "timePeriod", (int64_t)d->period_number);
  json_bool(j, "isCurrent", d->is_current);
  json_bool(j, "hasKeys", d->has_keys);
  json_number(j, "introPointsNum", (int64_t)d->n_points);
  json_bool(j, "isDistinct", d->is_distinct);
  if (d->is_attempted) {
    json_time(j, "lastUpload", d->attempted);
    json_string(j, "lastReason", publication_reason_text(d->reason));
  } else {
    json_null(j, "lastUpload");
    json_null(j, "lastReason");
  }
  add_timer(v, "nextUpload", d->is_changed ? d->changed_due : d->next_publish, j);
  json_bool(j, "isChanged", d->is_changed);
  json_number(j, "confirmed", (int64_t)d->n_confirmed);
  json_list(j, "hsdirs");
  for (size_t i = 0; i < d->n_hsdirs; i++) {
    add_upload(v, sv, d, &d->uploads[i], j);
  }
  json_list_end(j);
  json_object_end(j);
}

static void add_health(const struct view *v, const struct snapshot_health *h, struct json *j)
{
  json_object(j, "health");
  json_bool(j, "isProbed", h->is_probed);
  json_string(j, "state", health_state_text(h->state));
  json_string(j, "why", health_why_text(h->why));
  if (h->since.s != 0) {
    json_time(j, "since", h->since);
  } else {
    json_null(j, "since");
  }
  if (h->is_checked) {
    json_time(j, "lastProbe", h->checked);
    json_milli(j, "lastProbeSeconds", h->took);
  } else {
    json_null(j, "lastProbe");
    json_null(j, "lastProbeSeconds");
  }
  add_timer(v, "nextProbe", h->next, j);
  json_number(j, "failures", h->bads);
  json_object_end(j);
}

static void add_standing(const struct view *v, const struct snapshot_instance *in, struct json *j)
{
  json_string(j, "admin", admin_state_text(in->admin));
  json_bool(j, "isAdminSet", !in->is_admin_configured);
  json_bool(j, "isAdminKept", !in->is_admin_passing);
  json_bool(j, "isServing", in->is_serving);
  json_string(j, "visits", visit_verdict_text(in->verdict));
  json_bool(j, "isBackup", in->is_backup);
  json_number(j, "weight", in->weight);
  json_bool(j, "isWeightSet", in->is_weight_set);
  json_list(j, "points");
  json_number(j, NULL, in->n_points[0]);
  json_number(j, NULL, in->n_points[1]);
  json_list_end(j);
  json_micro(j, "share", in->share);
  json_bool(j, "isSafeToStop", view_is_safe(v, in));
  if (in->is_clear) {
    json_time(j, "safeAt", in->safe_at);
  } else {
    json_null(j, "safeAt");
  }
}

void record_instance(const struct view *v, const struct snapshot_instance *in, struct json *j)
{
  json_object(j, NULL);
  json_string(j, "name", in->label);
  add_address(v, &in->address, j);
  json_string(j, "state", view_state(in));
  json_string(j, "why", view_why(in));
  add_standing(v, in, j);
  add_health(v, &in->health, j);
  json_bool(j, "isUsable", in->is_usable);
  json_number(j, "introPointsNum", (int64_t)in->n_intros);
  if (in->is_known) {
    json_time(j, "descriptorReceived", in->received);
    json_time(j, "introSetModified", in->modified);
  } else {
    json_null(j, "descriptorReceived");
    json_null(j, "introSetModified");
  }
  json_object_end(j);
}

void record_descriptors(const struct view *v, const struct snapshot_service *sv, struct json *j)
{
  json_list(j, "descriptors");
  for (size_t i = 0; i < 2; i++) {
    if (sv->descriptors[i].is_used) {
      add_descriptor(v, sv, &sv->descriptors[i], j);
    }
  }
  json_list_end(j);
}

void record_service(const struct view *v, const struct snapshot_service *sv, struct json *j)
{
  json_object(j, NULL);
  json_string(j, "name", sv->label);
  add_address(v, &sv->address, j);
  json_number(j, "confirmed", (int64_t)view_confirmed(sv));
  json_number(j, "uploads", (int64_t)view_uploads(sv));
  json_string(j, "mode", content_mode_text(sv->mode));
  if (sv->has_stock) {
    json_time(j, "bundlesUntil", sv->stock_until);
  } else {
    json_null(j, "bundlesUntil");
  }
  record_descriptors(v, sv, j);
  json_list(j, "instances");
  for (size_t i = 0; i < sv->n_instances; i++) {
    record_instance(v, &sv->instances[i], j);
  }
  json_list_end(j);
  json_object_end(j);
}

#include "report/metrics.h"

#include "base/cursor.h"
#include "report/warnings.h"

#include <inttypes.h>

#define PREFIX "onionbalance_"

/* ---- values: each appends one, or nothing where there is none ---- */

static void add_time(struct wall t, struct buf *out)
{
  if (t.s != 0) {
    buf_addf(out, "%" PRId64, t.s);
  }
}

static void add_bool(bool value, struct buf *out)
{
  buf_add_str(out, value ? "1" : "0");
}

static void tor_up(const struct view *v, struct buf *out)
{
  add_bool(v->snapshot->outside.tor_is_up, out);
}

static void tor_ready(const struct view *v, struct buf *out)
{
  add_bool(v->snapshot->outside.tor_is_ready, out);
}

static void signer_up(const struct view *v, struct buf *out)
{
  add_bool(v->snapshot->outside.signer_is_up, out);
}

static void consensus_end(const struct view *v, struct buf *out)
{
  if (v->snapshot->outside.has_network) {
    add_time(v->snapshot->outside.valid_until, out);
  }
}

static void fetches(const struct view *v, struct buf *out)
{
  buf_addf(out, "%u", v->snapshot->outside.n_fetches);
}

static void uploads_in_flight(const struct view *v, struct buf *out)
{
  buf_addf(out, "%u", v->snapshot->outside.n_uploads);
}

static void warning_count(const struct view *v, struct buf *out)
{
  CLEANUP(buf_deinit) struct buf lines = {0};
  struct cursor c;
  size_t n = 0;

  warnings_build(v, &lines);
  c = cursor_from(buf_slice(&lines));
  for (; cursor_left(&c) > 0; n++) {
    (void)cursor_line(&c);
  }
  buf_addf(out, "%zu", n);
}

static void uploads(const struct snapshot_service *sv, struct buf *out)
{
  buf_addf(out, "%zu", view_uploads(sv));
}

static void confirmed(const struct snapshot_service *sv, struct buf *out)
{
  buf_addf(out, "%zu", view_confirmed(sv));
}

static void last_upload(const struct snapshot_service *sv, struct buf *out)
{
  if (view_last(sv) != NULL) {
    add_time(view_last(sv)->attempted, out);
  }
}

static void bundles_end(const struct snapshot_service *sv, struct buf *out)
{
  if (sv->has_stock) {
    add_time(sv->stock_until, out);
  }
}

static void instance_up(const struct snapshot_instance *in, struct buf *out)
{
  add_bool(in->is_usable && (!in->health.is_probed || in->health.state == HEALTH_UP), out);
}

static void serving(const struct snapshot_instance *in, struct buf *out)
{
  add_bool(in->is_serving, out);
}

static void published(const struct snapshot_instance *in, struct buf *out)
{
  add_bool(view_is_in(in), out);
}

static void weight(const struct snapshot_instance *in, struct buf *out)
{
  buf_addf(out, "%u", in->weight);
}

static void share(const struct snapshot_instance *in, struct buf *out)
{
  buf_addf(out, "%u.%06u", in->share / 1000000, in->share % 1000000);
}

static void intros(const struct snapshot_instance *in, struct buf *out)
{
  buf_addf(out, "%zu", in->n_intros);
}

static void seen(const struct snapshot_instance *in, struct buf *out)
{
  if (in->is_known) {
    add_time(in->received, out);
  }
}

static void probe_seconds(const struct snapshot_instance *in, struct buf *out)
{
  if (in->health.is_checked) {
    buf_addf(out, "%" PRId64 ".%03d", in->health.took / 1000, (int)(in->health.took % 1000));
  }
}

static void failures(const struct snapshot_instance *in, struct buf *out)
{
  buf_addf(out, "%u", in->health.bads);
}

/* ---- families ---- */

/* Names are for good: dashboards and alarms have them. */
static const struct {
  const char *name;
  const char *help;
  void (*add)(const struct view *v, struct buf *out);
} wholes[] = {
    {"tor_up", "Whether tor's control port is connected.", tor_up},
    {"tor_ready", "Whether tor has shown its network.", tor_ready},
    {"signer_up", "Whether the signer is there.", signer_up},
    {"consensus_valid_until_timestamp_seconds", "When tor's consensus ends.", consensus_end},
    {"fetches_in_flight", "Descriptors of instances that are being fetched.", fetches},
    {"uploads_in_flight", "Uploads to HSDirs that are under way.", uploads_in_flight},
    {"warnings", "Lines of WARNING that status shows.", warning_count},
};

static const struct {
  const char *name;
  const char *help;
  void (*add)(const struct snapshot_service *sv, struct buf *out);
} of_services[] = {
    {"service_uploads", "HSDirs that should have a descriptor, in both time periods.", uploads},
    {"service_uploads_confirmed", "Those that have confirmed the newest one.", confirmed},
    {"service_last_upload_timestamp_seconds", "When the last upload began.", last_upload},
    {"service_bundles_end_timestamp_seconds", "When the keys of its bundles end.", bundles_end},
};

static const struct {
  const char *name;
  const char *help;
  void (*add)(const struct snapshot_instance *in, struct buf *out);
} of_instances[] = {
    {"instance_up", "Whether its checks are good.", instance_up},
    {"instance_serving", "Whether clients are to be led to it.", serving},
    {"instance_published", "Whether it stands in a descriptor.", published},
    {"instance_weight", "Its weight.", weight},
    {"instance_share_ratio", "Its share of the clients that fetch now.", share},
    {"instance_introduction_points", "Introduction points of its own descriptor.", intros},
    {"instance_descriptor_seen_timestamp_seconds", "When its descriptor was last fetched.", seen},
    {"instance_probe_seconds", "How long its last probe took.", probe_seconds},
    {"instance_probe_failures", "Probes that failed in a row.", failures},
};

static void add_head(const char *name, const char *help, struct buf *out)
{
  buf_addf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s gauge\n", name, help, name);
}

/* The value of a label; whatever a name holds. */
static void add_label(const char *key, const char *value, struct buf *out)
{
  buf_addf(out, "%s=\"", key);
  for (const char *c = value; *c != '\0'; c++) {
    if (*c == '\n') {
      buf_add_str(out, "\\n");
      continue;
    }
    if (*c == '\\' || *c == '"') {
      buf_add_u8(out, '\\');
    }
    buf_add_u8(out, (uint8_t)*c);
  }
  buf_add_u8(out, '"');
}

/* One line; instance may be NULL. */
static void add_line(const char *name, const struct snapshot_service *sv,
                     const struct snapshot_instance *in, struct buf *value, struct buf *out)
{
  if (value->n == 0) {
    return;
  }
  buf_addf(out, PREFIX "%s", name);
  if (sv != NULL) {
    add_label("{service", sv->label, out);
    if (in != NULL) {
      add_label(",instance", in->label, out);
    }
    buf_add_u8(out, '}');
  }
  buf_addf(out, " %s\n", buf_str(value));
  buf_clear(value);
}

static void add_instances(const struct view *v, size_t family, struct buf *value, struct buf *out)
{
  add_head(of_instances[family].name, of_instances[family].help, out);
  for (size_t i = 0; i < v->snapshot->n_services; i++) {
    const struct snapshot_service *sv = &v->snapshot->services[i];

    for (size_t k = 0; k < sv->n_instances; k++) {
      of_instances[family].add(&sv->instances[k], value);
      add_line(of_instances[family].name, sv, &sv->instances[k], value, out);
    }
  }
}

static void add_services(const struct view *v, size_t family, struct buf *value, struct buf *out)
{
  add_head(of_services[family].name, of_services[family].help, out);
  for (size_t i = 0; i < v->snapshot->n_services; i++) {
    of_services[family].add(&v->snapshot->services[i], value);
    add_line(of_services[family].name, &v->snapshot->services[i], NULL, value, out);
  }
}

void metrics_build(const struct view *v, struct buf *out)
{
  CLEANUP(buf_deinit) struct buf value = {0};

  add_head("info", "The version of the publisher.", out);
  buf_add_str(out, PREFIX "info");
  add_label("{version", v->version, out);
  buf_add_str(out, "} 1\n");
  for (size_t i = 0; i < sizeof wholes / sizeof wholes[0]; i++) {
    add_head(wholes[i].name, wholes[i].help, out);
    wholes[i].add(v, &value);
    add_line(wholes[i].name, NULL, NULL, &value, out);
  }
  for (size_t i = 0; i < sizeof of_services / sizeof of_services[0]; i++) {
    add_services(v, i, &value, out);
  }
  for (size_t i = 0; i < sizeof of_instances / sizeof of_instances[0]; i++) {
    add_instances(v, i, &value, out);
  }
}

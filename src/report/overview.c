#include "report/overview.h"

#include "base/cursor.h"
#include "report/record.h"
#include "report/table.h"
#include "report/warnings.h"

static void add_heading(const struct view *v, struct buf *out)
{
  const struct snapshot_outside *o = &v->snapshot->outside;
  char now[WALL_TEXT_SIZE];

  wall_format(v->now.wall, now);
  buf_addf(out, "onionbalance %s at %s UTC, ", v->version, now);
  if (o->has_network) {
    char valid_after[WALL_TEXT_SIZE];

    wall_format(o->valid_after, valid_after);
    buf_addf(out, "tor %s with %zu relays of %s, ", o->tor_is_up ? "up" : "down", o->n_relays,
             valid_after);
  } else {
    buf_addf(out, "tor %s without a consensus, ", o->tor_is_up ? "up" : "down");
  }
  buf_addf(out, "signer %s\n", o->signer_is_up ? "up" : "down");
}

static void add_warnings(const struct view *v, struct buf *out)
{
  CLEANUP(buf_deinit) struct buf lines = {0};
  struct cursor c;

  warnings_build(v, &lines);
  c = cursor_from(buf_slice(&lines));
  while (cursor_left(&c) > 0) {
    struct slice line = cursor_line(&c);

    form_add(&v->form, FORM_BAD, slice_str("WARNING "), out);
    form_text(line, out);
    buf_add_u8(out, '\n');
  }
}

/* "16/16 uploads confirmed; last 12 min ago (timer), next in 34 min". */
static void add_uploads(const struct view *v, const struct snapshot_service *sv, struct buf *out)
{
  const struct snapshot_descriptor *last = view_last(sv);
  size_t confirmed = view_confirmed(sv), all = view_uploads(sv);
  CLEANUP(buf_deinit) struct buf counts = {0};

  buf_addf(&counts, "%zu/%zu", confirmed, all);
  form_add(&v->form, all > 0 && confirmed == all ? FORM_GOOD : FORM_WARN, buf_slice(&counts), out);
  buf_add_str(out, " uploads confirmed; ");
  if (last == NULL) {
    buf_add_str(out, "nothing was uploaded yet\n");
    return;
  }
  buf_add_str(out, "last ");
  view_ago(v, last->attempted, out);
  buf_addf(out, " (%s), next ", publication_reason_text(last->reason));
  view_in(v, view_next(sv), out);
  buf_add_u8(out, '\n');
}

/* "keys from bundles until 2026-12-24 00:00:00 UTC". */
static void add_stock(const struct snapshot_service *sv, struct buf *out)
{
  char until[WALL_TEXT_SIZE];

  if (sv->has_stock) {
    wall_format(sv->stock_until, until);
    buf_addf(out, "  keys from bundles until %s UTC\n", until);
  }
}

static void add_instances(const struct view *v, const struct snapshot_service *sv, struct buf *out)
{
  CLEANUP(table_deinit) struct table t;

  record_table(&t);
  for (size_t i = 0; i < sv->n_instances; i++) {
    record_row(v, sv, &sv->instances[i], &t);
  }
  table_build(&t, &v->form, 2, out);
}

static void add_service_text(const struct view *v, const struct snapshot_service *sv,
                             struct buf *out)
{
  form_add(&v->form, FORM_STRONG, slice_str(sv->label), out);
  buf_add_str(out, "  ");
  view_address(v, &sv->address, out);
  buf_add_str(out, "\n  ");
  add_uploads(v, sv, out);
  add_stock(sv, out);
  add_instances(v, sv, out);
}

static void add_warning_list(const struct view *v, struct json *j)
{
  CLEANUP(buf_deinit) struct buf lines = {0};
  struct cursor c;

  warnings_build(v, &lines);
  json_list(j, "warnings");
  c = cursor_from(buf_slice(&lines));
  while (cursor_left(&c) > 0) {
    json_text(j, NULL, cursor_line(&c));
  }
  json_list_end(j);
}

static void build_json(const struct view *v, struct buf *out)
{
  struct json j = {.out = out};

  json_object(&j, NULL);
  json_string(&j, "version", v->version);
  json_time(&j, "time", v->now.wall);
  record_outside(v, "tor", &j);
  json_bool(&j, "signerIsUp", v->snapshot->outside.signer_is_up);
  add_warning_list(v, &j);
  json_list(&j, "services");
  for (size_t i = 0; i < v->snapshot->n_services; i++) {
    record_service(v, &v->snapshot->services[i], &j);
  }
  json_list_end(&j);
  json_object_end(&j);
  buf_add_u8(out, '\n');
}

void overview_build(const struct view *v, struct buf *out)
{
  if (v->form.is_json) {
    build_json(v, out);
    return;
  }
  add_heading(v, out);
  add_warnings(v, out);
  for (size_t i = 0; i < v->snapshot->n_services; i++) {
    buf_add_u8(out, '\n');
    add_service_text(v, &v->snapshot->services[i], out);
  }
}

void overview_service(const struct view *v, size_t service, struct buf *out)
{
  const struct snapshot_service *sv = &v->snapshot->services[service];

  if (v->form.is_json) {
    struct json j = {.out = out};

    record_service(v, sv, &j);
    buf_add_u8(out, '\n');
  } else {
    add_service_text(v, sv, out);
  }
}

#include "report/change.h"

#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void change_base_deinit(struct change_base *b)
{
  for (size_t i = 0; i < b->n_services; i++) {
    free(b->services[i].instances);
  }
  free(b->services);
  *b = (struct change_base){0};
}

static struct change_descriptor take_descriptor(const struct snapshot_descriptor *d)
{
  return (struct change_descriptor){
      .period_number = d->period_number,
      .is_attempted = d->is_attempted,
      .attempted = d->attempted,
      .is_all = d->n_hsdirs > 0 && d->n_confirmed == d->n_hsdirs,
  };
}

static void take_service(struct change_service *out, const struct snapshot_service *sv)
{
  out->address = sv->address;
  out->n_instances = sv->n_instances;
  out->instances = mem_array(sv->n_instances, sizeof *out->instances);
  for (size_t i = 0; i < 2; i++) {
    out->descriptors[i] = take_descriptor(&sv->descriptors[i]);
  }
  for (size_t i = 0; i < sv->n_instances; i++) {
    const struct snapshot_instance *in = &sv->instances[i];

    out->instances[i] = (struct change_instance){in->address, view_state(in), view_why(in)};
  }
}

void change_base_take(struct change_base *b, const struct snapshot *s)
{
  change_base_deinit(b);
  b->outside = s->outside;
  b->n_services = s->n_services;
  b->services = mem_array(s->n_services, sizeof *b->services);
  for (size_t i = 0; i < s->n_services; i++) {
    take_service(&b->services[i], &s->services[i]);
  }
}

/* One event. */
struct event_line {
  const char *kind;
  const char *service;  /* NULL: none */
  const char *instance; /* the same */
  const char *from;     /* the same */
  const char *to;
  struct slice why; /* empty: none */
};

static void line_json(struct wall now, const struct event_line *e, struct buf *out)
{
  struct json j = {.out = out};

  json_object(&j, NULL);
  json_time(&j, "time", now);
  json_string(&j, "event", e->kind);
  if (e->service != NULL) {
    json_string(&j, "service", e->service);
  }
  if (e->instance != NULL) {
    json_string(&j, "instance", e->instance);
  }
  if (e->from != NULL) {
    json_string(&j, "from", e->from);
  }
  json_string(&j, "to", e->to);
  if (e->why.n > 0) {
    json_text(&j, "why", e->why);
  }
  json_object_end(&j);
  buf_add_u8(out, '\n');
}

static void add_name(const char *before, const char *name, struct buf *out)
{
  if (name != NULL) {
    buf_add_str(out, before);
    form_text(slice_str(name), out);
  }
}

static void add_line(const struct form *f, struct wall now, const struct event_line *e,
                     struct buf *out)
{
  char time[WALL_TEXT_SIZE];

  if (f->is_json) {
    line_json(now, e, out);
    return;
  }
  wall_format(now, time);
  buf_addf(out, "%s %s", time, e->kind);
  add_name(" ", e->service, out);
  add_name(e->service == NULL ? " " : "/", e->instance, out);
  add_name(": ", e->from, out);
  add_name(e->from == NULL ? ": " : " -> ", e->to, out);
  if (e->why.n > 0) {
    buf_add_str(out, " (");
    form_text(e->why, out);
    buf_add_str(out, ")");
  }
  buf_add_u8(out, '\n');
}

static void add_flag(const struct view *v, const char *kind, bool was, bool is, struct buf *out)
{
  struct event_line e = {.kind = kind, .from = was ? "up" : "down", .to = is ? "up" : "down"};

  if (was != is) {
    add_line(&v->form, v->now.wall, &e, out);
  }
}

static void outside_changes(const struct view *v, const struct snapshot_outside *was,
                            struct buf *out)
{
  const struct snapshot_outside *is = &v->snapshot->outside;
  char valid_after[WALL_TEXT_SIZE];
  struct event_line e = {.kind = "consensus", .to = valid_after};

  add_flag(v, "tor", was->tor_is_up, is->tor_is_up, out);
  add_flag(v, "signer", was->signer_is_up, is->signer_is_up, out);
  if (is->has_network && was->valid_after.s != is->valid_after.s) {
    wall_format(is->valid_after, valid_after);
    add_line(&v->form, v->now.wall, &e, out);
  }
}

static void instance_change(const struct view *v, const struct snapshot_service *sv,
                            const struct change_instance *was, const struct snapshot_instance *is,
                            struct buf *out)
{
  const char *why = view_why(is);
  struct event_line e = {.kind = "instance",
                         .service = sv->label,
                         .instance = is->label,
                         .from = was->state,
                         .to = view_state(is),
                         .why = slice_str(why)};

  if (strcmp(was->state, e.to) != 0 || strcmp(was->why, why) != 0) {
    add_line(&v->form, v->now.wall, &e, out);
  }
}

/* A publication begins, and is confirmed by all. */
static void descriptor_changes(const struct view *v, const struct snapshot_service *sv,
                               const struct change_descriptor *was,
                               const struct snapshot_descriptor *is, struct buf *out)
{
  struct change_descriptor now = take_descriptor(is);
  bool is_same = was->period_number == now.period_number;
  CLEANUP(buf_deinit) struct buf to = {0};
  struct event_line e = {.kind = "upload", .service = sv->label};

  if (now.is_attempted && !(is_same && was->is_attempted && was->attempted.s == now.attempted.s)) {
    buf_addf(&to, "began for time period %" PRIu64, now.period_number);
    e.to = buf_str(&to);
    e.why = slice_str(publication_reason_text(is->reason));
    add_line(&v->form, v->now.wall, &e, out);
  }
  if (now.is_all && !(is_same && was->is_all && was->attempted.s == now.attempted.s)) {
    buf_clear(&to);
    buf_addf(&to, "time period %" PRIu64 " confirmed by all %zu HSDirs", now.period_number,
             is->n_hsdirs);
    e.to = buf_str(&to);
    e.why = slice_str("");
    add_line(&v->form, v->now.wall, &e, out);
  }
}

static bool is_same_service(const struct change_service *a, const struct snapshot_service *b)
{
  if (!address_equal(&a->address, &b->address) || a->n_instances != b->n_instances) {
    return false;
  }
  for (size_t i = 0; i < a->n_instances; i++) {
    if (!address_equal(&a->instances[i].address, &b->instances[i].address)) {
      return false;
    }
  }
  return true;
}

static void service_changes(const struct view *v, const struct change_service *was,
                            const struct snapshot_service *is, struct buf *out)
{
  for (size_t i = 0; i < is->n_instances; i++) {
    instance_change(v, is, &was->instances[i], &is->instances[i], out);
  }
  for (size_t i = 0; i < 2; i++) {
    /* What was second becomes first when the period changes. */
    bool moved = was->descriptors[1].period_number == is->descriptors[i].period_number;

    descriptor_changes(v, is, &was->descriptors[moved ? 1 : i], &is->descriptors[i], out);
  }
}

void change_build(const struct view *v, const struct change_base *before, struct buf *out)
{
  const struct snapshot *s = v->snapshot;
  bool is_same = before->n_services == s->n_services;

  outside_changes(v, &before->outside, out);
  for (size_t i = 0; is_same && i < s->n_services; i++) {
    is_same = is_same_service(&before->services[i], &s->services[i]);
  }
  if (!is_same) {
    struct event_line e = {.kind = "configuration", .to = "changed"};

    add_line(&v->form, v->now.wall, &e, out);
    return;
  }
  for (size_t i = 0; i < s->n_services; i++) {
    service_changes(v, &before->services[i], &s->services[i], out);
  }
}

void change_log(const struct form *f, struct wall now, enum log_level level, struct slice text,
                struct buf *out)
{
  struct event_line e = {.kind = "log", .to = log_level_name(level), .why = text};

  add_line(f, now, &e, out);
}

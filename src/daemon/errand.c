#include "daemon/errand.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/mem.h"
#include "conf/dropin.h"
#include "conf/nearest.h"
#include "report/explain.h"
#include "report/listing.h"
#include "report/metrics.h"
#include "report/overview.h"

#include <stdlib.h>
#include <string.h>

/* The longest wait with a bound: a week. */
#define WAIT_MAX 604800

/* The n-th argument, or NULL. */
static const char *argument(const struct errand *e, size_t n)
{
  return e->n_used + n < e->query->n ? e->query->words[e->n_used + n] : NULL;
}

/* Appends: no WHAT "TEXT"; did you mean "NAME"? */
static void add_unknown(const char *what, const char *text, const char *const *names, size_t n,
                        struct buf *out)
{
  size_t nearest = nearest_find(slice_str(text), names, n);

  buf_addf(out, "there is no %s ", what);
  messages_quote(slice_str(text), out);
  if (nearest < n) {
    buf_add_str(out, ": did you mean ");
    messages_quote(slice_str(names[nearest]), out);
    buf_add_str(out, "?");
  }
  buf_add_u8(out, '\n');
}

static void add_several(const char *what, const char *text, struct buf *out)
{
  messages_quote(slice_str(text), out);
  buf_addf(out, " fits more than one %s: give more of its name or address%s\n", what,
           strcmp(what, "instance") == 0 ? ", or SERVICE/INSTANCE" : "");
}

static enum answer_kind complain_service(const struct errand *e, const char *text,
                                         enum whom_outcome outcome, struct buf *out)
{
  const struct snapshot *s = e->view.snapshot;
  CLEANUP(mem_free_at) const char **names = mem_array(s->n_services, sizeof *names);

  for (size_t i = 0; i < s->n_services; i++) {
    names[i] = s->services[i].label;
  }
  if (outcome == WHOM_SEVERAL) {
    add_several("service", text, out);
  } else {
    add_unknown("service", text, names, s->n_services, out);
  }
  return ANSWER_REFUSED;
}

static enum answer_kind complain_instance(const struct errand *e, const char *text,
                                          enum whom_outcome outcome, struct buf *out)
{
  const struct snapshot *s = e->view.snapshot;
  CLEANUP(mem_free_at) const char **names = NULL;
  bool has_services = strcmp(e->query->words[0], "explain") == 0;
  size_t n = 0, cap = 0;

  for (size_t i = 0; i < s->n_services; i++) {
    if (has_services) {
      names = mem_grow(names, n, &cap, sizeof *names);
      names[n++] = s->services[i].label;
    }
    for (size_t k = 0; k < s->services[i].n_instances; k++) {
      names = mem_grow(names, n, &cap, sizeof *names);
      names[n++] = s->services[i].instances[k].label;
    }
  }
  if (outcome == WHOM_SEVERAL) {
    add_several("instance", text, out);
  } else {
    add_unknown(has_services ? "service or instance" : "instance", text, names, n, out);
  }
  return ANSWER_REFUSED;
}

/* The service that the n-th argument means; LISTING_ALL if it is not there. */
static enum answer_kind find_service(const struct errand *e, size_t n, size_t *service_out,
                                     struct buf *out)
{
  const char *text = argument(e, n);
  enum whom_outcome outcome;

  *service_out = LISTING_ALL;
  if (text == NULL) {
    return ANSWER_DONE;
  }
  outcome = whom_service(&e->view, slice_str(text), service_out);
  return outcome == WHOM_FOUND ? ANSWER_DONE : complain_service(e, text, outcome, out);
}

static enum answer_kind find_instance(const struct errand *e, size_t n, struct whom_instance *at,
                                      struct buf *out)
{
  const char *text = argument(e, n);
  enum whom_outcome outcome = whom_instance(&e->view, slice_str(text), at);

  return outcome == WHOM_FOUND ? ANSWER_DONE : complain_instance(e, text, outcome, out);
}

static enum answer_kind run_status(const struct errand *e, struct buf *out)
{
  overview_build(&e->view, out);
  return ANSWER_DONE;
}

static enum answer_kind run_show_service(const struct errand *e, struct buf *out)
{
  size_t service;
  enum answer_kind kind = find_service(e, 0, &service, out);

  if (kind == ANSWER_DONE) {
    listing_services(&e->view, service, out);
  }
  return kind;
}

static enum answer_kind run_show_instance(const struct errand *e, struct buf *out)
{
  struct whom_instance at;
  enum answer_kind kind;

  if (argument(e, 0) == NULL) {
    listing_instances(&e->view, out);
    return ANSWER_DONE;
  }
  kind = find_instance(e, 0, &at, out);
  if (kind == ANSWER_DONE) {
    listing_instance(&e->view, at, out);
  }
  return kind;
}

static enum answer_kind run_show_upload(const struct errand *e, struct buf *out)
{
  size_t service;
  enum answer_kind kind = find_service(e, 0, &service, out);

  if (kind == ANSWER_DONE) {
    listing_uploads(&e->view, service, out);
  }
  return kind;
}

static enum answer_kind run_show_hsdir(const struct errand *e, struct buf *out)
{
  size_t service;
  enum answer_kind kind = find_service(e, 0, &service, out);

  if (kind == ANSWER_DONE) {
    listing_hsdirs(&e->view, service, out);
  }
  return kind;
}

static enum answer_kind run_show_tor(const struct errand *e, struct buf *out)
{
  listing_tor(&e->view, out);
  return ANSWER_DONE;
}

static enum answer_kind run_metrics(const struct errand *e, struct buf *out)
{
  metrics_build(&e->view, out);
  return ANSWER_DONE;
}

static enum answer_kind run_version(const struct errand *e, struct buf *out)
{
  struct json j = {.out = out};

  if (e->view.form.is_json) {
    json_object(&j, NULL);
    json_string(&j, "version", e->view.version);
    json_object_end(&j);
    buf_add_u8(out, '\n');
  } else {
    buf_addf(out, "onionbalance %s\n", e->view.version);
  }
  return ANSWER_DONE;
}

static void explain_all(const struct errand *e, struct buf *out)
{
  for (size_t i = 0; i < e->view.snapshot->n_services; i++) {
    explain_service(&e->view, i, out);
  }
}

/* A service or an instance: whichever the name fits; a service first. */
static enum answer_kind run_explain(const struct errand *e, struct buf *out)
{
  const char *text = argument(e, 0);
  struct whom_instance at;
  size_t service;

  if (text == NULL) {
    explain_all(e, out);
  } else if (whom_service(&e->view, slice_str(text), &service) == WHOM_FOUND) {
    explain_service(&e->view, service, out);
  } else if (find_instance(e, 0, &at, out) == ANSWER_DONE) {
    explain_instance(&e->view, at, out);
  } else {
    return ANSWER_REFUSED;
  }
  return ANSWER_DONE;
}

/* Where an instance of the configuration stands: in it, or in a drop-in with
 * so many others. */
static void add_place(const struct errand *e, struct whom_instance at, struct buf *out)
{
  const struct config_service *sv = &e->config->services[at.service];
  const char *dropin = sv->instances[at.instance].dropin;
  size_t n = 0;

  if (dropin == NULL) {
    buf_addf(out, "config %s:%u\n", e->config_path, sv->instances[at.instance].place.line);
    return;
  }
  for (size_t i = 0; i < sv->n_instances; i++) {
    n += sv->instances[i].dropin != NULL && strcmp(sv->instances[i].dropin, dropin) == 0;
  }
  buf_addf(out, "dropin %zu %s\n", n, dropin);
}

/* The end of each place: whether the publisher reads the files themselves. */
static void add_origin(const struct errand *e, struct buf *out)
{
  buf_add_str(out, e->config->is_copy ? "copy\n" : "file\n");
}

/* The files of instances.d for changes of it: its state, and its weight in the
 * service that was chosen or in all; what they need. */
static void add_change_files(const struct errand *e, struct whom_instance at, struct buf *out)
{
  char frontend[ADDRESS_TEXT_SIZE], instance[ADDRESS_TEXT_SIZE];

  address_format(e->view.suite, &e->view.snapshot->services[at.service].address, frontend);
  address_format(e->view.suite, &whom_get(&e->view, at)->address, instance);
  dropin_folder(e->config_path, out);
  buf_addf(out, "/state-%.16s.yaml\n", instance);
  dropin_folder(e->config_path, out);
  if (at.is_chosen) {
    buf_addf(out, "/weight-%.16s-%.16s.yaml\n", frontend, instance);
    dropin_reference(e->view.suite, e->config, at.service, out);
  } else {
    buf_addf(out, "/weight-%.16s.yaml\n", instance);
  }
  buf_addf(out, "\n%s.onion\n", instance);
}

/* "where INSTANCE": where it stands, or "absent" for an address that is no
 * instance. */
static enum answer_kind where_instance(const struct errand *e, struct buf *out)
{
  const char *text = argument(e, 0);
  struct whom_instance at;
  struct address a;

  if (address_parse(e->view.suite, slice_str(text), &a) == 0 && !whom_find(&e->view, &a, 0, &at)) {
    buf_add_str(out, "absent\n");
    return ANSWER_DONE;
  }
  if (find_instance(e, 0, &at, out) != ANSWER_DONE) {
    return ANSWER_REFUSED;
  }
  add_place(e, at, out);
  add_change_files(e, at, out);
  add_origin(e, out);
  return ANSWER_DONE;
}

/* The instance with that address in the service, or false. */
static bool find_member(const struct errand *e, size_t service, const struct address *a,
                        struct whom_instance *out)
{
  const struct snapshot_service *sv = &e->view.snapshot->services[service];

  for (size_t i = 0; i < sv->n_instances; i++) {
    if (address_equal(&sv->instances[i].address, a)) {
      *out = (struct whom_instance){.service = service, .instance = i};
      return true;
    }
  }
  return false;
}

/* "where SERVICE ADDRESS": where it stands in that service, or "absent" and
 * what a drop-in for it needs: its file, the service's reference, the address. */
static enum answer_kind where_new(const struct errand *e, struct buf *out)
{
  char frontend[ADDRESS_TEXT_SIZE], instance[ADDRESS_TEXT_SIZE];
  struct whom_instance at;
  struct address a;
  size_t service;

  if (find_service(e, 0, &service, out) != ANSWER_DONE) {
    return ANSWER_REFUSED;
  }
  if (address_parse(e->view.suite, slice_str(argument(e, 1)), &a) < 0) {
    messages_quote(slice_str(argument(e, 1)), out);
    buf_add_str(out, " is not an onion address: look for a typing error\n");
    return ANSWER_REFUSED;
  }
  if (find_member(e, service, &a, &at)) {
    add_place(e, at, out);
    add_change_files(e, at, out);
    add_origin(e, out);
    return ANSWER_DONE;
  }
  address_format(e->view.suite, &e->view.snapshot->services[service].address, frontend);
  address_format(e->view.suite, &a, instance);
  buf_add_str(out, "absent\n");
  dropin_folder(e->config_path, out);
  buf_addf(out, "/%.16s-%.16s.yaml\n", frontend, instance);
  dropin_reference(e->view.suite, e->config, service, out);
  buf_addf(out, "\n%s.onion\n", instance);
  add_origin(e, out);
  return ANSWER_DONE;
}

/* For onionbalancectl, which writes and removes drop-ins by itself: the
 * publisher may not. */
static enum answer_kind run_where(const struct errand *e, struct buf *out)
{
  return argument(e, 1) == NULL ? where_instance(e, out) : where_new(e, out);
}

static enum answer_kind run_edit(const struct errand *e, struct buf *out)
{
  (void)e;
  buf_add_str(out, "onionbalancectl does that: it writes a file of instances.d, then asks for a "
                   "reload\n");
  return ANSWER_USAGE;
}

/* What the core says to a command, for people and for programs. */
static enum answer_kind report_result(const struct errand *e, const char *subject,
                                      const struct admin_result *r, struct buf *out)
{
  bool is_good = r->outcome == ADMIN_DONE || r->outcome == ADMIN_NO_CHANGE;
  struct json j = {.out = out};

  if (e->view.form.is_json) {
    json_object(&j, NULL);
    json_string(&j, "subject", subject);
    json_string(&j, "outcome", admin_outcome_text(r->outcome));
    json_bool(&j, "leavesNone", r->leaves_none);
    json_object_end(&j);
    buf_add_u8(out, '\n');
    return is_good ? ANSWER_DONE : ANSWER_REFUSED;
  }
  form_text(slice_str(subject), out);
  buf_addf(out, ": %s\n", admin_outcome_text(r->outcome));
  if (r->leaves_none) {
    buf_add_str(out, "note: a service has no instance left that it may publish; what is published "
                     "now runs out\n");
  }
  return is_good ? ANSWER_DONE : ANSWER_REFUSED;
}

/* Gives the core a command about the instance that the first argument
 * means. */
static enum answer_kind command_instance(const struct errand *e, struct admin_command *command,
                                         struct buf *out)
{
  struct admin_result result = {.outcome = ADMIN_DONE};
  struct event event = {.kind = EVENT_ADMIN, .admin = command, .admin_result = &result};
  CLEANUP(mem_free_at) char *label = NULL;
  struct whom_instance at;

  if (find_instance(e, 0, &at, out) != ANSWER_DONE) {
    return ANSWER_REFUSED;
  }
  label = mem_string(whom_get(&e->view, at)->label, strlen(whom_get(&e->view, at)->label));
  command->instance = whom_get(&e->view, at)->address;
  command->has_service = at.is_chosen && command->op != ADMIN_STATE;
  command->service = e->view.snapshot->services[at.service].address;
  e->step(e->ctx, &event);
  return report_result(e, label, &result, out);
}

/* The word behind n arguments: whether the change is to be kept. */
static enum answer_kind read_passing(const struct errand *e, size_t n, bool *passing_out,
                                     struct buf *out)
{
  const char *word = argument(e, n);

  *passing_out = word != NULL && strcmp(word, "unkept") == 0;
  if (word == NULL || *passing_out) {
    return ANSWER_DONE;
  }
  messages_quote(slice_str(word), out);
  buf_add_str(out, " is one word too many: one instance at a time\n");
  return ANSWER_USAGE;
}

static enum answer_kind set_state(const struct errand *e, enum admin_state state, struct buf *out)
{
  struct admin_command command = {.op = ADMIN_STATE, .value = state};
  enum answer_kind kind = read_passing(e, 1, &command.is_passing, out);

  return kind == ANSWER_DONE ? command_instance(e, &command, out) : kind;
}

static enum answer_kind run_enable(const struct errand *e, struct buf *out)
{
  return set_state(e, ADMIN_ENABLED, out);
}

static enum answer_kind run_drain(const struct errand *e, struct buf *out)
{
  return set_state(e, ADMIN_DRAIN, out);
}

static enum answer_kind run_maintenance(const struct errand *e, struct buf *out)
{
  return set_state(e, ADMIN_MAINTENANCE, out);
}

static enum answer_kind run_disable(const struct errand *e, struct buf *out)
{
  return set_state(e, ADMIN_DISABLED, out);
}

static enum answer_kind run_weight(const struct errand *e, struct buf *out)
{
  struct admin_command command = {.op = ADMIN_WEIGHT};
  const char *text = argument(e, 1);
  enum answer_kind kind = read_passing(e, 2, &command.is_passing, out);
  uint64_t weight = 0;

  if (kind != ANSWER_DONE) {
    return kind;
  }
  if (strcmp(text, "default") == 0) {
    command.op = ADMIN_WEIGHT_RESET;
  } else if (cursor_parse_decimal(slice_str(text), LIMIT_WEIGHT, &weight) < 0) {
    messages_quote(slice_str(text), out);
    buf_addf(out, " is no weight: a number from 0 to %u, or \"default\"\n", LIMIT_WEIGHT);
    return ANSWER_USAGE;
  }
  command.value = (unsigned)weight;
  return command_instance(e, &command, out);
}

static enum answer_kind run_check(const struct errand *e, struct buf *out)
{
  return command_instance(e, &(struct admin_command){.op = ADMIN_CHECK}, out);
}

static enum answer_kind run_publish(const struct errand *e, struct buf *out)
{
  struct admin_command command = {.op = ADMIN_PUBLISH};
  struct admin_result result = {.outcome = ADMIN_DONE};
  struct event event = {.kind = EVENT_ADMIN, .admin = &command, .admin_result = &result};
  size_t service;

  if (find_service(e, 0, &service, out) != ANSWER_DONE) {
    return ANSWER_REFUSED;
  }
  command.has_service = service != LISTING_ALL;
  if (command.has_service) {
    command.service = e->view.snapshot->services[service].address;
  }
  e->step(e->ctx, &event);
  return report_result(e, "publish", &result, out);
}

bool errand_is_lasting(enum verb_id verb)
{
  return verb == VERB_WATCH || verb == VERB_WAIT || verb == VERB_RELOAD;
}

/* "instance NAME STATE". */
static enum answer_kind read_state(const struct errand *e, struct condition *out, struct buf *why)
{
  const char *word = argument(e, 3);
  struct whom_instance at;
  size_t i = 0;

  if (word == NULL) {
    buf_add_str(why, "the condition is: instance NAME STATE\n");
    return ANSWER_USAGE;
  }
  while (i < condition_n_states && strcmp(word, condition_states[i]) != 0) {
    i++;
  }
  if (i == condition_n_states) {
    add_unknown("state", word, condition_states, condition_n_states, why);
    return ANSWER_USAGE;
  }
  if (find_instance(e, 2, &at, why) != ANSWER_DONE) {
    return ANSWER_REFUSED;
  }
  out->kind = strcmp(word, "safe-to-stop") == 0 ? CONDITION_SAFE : CONDITION_STATE;
  out->state = condition_states[i];
  out->address = whom_get(&e->view, at)->address;
  return ANSWER_DONE;
}

/* "confirmed [SERVICE]". */
static enum answer_kind read_confirmed(const struct errand *e, struct condition *out,
                                       struct buf *why)
{
  size_t service;
  enum answer_kind kind = find_service(e, 2, &service, why);

  out->kind = CONDITION_CONFIRMED;
  if (kind == ANSWER_DONE && service != LISTING_ALL) {
    out->has_service = true;
    out->address = e->view.snapshot->services[service].address;
  }
  return kind;
}

enum answer_kind errand_condition(const struct errand *e, struct condition *out,
                                  uint64_t *seconds_out, struct buf *why)
{
  const char *word = argument(e, 1);

  *out = (struct condition){0};
  if (cursor_parse_decimal(slice_str(argument(e, 0)), WAIT_MAX, seconds_out) < 0) {
    buf_addf(why, "the seconds to wait are a number up to %d\n", WAIT_MAX);
    return ANSWER_USAGE;
  }
  if (word == NULL) {
    buf_add_str(why, "which condition?\n");
    return ANSWER_USAGE;
  }
  if (strcmp(word, "ready") == 0 && argument(e, 2) == NULL) {
    out->kind = CONDITION_READY;
    return ANSWER_DONE;
  }
  if (strcmp(word, "confirmed") == 0 && argument(e, 3) == NULL) {
    return read_confirmed(e, out, why);
  }
  if (strcmp(word, "instance") == 0) {
    return read_state(e, out, why);
  }
  add_unknown("condition", word, condition_words, condition_n_words, why);
  return ANSWER_USAGE;
}

static enum answer_kind (*const runners[VERBS])(const struct errand *, struct buf *) = {
    [VERB_STATUS] = run_status,
    [VERB_SHOW_SERVICE] = run_show_service,
    [VERB_SHOW_INSTANCE] = run_show_instance,
    [VERB_SHOW_UPLOAD] = run_show_upload,
    [VERB_SHOW_HSDIR] = run_show_hsdir,
    [VERB_SHOW_TOR] = run_show_tor,
    [VERB_METRICS] = run_metrics,
    [VERB_EXPLAIN] = run_explain,
    [VERB_VERSION] = run_version,
    [VERB_WHERE] = run_where,
    [VERB_PUBLISH_NOW] = run_publish,
    [VERB_INSTANCE_ADD] = run_edit,
    [VERB_INSTANCE_REMOVE] = run_edit,
    [VERB_INSTANCE_ENABLE] = run_enable,
    [VERB_INSTANCE_DRAIN] = run_drain,
    [VERB_INSTANCE_MAINTENANCE] = run_maintenance,
    [VERB_INSTANCE_DISABLE] = run_disable,
    [VERB_INSTANCE_WEIGHT] = run_weight,
    [VERB_INSTANCE_CHECK] = run_check,
};

enum answer_kind errand_run(const struct errand *e, enum verb_id verb, struct buf *out)
{
  return runners[verb](e, out);
}

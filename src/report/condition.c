#include "report/condition.h"

#include <string.h>

const char *const condition_words[] = {"ready", "confirmed", "instance"};
const size_t condition_n_words = sizeof condition_words / sizeof condition_words[0];

const char *const condition_states[] = {"up",    "down",        "held",     "starting",
                                        "drain", "maintenance", "disabled", "safe-to-stop"};
const size_t condition_n_states = sizeof condition_states / sizeof condition_states[0];

static enum condition_outcome check_ready(const struct view *v, struct buf *why)
{
  const struct snapshot_outside *o = &v->snapshot->outside;

  if (!o->tor_is_up) {
    buf_add_str(why, "tor's control port is not connected");
  } else if (!o->has_network || !o->is_usable || !o->tor_is_ready) {
    buf_add_str(why, "tor has no consensus to work with yet");
  } else if (!o->signer_is_up) {
    buf_add_str(why, "the signer is not there");
  } else {
    buf_add_str(why, "tor and the signer are ready");
    return CONDITION_HOLDS;
  }
  return CONDITION_NOT_YET;
}

/* A service is confirmed when both descriptors have been uploaded, nothing new
 * waits to be, and every HSDir has said yes. */
static bool is_confirmed(const struct snapshot_service *sv)
{
  for (size_t i = 0; i < 2; i++) {
    const struct snapshot_descriptor *d = &sv->descriptors[i];

    if (!d->is_attempted || d->is_changed || d->n_hsdirs == 0 || d->n_confirmed < d->n_hsdirs) {
      return false;
    }
  }
  return !sv->needs_plan;
}

static enum condition_outcome check_confirmed(const struct condition *c, const struct view *v,
                                              struct buf *why)
{
  bool found = !c->has_service;

  for (size_t i = 0; i < v->snapshot->n_services; i++) {
    const struct snapshot_service *sv = &v->snapshot->services[i];

    if (c->has_service && !address_equal(&sv->address, &c->address)) {
      continue;
    }
    found = true;
    if (!is_confirmed(sv)) {
      buf_addf(why, "%s: %zu of %zu uploads confirmed", sv->label, view_confirmed(sv),
               view_uploads(sv));
      return CONDITION_NOT_YET;
    }
  }
  buf_add_str(why, found ? "all uploads confirmed" : "this service is not configured any more");
  return found ? CONDITION_HOLDS : CONDITION_GONE;
}

/* An instance of several services is in a state when it is so in all. */
static enum condition_outcome check_instance(const struct condition *c, const struct view *v,
                                             struct buf *why)
{
  struct whom_instance at;
  size_t n = 0;

  for (; whom_find(v, &c->address, n, &at); n++) {
    const struct snapshot_instance *in = whom_get(v, at);
    bool holds =
        c->kind == CONDITION_SAFE ? view_is_safe(v, in) : strcmp(view_state(in), c->state) == 0;

    buf_clear(why);
    buf_addf(why, "%s is %s: ", in->label, view_state(in));
    if (c->kind == CONDITION_SAFE) {
      view_safety(v, in, why);
    } else {
      buf_add_str(why, view_why(in));
    }
    if (!holds) {
      return CONDITION_NOT_YET;
    }
  }
  if (n == 0) {
    buf_add_str(why, "this instance is not configured any more");
  }
  return n == 0 ? CONDITION_GONE : CONDITION_HOLDS;
}

enum condition_outcome condition_check(const struct condition *c, const struct view *v,
                                       struct buf *why)
{
  switch (c->kind) {
  case CONDITION_READY:
    return check_ready(v, why);
  case CONDITION_CONFIRMED:
    return check_confirmed(c, v, why);
  case CONDITION_STATE:
  case CONDITION_SAFE:
    break;
  }
  return check_instance(c, v, why);
}

#include "report/view.h"

const char *view_state(const struct snapshot_instance *in)
{
  if (in->admin != ADMIN_ENABLED) {
    return admin_state_text(in->admin);
  }
  if (!in->is_usable) {
    return in->is_known ? "down" : "starting";
  }
  return in->health.is_probed ? health_state_text(in->health.state) : "up";
}

/* The tone of an instance that no operator has touched. */
static enum form_tone health_tone(const struct snapshot_instance *in)
{
  if (!in->is_usable) {
    return in->is_known ? FORM_BAD : FORM_WARN;
  }
  if (!in->health.is_probed || in->health.state == HEALTH_UP) {
    return FORM_GOOD;
  }
  return in->health.state == HEALTH_DOWN ? FORM_BAD : FORM_WARN;
}

enum form_tone view_tone(const struct snapshot_instance *in)
{
  return in->admin != ADMIN_ENABLED ? FORM_WARN : health_tone(in);
}

const char *view_why(const struct snapshot_instance *in)
{
  if (in->admin != ADMIN_ENABLED) {
    return in->is_admin_configured ? "the configuration wants it so"
           : !in->is_admin_passing ? "an operator wants it so"
                                   : "an operator wants it so until the next start";
  }
  if (!in->is_known) {
    return "no HSDir has given a descriptor of it yet";
  }
  if (!in->is_usable) {
    return "its descriptor is gone from the HSDirs or too old";
  }
  return in->health.is_probed ? health_why_text(in->health.why) : "its descriptor is fresh";
}

bool view_is_in(const struct snapshot_instance *in)
{
  return in->n_points[0] + in->n_points[1] > 0;
}

bool view_is_safe(const struct view *v, const struct snapshot_instance *in)
{
  return in->admin != ADMIN_ENABLED && in->is_clear && !wall_is_before(v->now.wall, in->safe_at);
}

void view_safety(const struct view *v, const struct snapshot_instance *in, struct buf *out)
{
  if (in->admin == ADMIN_ENABLED) {
    buf_add_str(out, "nobody has taken it out: drain it first");
  } else if (!in->is_clear) {
    buf_add_str(out, "not every HSDir has confirmed a descriptor without it yet");
  } else if (!view_is_safe(v, in)) {
    buf_add_str(out, "it may be stopped in ");
    form_span((in->safe_at.s - v->now.wall.s) * 1000, out);
    buf_add_str(out, ", when no client can have a descriptor with it any more");
  } else {
    buf_add_str(out, "it may be stopped: no client is led to it any more");
  }
}

/* What its checks do next. */
static void add_next_probe(const struct view *v, const struct snapshot_instance *in,
                           struct buf *out)
{
  if (!in->health.is_probed) {
    buf_add_str(out, "It is not probed: a fresh descriptor is enough.\n");
  } else if (in->health.next.ms != MONO_NEVER.ms) {
    buf_add_str(out, "It is probed again ");
    view_in(v, in->health.next, out);
    buf_add_str(out, ".\n");
  }
}

void view_outlook(const struct view *v, const struct snapshot_instance *in, struct buf *out)
{
  if (in->admin != ADMIN_ENABLED) {
    buf_add_str(out, "It stays out of the descriptors until \"onionbalancectl instance "
                     "enable\"; ");
    view_safety(v, in, out);
    buf_add_str(out, ".\n");
    return;
  }
  if (!in->is_usable) {
    buf_add_str(out, "It takes part as soon as an HSDir has a newer descriptor of it; they are "
                     "asked again and again.\n");
    return;
  }
  add_next_probe(v, in, out);
  if (in->weight == 0) {
    buf_add_str(out, "Its weight is 0: it is in no descriptor.\n");
  } else if (!view_is_in(in) && in->is_serving && in->is_backup) {
    buf_add_str(out, "It is a backup: it serves when no other can.\n");
  } else if (!in->is_serving) {
    buf_add_str(out, "It comes back when its probes succeed.\n");
  } else if (!view_is_in(in)) {
    buf_add_str(out, "It is in no descriptor at this moment: it has just come, or others have "
                     "their turn.\n");
  }
}

size_t view_confirmed(const struct snapshot_service *sv)
{
  return sv->descriptors[0].n_confirmed + sv->descriptors[1].n_confirmed;
}

size_t view_uploads(const struct snapshot_service *sv)
{
  return sv->descriptors[0].n_hsdirs + sv->descriptors[1].n_hsdirs;
}

const struct snapshot_descriptor *view_last(const struct snapshot_service *sv)
{
  const struct snapshot_descriptor *found = NULL;

  for (size_t i = 0; i < 2; i++) {
    const struct snapshot_descriptor *d = &sv->descriptors[i];

    if (d->is_attempted && (found == NULL || wall_is_before(found->attempted, d->attempted))) {
      found = d;
    }
  }
  return found;
}

struct mono view_next(const struct snapshot_service *sv)
{
  struct mono t = MONO_NEVER;

  for (size_t i = 0; i < 2; i++) {
    const struct snapshot_descriptor *d = &sv->descriptors[i];

    if (d->is_used && d->has_keys && d->has_points) {
      t = mono_earlier(t, d->is_changed ? d->changed_due : d->next_publish);
    }
  }
  return t;
}

void view_ago(const struct view *v, struct wall t, struct buf *out)
{
  form_span((v->now.wall.s - t.s) * 1000, out);
  buf_add_str(out, " ago");
}

void view_in(const struct view *v, struct mono t, struct buf *out)
{
  if (t.ms == MONO_NEVER.ms) {
    buf_add_str(out, "never");
  } else if (mono_is_due(t, v->now.mono)) {
    buf_add_str(out, "now");
  } else {
    buf_add_str(out, "in ");
    form_span(t.ms - v->now.mono.ms, out);
  }
}

struct wall view_wall(const struct view *v, struct mono t)
{
  return wall_plus(v->now.wall, (t.ms - v->now.mono.ms) / 1000);
}

void view_address(const struct view *v, const struct address *a, struct buf *out)
{
  char text[ADDRESS_TEXT_SIZE];

  address_format(v->suite, a, text);
  buf_addf(out, "%s.onion", text);
}

bool view_is_off(const struct snapshot_instance *in)
{
  unsigned off = in->share > in->due ? in->share - in->due : in->due - in->share;

  return view_is_in(in) && in->share > 0 && in->due > 0 && off > in->due / 10;
}

void view_obstacle(const struct snapshot_service *sv, const struct snapshot_instance *in,
                   struct buf *out)
{
  bool is_distinct = sv->descriptors[0].is_distinct || sv->descriptors[1].is_distinct;

  switch (in->obstacle) {
  case SHARES_POINTS:
    buf_addf(out,
             "its %zu introduction points are too few, \"HiddenServiceNumIntroductionPoints %u\" "
             "in its torrc would meet it",
             in->n_intros, in->n_needed);
    return;
  case SHARES_CROWD:
    buf_addf(out, "among more than %d instances none can have more than %d %%", LIMIT_INTRO_POINTS,
             100 / LIMIT_INTRO_POINTS);
    return;
  case SHARES_FLOOR:
    buf_addf(out,
             "it has the one introduction point that everybody has, of %d in a descriptor at most; "
             "weights that are less far apart can be met",
             LIMIT_INTRO_POINTS);
    return;
  case SHARES_FREE:
    buf_addf(out,
             "whole numbers of introduction points do not give that now; instances with more of "
             "them (HiddenServiceNumIntroductionPoints in the torrc of each, up to %d) bring all "
             "shares nearer to the weights%s",
             LIMIT_INTRO_POINTS, is_distinct ? "" : ", and so does \"descriptors: distinct\"");
    return;
  }
}

#include "balance/chart.h"

#include "balance/checker.h"
#include "balance/memory.h"
#include "base/cursor.h"

/* Longer ago than what the panic rule takes for the same moment: milliseconds. */
#define LONG_AGO 600000

void chart_changed(struct step *s)
{
  s->core->has_new_chart = true;
}

/* "answered ADDRESS" or "down ADDRESS". */
static void add_line(struct step *s, const char *word, const struct instance *in, struct buf *out)
{
  char text[ADDRESS_TEXT_SIZE];

  address_format(s->core->suite, &in->address, text);
  buf_addf(out, "%s %s\n", word, text);
}

void chart_keep(struct step *s)
{
  CLEANUP(buf_deinit) struct buf body = {0};
  struct memo m = {.kind = MEMO_HEALTH};

  if (!s->core->has_new_chart) {
    return;
  }
  s->core->has_new_chart = false;
  for (size_t i = 0; i < s->core->n_instances; i++) {
    const struct instance *in = &s->core->instances[i];

    if (in->health.has_answered) {
      add_line(s, "answered", in, &body);
    }
    if (in->health.state == HEALTH_DOWN) {
      add_line(s, "down", in, &body);
    }
  }
  m.body = buf_slice(&body);
  memory_keep(s, &m);
}

/* Down until a probe says otherwise, which is tried at once. */
static void set_down(struct step *s, struct instance *in)
{
  struct moment before = {.wall = s->now.wall, .mono = mono_plus(s->now.mono, -LONG_AGO)};

  health_set(&in->health, HEALTH_DOWN, before);
  in->health.why = HEALTH_REMEMBERED;
  in->health.wants_fresh = true;
  in->health.next = s->now.mono;
  state_instance_changed(s, in);
  checker_look(s);
}

static int restore_line(struct step *s, struct cursor *line)
{
  struct slice word = cursor_word(line);
  struct instance *in;
  struct address a;

  if (!slice_is(word, "answered") && !slice_is(word, "down")) {
    return ERR_SYNTAX;
  }
  TRY(address_parse(s->core->suite, cursor_rest(line), &a));
  in = state_find_instance(s->core, &a);
  if (in == NULL || in->health.is_checked) {
    return 0; /* it is no more, or we know better */
  }
  if (slice_is(word, "answered")) {
    in->health.has_answered = true;
  } else {
    set_down(s, in);
  }
  return 0;
}

static bool is_lost(const struct core *c, const struct service *sv)
{
  for (size_t i = 0; i < sv->n_instances; i++) {
    if (c->instances[sv->instances[i]].health.state != HEALTH_DOWN) {
      return false;
    }
  }
  return true;
}

/* If all were down it was perhaps our own machine: they are found out about anew. */
static void doubt(struct step *s, const struct service *sv)
{
  for (size_t i = 0; i < sv->n_instances; i++) {
    struct instance *in = &s->core->instances[sv->instances[i]];

    if (in->health.why == HEALTH_REMEMBERED) {
      health_set(&in->health, HEALTH_STARTING, s->now);
      in->health.why = HEALTH_UNCHECKED;
    }
  }
}

static int restore_lines(struct step *s, const struct memo *m)
{
  struct cursor c = cursor_from(m->body);

  while (cursor_left(&c) > 0) {
    struct cursor line = cursor_from(cursor_line(&c));

    TRY(restore_line(s, &line));
  }
  return c.err;
}

int chart_restore(struct step *s, const struct memo *m)
{
  int err = restore_lines(s, m);

  for (size_t i = 0; i < s->core->n_services; i++) {
    if (is_lost(s->core, &s->core->services[i])) {
      doubt(s, &s->core->services[i]);
    }
  }
  return err;
}

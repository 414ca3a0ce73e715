#include "balance/runtime.h"

#include "balance/checker.h"
#include "balance/memory.h"
#include "base/cursor.h"
#include "base/limits.h"

static void add_address(struct step *s, const struct address *a, struct buf *out)
{
  char text[ADDRESS_TEXT_SIZE];

  address_format(s->core->suite, a, text);
  buf_addf(out, " %s", text);
}

/* One line for each instance in a state: "drain ADDRESS". */
static void add_states(struct step *s, struct buf *out)
{
  for (size_t i = 0; i < s->core->n_instances; i++) {
    const struct instance *in = &s->core->instances[i];

    if (in->kept.is_set) {
      buf_add_str(out, admin_state_text((enum admin_state)in->kept.value));
      add_address(s, &in->address, out);
      buf_add_u8(out, '\n');
    }
  }
}

/* One line for each weight: "weight 50 SERVICE INSTANCE". */
static void add_weights(struct step *s, const struct service *sv, struct buf *out)
{
  for (size_t i = 0; i < sv->n_instances; i++) {
    if (sv->members[i].kept.is_set) {
      buf_addf(out, "weight %u", sv->members[i].kept.value);
      add_address(s, &sv->address, out);
      add_address(s, &s->core->instances[sv->instances[i]].address, out);
      buf_add_u8(out, '\n');
    }
  }
}

void runtime_keep(struct step *s)
{
  CLEANUP(buf_deinit) struct buf body = {0};
  struct memo m = {.kind = MEMO_RUNTIME};

  add_states(s, &body);
  for (size_t i = 0; i < s->core->n_services; i++) {
    add_weights(s, &s->core->services[i], &body);
  }
  m.body = buf_slice(&body);
  memory_keep(s, &m);
}

static int read_state(struct slice word, enum admin_state *out)
{
  for (size_t i = ADMIN_ENABLED; i < ADMIN_STATES; i++) {
    if (slice_is(word, admin_state_text((enum admin_state)i))) {
      *out = (enum admin_state)i;
      return 0;
    }
  }
  return ERR_SYNTAX;
}

static int restore_state(struct step *s, struct slice word, struct cursor *line)
{
  enum admin_state state = ADMIN_ENABLED;
  struct instance *in;
  struct address a;

  TRY(read_state(word, &state));
  TRY(address_parse(s->core->suite, cursor_rest(line), &a));
  in = state_find_instance(s->core, &a);
  if (in != NULL) {
    admin_restore(in, state);
    s->core->drains = true;
    state_instance_changed(s, in);
    checker_look(s);
    action_log(s->out, LOG_LEVEL_INFO, "%s: %s, as before the start", in->label,
               admin_state_text(state));
  }
  return 0;
}

static void set_weight(struct step *s, struct service *sv, struct instance *in, unsigned weight)
{
  uint32_t place = (uint32_t)(in - s->core->instances);

  for (size_t i = 0; i < sv->n_instances; i++) {
    if (sv->instances[i] == place) {
      sv->members[i].weight = weight;
      sv->members[i].is_overridden = true;
      sv->members[i].kept = (struct admin_kept){.is_set = true, .value = weight};
      state_instance_changed(s, in);
    }
  }
}

static int restore_weight(struct step *s, struct cursor *line)
{
  struct address service, instance;
  struct service *sv;
  struct instance *in;
  uint64_t weight = 0;

  TRY(cursor_parse_decimal(cursor_word(line), LIMIT_WEIGHT, &weight));
  TRY(address_parse(s->core->suite, cursor_word(line), &service));
  TRY(address_parse(s->core->suite, cursor_rest(line), &instance));
  sv = state_find_service(s->core, &service);
  in = state_find_instance(s->core, &instance);
  if (sv != NULL && in != NULL) {
    set_weight(s, sv, in, (unsigned)weight);
  }
  return 0;
}

int runtime_restore(struct step *s, const struct memo *m)
{
  struct cursor c = cursor_from(m->body);

  while (cursor_left(&c) > 0) {
    struct cursor line = cursor_from(cursor_line(&c));
    struct slice word = cursor_word(&line);

    TRY(slice_is(word, "weight") ? restore_weight(s, &line) : restore_state(s, word, &line));
  }
  return 0;
}

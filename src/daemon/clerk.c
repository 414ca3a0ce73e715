#include "daemon/clerk.h"

#include "base/limits.h"
#include "base/mem.h"
#include "daemon/errand.h"
#include "io/clock.h"
#include "io/desk.h"
#include "io/timer.h"
#include "report/change.h"
#include "version.h"

#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Those who wait or watch are told of several steps at once. */
#define GATHER_MS 100

/* Time alone makes some conditions true. */
#define LOOK_MS 1000

/* In the folder of the service manager. */
#define SOCKET_NAME "admin"

/* What is kept of a reload's messages. */
#define REASONS_MAX 65536

/* Why a guest is still there. */
enum visit_kind {
  VISIT_WAIT,
  VISIT_WATCH,
  VISIT_RELOAD,
};

/* A guest whose answer is to come. */
struct visit {
  enum visit_kind kind;
  struct desk_guest *guest;
  struct form form;
  struct condition condition; /* VISIT_WAIT */
  struct mono deadline;       /* MONO_NEVER: none */
  unsigned outcomes;          /* VISIT_RELOAD: reloads that must end */
  struct visit *next;
};

struct clerk {
  struct suite *suite;
  char *config_path; /* absolute */
  struct clerk_handler handler;
  struct desk *desk;
  struct timer *look;
  bool is_gathering; /* look is set to come soon */
  struct visit *visits;
  struct change_base seen; /* what those who watch have been told */
  struct buf reasons;      /* messages since a reload was asked for */
};

static void add_part(enum answer_kind kind, struct slice text, struct buf *out)
{
  buf_clear(out);
  answer_build(kind, text, out);
}

static void end_guest(struct desk_guest *g, enum answer_kind kind, struct slice text)
{
  CLEANUP(buf_deinit) struct buf out = {0};

  add_part(kind, text, &out);
  desk_end(g, buf_slice(&out));
}

static struct view view_of(const struct clerk *c, const struct snapshot *s, struct form form)
{
  return (struct view){
      .snapshot = s, .suite = c->suite, .now = clock_now(), .form = form, .version = VERSION};
}

static bool has_visit(const struct clerk *c, enum visit_kind kind)
{
  for (const struct visit *v = c->visits; v != NULL; v = v->next) {
    if (v->kind == kind) {
      return true;
    }
  }
  return false;
}

/* Takes a visit out of the list at its place. */
static void remove_visit(struct visit **at)
{
  struct visit *v = *at;

  *at = v->next;
  free(v);
}

/* Says something to all who watch, made for each form once it is needed. */
static void tell_watchers(struct clerk *c,
                          void (*make)(const struct form *f, void *ctx, struct buf *out), void *ctx)
{
  for (struct visit **at = &c->visits; *at != NULL;) {
    struct visit *v = *at;
    CLEANUP(buf_deinit) struct buf text = {0};
    CLEANUP(buf_deinit) struct buf part = {0};

    if (v->kind == VISIT_WATCH) {
      make(&v->form, ctx, &text);
    }
    if (text.n > 0) {
      add_part(ANSWER_MORE, buf_slice(&text), &part);
    }
    if (part.n > 0 && !desk_say(v->guest, buf_slice(&part))) {
      remove_visit(at);
      continue;
    }
    at = &v->next;
  }
}

/* For tell_watchers: what has changed. */
struct changes {
  struct view view;
  const struct change_base *before;
};

static void make_changes(const struct form *f, void *ctx, struct buf *out)
{
  struct changes *changes = ctx;

  changes->view.form = *f;
  change_build(&changes->view, changes->before, out);
}

static void look_at_changes(struct clerk *c, const struct snapshot *s)
{
  struct changes changes = {.view = view_of(c, s, (struct form){0}), .before = &c->seen};

  tell_watchers(c, make_changes, &changes);
  change_base_take(&c->seen, s);
}

/* True if the visit is over: it has been answered. */
static bool check_wait(struct visit *w, struct view *view)
{
  CLEANUP(buf_deinit) struct buf why = {0};
  enum condition_outcome outcome = condition_check(&w->condition, view, &why);
  bool is_late = mono_is_due(w->deadline, view->now.mono);

  if (outcome == CONDITION_NOT_YET && !is_late) {
    return false;
  }
  buf_add_u8(&why, '\n');
  end_guest(w->guest, outcome == CONDITION_HOLDS ? ANSWER_DONE : ANSWER_REFUSED, buf_slice(&why));
  return true;
}

static void look_at_waits(struct clerk *c, const struct snapshot *s)
{
  for (struct visit **at = &c->visits; *at != NULL;) {
    struct view view = view_of(c, s, (*at)->form);

    if ((*at)->kind == VISIT_WAIT && check_wait(*at, &view)) {
      remove_visit(at);
    } else {
      at = &(*at)->next;
    }
  }
}

static void on_look(void *ctx)
{
  CLEANUP(snapshot_deinit) struct snapshot s = {0};
  struct clerk *c = ctx;

  c->is_gathering = false;
  if (c->visits == NULL) {
    return;
  }
  snapshot_init(&s, c->handler.core(c->handler.ctx));
  if (has_visit(c, VISIT_WATCH)) {
    look_at_changes(c, &s);
  }
  look_at_waits(c, &s);
  if (c->visits != NULL) {
    timer_set(c->look, LOOK_MS);
  }
}

void clerk_note_step(struct clerk *c)
{
  if (c != NULL && c->visits != NULL && !c->is_gathering) {
    c->is_gathering = true;
    timer_set(c->look, GATHER_MS);
  }
}

/* For tell_watchers: a line of the log. */
struct logged {
  enum log_level level;
  struct slice text;
};

static void make_logged(const struct form *f, void *ctx, struct buf *out)
{
  const struct logged *line = ctx;

  change_log(f, clock_wall(NULL), line->level, line->text, out);
}

void clerk_note_log(struct clerk *c, enum log_level level, struct slice text)
{
  struct logged line = {level, text};

  if (c == NULL || c->visits == NULL) {
    return;
  }
  if (has_visit(c, VISIT_RELOAD) && c->reasons.n + text.n < REASONS_MAX) {
    form_text(text, &c->reasons);
    buf_add_u8(&c->reasons, '\n');
  }
  tell_watchers(c, make_logged, &line);
}

void clerk_note_reloaded(struct clerk *c, bool is_used)
{
  if (c == NULL) {
    return;
  }
  if (is_used) {
    buf_add_str(&c->reasons, "the new configuration is used\n");
  }
  for (struct visit **at = &c->visits; *at != NULL;) {
    if ((*at)->kind != VISIT_RELOAD || --(*at)->outcomes > 0) {
      at = &(*at)->next;
      continue;
    }
    end_guest((*at)->guest, is_used ? ANSWER_DONE : ANSWER_REFUSED, buf_slice(&c->reasons));
    remove_visit(at);
  }
  buf_clear(&c->reasons);
  clerk_note_step(c);
}

static struct visit *add_visit(struct clerk *c, enum visit_kind kind, struct desk_guest *g,
                               struct form form)
{
  struct visit *v = mem_new(sizeof *v);

  *v = (struct visit){
      .kind = kind, .guest = g, .form = form, .deadline = MONO_NEVER, .next = c->visits};
  c->visits = v;
  return v;
}

static void begin_watch(struct clerk *c, struct desk_guest *g, const struct errand *e)
{
  if (has_visit(c, VISIT_WATCH)) {
    look_at_changes(c, e->view.snapshot);
  } else {
    change_base_take(&c->seen, e->view.snapshot);
  }
  add_visit(c, VISIT_WATCH, g, e->view.form);
}

static void begin_wait(struct clerk *c, struct desk_guest *g, const struct errand *e)
{
  CLEANUP(buf_deinit) struct buf why = {0};
  struct condition condition;
  uint64_t seconds = 0;
  enum answer_kind kind = errand_condition(e, &condition, &seconds, &why);
  struct visit *v;

  if (kind != ANSWER_DONE) {
    end_guest(g, kind, buf_slice(&why));
    return;
  }
  v = add_visit(c, VISIT_WAIT, g, e->view.form);
  v->condition = condition;
  v->deadline = seconds == 0 ? MONO_NEVER : mono_plus(clock_mono(), (int64_t)seconds * 1000);
  look_at_waits(c, e->view.snapshot);
}

static void begin_reload(struct clerk *c, struct desk_guest *g, const struct errand *e)
{
  struct visit *v = add_visit(c, VISIT_RELOAD, g, e->view.form);

  v->outcomes = c->handler.is_reloading(c->handler.ctx) ? 2 : 1;
  c->handler.reload(c->handler.ctx);
}

static void begin_visit(struct clerk *c, struct desk_guest *g, const struct errand *e,
                        enum verb_id verb)
{
  if (verb == VERB_WATCH) {
    begin_watch(c, g, e);
  } else if (verb == VERB_WAIT) {
    begin_wait(c, g, e);
  } else {
    begin_reload(c, g, e);
  }
  clerk_note_step(c);
}

/* The question is well formed: who may, gets an answer. */
static void answer(struct clerk *c, struct desk_guest *g, const struct query *q)
{
  CLEANUP(snapshot_deinit) struct snapshot s = {0};
  CLEANUP(buf_deinit) struct buf text = {0};
  enum verb_id verb = VERB_STATUS;
  struct errand e = {.query = q,
                     .config = c->handler.config(c->handler.ctx),
                     .config_path = c->config_path,
                     .step = c->handler.step,
                     .ctx = c->handler.ctx};

  if (verb_find(q->words, q->n, &verb, &e.n_used) != VERB_FOUND) {
    end_guest(g, ANSWER_USAGE,
              slice_str("there is no such command, or its words are too few "
                        "or too many\n"));
    return;
  }
  if (verb_table[verb].needs_admin && desk_level(g) != DESK_ADMIN) {
    end_guest(g, ANSWER_DENIED, slice_str("only root and the user of the service may do that\n"));
    return;
  }
  snapshot_init(&s, c->handler.core(c->handler.ctx));
  e.view = view_of(c, &s, q->form);
  if (errand_is_lasting(verb)) {
    begin_visit(c, g, &e, verb);
  } else {
    enum answer_kind kind = errand_run(&e, verb, &text);

    end_guest(g, kind, buf_slice(&text));
  }
}

static void on_asked(void *ctx, struct desk_guest *g, struct slice line)
{
  CLEANUP(query_deinit) struct query q = {0};

  if (query_parse(line, &q) < 0) {
    end_guest(g, ANSWER_USAGE,
              slice_str("this is not a question in the protocol "
                        "onionbalance/1\n"));
    return;
  }
  answer(ctx, g, &q);
}

static void on_gone(void *ctx, struct desk_guest *g)
{
  struct clerk *c = ctx;

  for (struct visit **at = &c->visits; *at != NULL; at = &(*at)->next) {
    if ((*at)->guest == g) {
      remove_visit(at);
      return;
    }
  }
}

bool clerk_find_socket(const struct options *options, const struct config *file, struct buf *out)
{
  const char *folder = options->runtime_folder;

  if (file->admin_socket != NULL) {
    buf_add_str(out, file->admin_socket);
    return strcmp(file->admin_socket, "none") != 0;
  }
  if (folder == NULL) {
    return false;
  }
  buf_add(out, folder, strcspn(folder, ":")); /* the first of them */
  buf_add_str(out, "/" SOCKET_NAME);
  return true;
}

/* A copy of a path that begins at the root, for programs elsewhere. */
static char *absolute(const char *path)
{
  CLEANUP(mem_free_at) char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
  CLEANUP(buf_deinit) struct buf whole = {0};

  if (here != NULL) {
    buf_addf(&whole, "%s/", here);
  }
  buf_add_str(&whole, path);
  return mem_string(whole.p, whole.n);
}

int clerk_open(const struct clerk_config *config, struct clerk **out)
{
  const struct group *readers = config->readers == NULL ? NULL : getgrnam(config->readers);
  struct desk_config desk = {.base = config->base,
                             .path = config->path,
                             .has_readers = readers != NULL,
                             .busy = slice_str("busy 17\ntoo many clients\n"),
                             .handler = {.asked = on_asked, .gone = on_gone}};
  struct clerk *c;
  int err;

  if (config->readers != NULL && readers == NULL) {
    return ERR_MISSING;
  }
  desk.readers = readers == NULL ? 0 : readers->gr_gid;
  c = mem_new(sizeof *c);
  c->suite = config->suite;
  c->config_path = absolute(config->config_path);
  c->handler = config->handler;
  desk.handler.ctx = c;
  err = desk_open(&desk, &c->desk);
  if (err < 0) {
    free(c->config_path);
    free(c);
    return err;
  }
  c->look = timer_new(config->base, on_look, c);
  *out = c;
  return 0;
}

void clerk_free(struct clerk *c)
{
  if (c == NULL) {
    return;
  }
  desk_free(c->desk);
  while (c->visits != NULL) {
    remove_visit(&c->visits);
  }
  timer_free(c->look);
  change_base_deinit(&c->seen);
  buf_deinit(&c->reasons);
  free(c->config_path);
  free(c);
}

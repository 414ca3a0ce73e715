/* One command of the admin socket, carried out: what can be answered at
 * once. */
#ifndef DAEMON_ERRAND_H
#define DAEMON_ERRAND_H

#include "balance/event.h"
#include "conf/config.h"
#include "report/answer.h"
#include "report/condition.h"
#include "report/query.h"
#include "report/verb.h"

/* Everything is borrowed. */
struct errand {
  struct view view;
  const struct query *query;
  size_t n_used;               /* words of the query that are the command itself */
  const struct config *config; /* that is in use */
  const char *config_path;
  void (*step)(void *ctx, const struct event *e); /* the view does not outlive it */
  void *ctx;
};

/* Carries out a command that was found by verb_find, but not one that takes
 * time (errand_is_lasting). Appends the text of the answer; returns its
 * kind. */
enum answer_kind errand_run(const struct errand *e, enum verb_id verb, struct buf *out);

/* True for commands whose answer comes later: watch, wait, reload. */
bool errand_is_lasting(enum verb_id verb);

/* Reads what "wait" is to wait for: the seconds (0: for ever), then the
 * condition. ANSWER_DONE, or why not, as errand_run. */
enum answer_kind errand_condition(const struct errand *e, struct condition *out,
                                  uint64_t *seconds_out, struct buf *why);

#endif

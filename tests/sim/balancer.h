/* The core under test, and the little of a daemon that it needs: steps,
 * actions, wake-ups, a log. */
#ifndef SIM_BALANCER_H
#define SIM_BALANCER_H

#include "balance/core.h"
#include "dice.h"
#include "disk.h"

struct world;

/* Lines of the log, from level info up, that are kept for a failure. */
#define BALANCER_LOG_LINES 40

struct balancer {
  struct world *world;
  struct core *core; /* NULL: not running */
  unsigned starts;
  int64_t started_at;       /* world time */
  struct disk disk;         /* off unless the scenario switches it on */
  unsigned remembers_since; /* the start from which on it knows what it has sent */
  size_t n_rejected;        /* uploads, by its log */
  struct dice dice;
  struct action_list actions;
  int64_t clock_error; /* seconds by which its wall clock is wrong */
  struct buf log[BALANCER_LOG_LINES];
  size_t n_logged;
  size_t n_counted[LOG_LEVEL_CRITICAL + 1]; /* lines of each level */
  size_t n_steps;
  /* Against busy loops. */
  int64_t tick_second;
  unsigned ticks_in_second;
};

void balancer_init(struct balancer *b, struct world *w, uint64_t seed);
void balancer_deinit(struct balancer *b);

/* Starts it with all services and backends of the world, and tells it what is
 * up. */
void balancer_start(struct balancer *b);

/* The same with only the first n backends. */
void balancer_start_with(struct balancer *b, size_t n_backends);

/* Reloads it with the first n backends. */
void balancer_reload(struct balancer *b, size_t n_backends);

/* An operator's command about a backend; fails unless it is taken. */
void balancer_command(struct balancer *b, enum admin_op op, size_t backend, unsigned value);

/* Kills it: it forgets everything. */
void balancer_stop(struct balancer *b);

/* Gives it an event; nothing happens if it is not running. */
void balancer_step(struct balancer *b, const struct event *e);

/* World time at which it wants to be woken; INT64_MAX if never. */
int64_t balancer_wake(const struct balancer *b);
void balancer_tick(struct balancer *b);

/* True if a line of the log since the start holds the text (among the kept
 * lines). */
bool balancer_has_logged(const struct balancer *b, const char *text);

void balancer_print_log(const struct balancer *b);

#endif

/* Keeps what the core wants kept in the state directory, and gives it back at
 * the start. */
#ifndef DAEMON_KEEPER_H
#define DAEMON_KEEPER_H

#include "balance/action.h"
#include "balance/event.h"
#include "io/statedir.h"

struct keeper;

/* Everything is borrowed for the life of the keeper. */
struct keeper_config {
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  const char *path;
  void (*event)(void *ctx, const struct event *e); /* EVENT_RESTORED */
  void *ctx;
};

/* Freed with keeper_free. */
struct keeper *keeper_new(const struct keeper_config *config);
void keeper_free(struct keeper *k);

/* Opens the directory: events come from within, and later ones if it cannot be
 * used yet. */
void keeper_open(struct keeper *k);

/* Carries out an ACTION_KEEP: counters are on the disk on return, the rest
 * follows. k may be NULL. */
void keeper_do(struct keeper *k, const struct action *a);

/* The directory that is wanted: of the file, else of the environment; NULL if
 * none is. Of a list, as systemd gives it for several of them, the first one;
 * the caller frees it. */
char *keeper_choose(const char *configured, const char *environment);

#endif

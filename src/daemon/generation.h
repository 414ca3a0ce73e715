/* A generation: one reading of the configuration file, with the signers that
 * hold its keys. A start makes one, and so does each reload; it replaces the
 * one before only if everything about it is good. */
#ifndef DAEMON_GENERATION_H
#define DAEMON_GENERATION_H

#include "daemon/setup.h"
#include "daemon/signers.h"

struct generation;

struct generation_handler {
  /* The first answer: whether it can be used. It is not freed from here. */
  void (*checked)(void *ctx, struct generation *g, bool is_good);
  /* EVENT_SIGNER_UP, EVENT_SIGNER_DOWN and those of the signer; only after it
   * was checked. */
  void (*event)(void *ctx, struct generation *g, const struct event *e);
  void *ctx;
};

struct generation_config {
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  const char *config_path;
  const char *config_fallback; /* a copy for one who may not read it; or NULL */
  const char *signer;          /* that has the keys of all files, as keysource_parse reads it;
                                  NULL: a child has */
  const char *signer_program;
  struct generation_handler handler;
};

/* Reads the file and starts its signers; what is wrong is logged, all of it.
 * NULL if the file is no good. Freed with generation_free. */
struct generation *generation_new(const struct generation_config *config);
void generation_free(struct generation *g);

/* What was read; borrowed. */
const struct config *generation_config_get(const struct generation *g);

/* What the core is to be configured with; after it was checked and found
 * good. Borrowed. */
const struct core_config *generation_setup(const struct generation *g);

/* The signers that hold its keys; borrowed. */
struct signers *generation_signers(struct generation *g);

#endif

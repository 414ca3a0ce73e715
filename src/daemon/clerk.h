/* Answers what is asked at the admin socket: at once where it can, later to
 * those who wait or watch. */
#ifndef DAEMON_CLERK_H
#define DAEMON_CLERK_H

#include "balance/core.h"
#include "base/log.h"
#include "conf/config.h"
#include "daemon/options.h"

struct clerk;
struct event_base;

/* What the clerk needs of the publisher. */
struct clerk_handler {
  const struct core *(*core)(void *ctx);
  const struct config *(*config)(void *ctx); /* that is in use */
  void (*step)(void *ctx, const struct event *e);
  bool (*is_reloading)(void *ctx); /* one has begun and has no outcome yet */
  void (*reload)(void *ctx);
  void *ctx;
};

/* base, suite and config_path are borrowed for the clerk's life, the rest for
 * the call. */
struct clerk_config {
  struct event_base *base;
  struct suite *suite;
  const char *path;        /* of the socket */
  const char *readers;     /* a group whose members may ask, not command; or NULL */
  const char *config_path; /* of the configuration file, as it was given */
  struct clerk_handler handler;
};

/* Appends where the admin socket is to be, by the file or in the folder of the
 * service manager; false if there is to be none. */
bool clerk_find_socket(const struct options *options, const struct config *file, struct buf *out);

/* Opens the socket. ERR_IO with errno set, as desk_open; ERR_MISSING: there is
 * no such group. Freed with clerk_free. */
int clerk_open(const struct clerk_config *config, struct clerk **out) MUST_USE;
void clerk_free(struct clerk *c);

/* The core has made a step. For this and the other calls c may be NULL. */
void clerk_note_step(struct clerk *c);

/* A line for the log, of level warning or above. */
void clerk_note_log(struct clerk *c, enum log_level level, struct slice text);

/* A reload has come to its end: the new configuration is used, or the old one
 * stays. */
void clerk_note_reloaded(struct clerk *c, bool is_used);

#endif

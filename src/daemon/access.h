/* How tor's control port is to be reached: from the command line, the
 * environment, the configuration file, or by default. */
#ifndef DAEMON_ACCESS_H
#define DAEMON_ACCESS_H

#include "conf/config.h"
#include "daemon/options.h"

struct logger;
struct torlink_config;

/* Owns the password; borrows endpoints from options or configuration. */
struct access {
  const struct endpoint *endpoints; /* tried in this order */
  size_t n_endpoints;
  const char *reason;  /* who chose them, for the log */
  struct buf password; /* empty if there is none */
};

/* Chooses the endpoints and reads the password file, if there is one: its
 * first line. ERR_IO if it cannot be read, which has been logged. */
int access_init(struct access *a, const struct options *options, const struct config *config,
                struct logger *logger) MUST_USE;

/* Wipes the password. */
void access_deinit(struct access *a);

/* Puts it into the configuration of a link, which borrows it. */
void access_apply(const struct access *a, struct torlink_config *link);

#endif

/* The publisher: the event loop that carries events to the core and does what
 * it wants done. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "daemon/options.h"

/* Runs until a signal ends it or it cannot start; returns the exit code: 0
 * after SIGTERM or SIGINT, 1 for errors, which have been logged. */
int daemon_run(const struct options *options);

#endif

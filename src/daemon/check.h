/* onionbalance --check: looks at everything that a start would need, and says
 * what it found. */
#ifndef DAEMON_CHECK_H
#define DAEMON_CHECK_H

#include "daemon/options.h"

/* Checks the configuration file, the keys, the places of sockets and logs, and
 * whether tor lets us in; everything wrong is logged. Returns the exit code: 0
 * if a start would succeed (there may be warnings: a tor that is not running
 * yet is one), 1 otherwise. */
int check_run(const struct options *options);

#endif

/* onionbalance --hand-over: what a signer of another user, and a publisher who
 * may not read the configuration, have to be given by somebody who may. */
#ifndef DAEMON_HANDOVER_H
#define DAEMON_HANDOVER_H

#include "conf/config.h"
#include "daemon/options.h"

/* The files in the folder. */
#define HANDOVER_KEYS   "keys"        /* for onionbalance-signer --key-list */
#define HANDOVER_CONFIG "config.yaml" /* for onionbalance --fallback-config */

/* Appends a key list: the key files of all services that have one, each with
 * its passphrase file, if any, on a line of its own behind a tab. */
void handover_build(const struct config *config, struct buf *out);

/* Writes both files, each at once or not at all: the copy, for the owner and the
 * group, with those of instances.d beside it, and if the configuration is good the keys' list, for
 * the owner alone. Errors are logged. Returns the exit code, 0 or 1. */
int handover_run(const struct options *options);

#endif

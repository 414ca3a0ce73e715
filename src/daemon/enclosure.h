/* The publisher's sandbox, from its two ends: the porter is there before anything
 * is open, and the door is closed when everything is. */
#ifndef DAEMON_ENCLOSURE_H
#define DAEMON_ENCLOSURE_H

#include "daemon/options.h"
#include "io/logger.h"

/* Makes the porter and the hatch, if a sandbox is wanted; without one, signers
 * that are started have none, either. There is none, but for signers, if the
 * configuration is no regular file. Comes before everything else. ERR_IO with
 * errno set. */
int enclosure_begin(const struct options *options) MUST_USE;

/* Closes all files but those of the state directory (NULL: none), connections
 * and programs; what is behind the hatch stays. Nothing to do without a hatch.
 * ERR_IO: that has been logged, and the program should end. */
int enclosure_close(struct logger *logger, const char *state_directory) MUST_USE;

#endif

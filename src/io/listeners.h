/* Where tor listens for SOCKS, as it says itself. */
#ifndef IO_LISTENERS_H
#define IO_LISTENERS_H

#include "base/cursor.h"
#include "conf/endpoint.h"
#include "control/reply.h"

#include <stdbool.h>

/* What GETINFO is asked for. */
#define LISTENERS_KEY "net/listeners/socks"

/* The places of such an answer, one after the other. */
struct listeners {
  struct cursor rest;
};

/* Begins with the first one. ERR_MISSING if the reply has no such line; it is
 * borrowed. */
int listeners_init(struct listeners *l, const struct reply *reply) MUST_USE;

/* The next one that can be read, as we can reach it from tor's machine: a
 * listener at all addresses is at the loopback address, too. False at the
 * end. */
bool listeners_next(struct listeners *l, struct endpoint *out);

#endif

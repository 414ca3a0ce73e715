/* One question to tor, answered before the caller goes on: where it listens for
 * SOCKS. For the porter, who believes nobody else. */
#ifndef IO_INQUIRY_H
#define IO_INQUIRY_H

#include "control/session.h"
#include "io/listeners.h"

/* Places that are taken note of. */
#define INQUIRY_MAX 32

/* What is needed to be let in; borrowed. */
struct inquiry {
  struct suite *suite;
  const struct rng *rng;
  struct slice password; /* p NULL: none */
};

/* Asks the tor at a control port; takes three seconds at most for each answer.
 * Up to INQUIRY_MAX places go to out. ERR_IO with errno set, or what session_next
 * says of a tor that does not let us in. */
int inquiry_socks(const struct inquiry *q, const struct endpoint *control, struct endpoint *out,
                  size_t *n_out) MUST_USE;

#endif

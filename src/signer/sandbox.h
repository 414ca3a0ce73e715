/* The walls that a program puts around itself when everything it needs is open:
 * seccomp and Landlock together, as far as the kernel has them. */
#ifndef SIGNER_SANDBOX_H
#define SIGNER_SANDBOX_H

#include "base/buf.h"
#include "signer/filter.h"
#include "signer/landlock.h"

#include <stdbool.h>

/* What a program still needs; borrowed for the call. */
struct sandbox_needs {
  const char *program; /* its name, for the life of the process */
  const struct filter_call *calls;
  size_t n_calls;
  const struct landlock_place *places;
  size_t n_places;
  bool has_threads; /* it makes some later */
};

/* False if it is not wanted ($ONIONBALANCE_SANDBOX is "off"), or cannot be had:
 * a sanitizer's runtime needs what is closed. */
bool sandbox_is_wanted(void);

/* Tells the programs that are started from now on, and sandbox_is_wanted, that
 * it is not wanted. */
void sandbox_refuse(void);

/* Closes everything but the needs, for good. Appends to how what there is:
 * "seccomp, Landlock (version 7)", with "no ..." for what the kernel lacks.
 * ERR_IO with errno set; some of it may be closed then. */
int sandbox_close(const struct sandbox_needs *needs, struct buf *how) MUST_USE;

#endif

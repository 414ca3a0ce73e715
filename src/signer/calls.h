/* The system calls of onionbalance-signer once its keys are read. */
#ifndef SIGNER_CALLS_H
#define SIGNER_CALLS_H

#include "signer/filter.h"

#include <stdbool.h>

/* Those of a signer on one connection, or of one that listens: it takes
 * connections, and reads its keys again. */
const struct filter_call *calls_get(bool is_listening, size_t *n_out);

#endif

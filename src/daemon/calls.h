/* The system calls that onionbalance makes by itself once it runs. */
#ifndef DAEMON_CALLS_H
#define DAEMON_CALLS_H

#include "signer/filter.h"

/* All of them; constant. */
const struct filter_call *calls_publisher(size_t *n_out);

#endif

/* What onionbalance-signer does besides serving: bundles and keys, for a person
 * at a terminal. */
#ifndef SIGNER_VERB_H
#define SIGNER_VERB_H

#include "signer/arguments.h"

/* True if there is such a verb. */
bool verb_is(const char *word);

/* Does what the verb of the arguments says. Results go to standard output, what
 * is wrong to standard error. The exit status: 0; 1 it failed; 2 the command
 * line is wrong. libsodium has been initialised. */
int verb_run(const struct arguments *a);

#endif

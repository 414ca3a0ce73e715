/* The commands that look at keys. */
#ifndef SIGNER_KEYVERB_H
#define SIGNER_KEYVERB_H

#include "crypto/suite.h"
#include "signer/arguments.h"

/* Each does what the command line asks for, and returns the exit status. */
int keyverb_inspect(const struct arguments *a, struct suite *suite);
int keyverb_verify(const struct arguments *a, struct suite *suite);

#endif

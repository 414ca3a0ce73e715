/* The command that approves of more than the policy. */
#ifndef SIGNER_ALLOWVERB_H
#define SIGNER_ALLOWVERB_H

#include "crypto/suite.h"
#include "signer/arguments.h"

/* Each does what the command line asks for, and returns the exit status. */
int allowverb_allow(const struct arguments *a, struct suite *suite);

#endif

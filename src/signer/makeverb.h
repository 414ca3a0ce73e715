/* The commands that write keys, and put them on paper (doc/keys.md). */
#ifndef SIGNER_MAKEVERB_H
#define SIGNER_MAKEVERB_H

#include "crypto/suite.h"
#include "signer/arguments.h"

/* Each does what the command line asks for, and returns the exit status. */
int makeverb_generate(const struct arguments *a, struct suite *suite);
int makeverb_import(const struct arguments *a, struct suite *suite);
int makeverb_backup(const struct arguments *a, struct suite *suite);
int makeverb_restore(const struct arguments *a, struct suite *suite);

#endif

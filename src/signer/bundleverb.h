/* The commands about bundles (doc/bundles.md). */
#ifndef SIGNER_BUNDLEVERB_H
#define SIGNER_BUNDLEVERB_H

#include "crypto/suite.h"
#include "signer/arguments.h"

/* Each does what the command line asks for, and returns the exit status. */
int bundleverb_recipient(const struct arguments *a, struct suite *suite);
int bundleverb_bundle(const struct arguments *a, struct suite *suite);
int bundleverb_install(const struct arguments *a, struct suite *suite);

#endif

/* The keys that a command line names. */
#ifndef SIGNER_KEYLOAD_H
#define SIGNER_KEYLOAD_H

#include "signer/arguments.h"
#include "signer/keyring.h"

/* Reads all of them, with their passphrases; what is wrong with one stands in
 * its entry. is_silent: nobody is asked for a passphrase. Closes the passphrase
 * descriptor. Freed with keyring_free. */
struct keyring *keyload_all(const struct arguments *a, bool is_silent);

#endif

/* The keys that a command line names. */
#ifndef SIGNER_KEYLOAD_H
#define SIGNER_KEYLOAD_H

#include "signer/arguments.h"
#include "signer/keyring.h"

/* Reads all of them, with their passphrases; what is wrong with one stands in
 * its entry. is_silent: nobody is asked for a passphrase. Closes the passphrase
 * descriptor. Freed with keyring_free. */
struct keyring *keyload_all(const struct arguments *a, bool is_silent);

/* Reads key i of them, with its passphrase, which a person may be asked for, as
 * keyfile_load does. */
enum wire_status keyload_one(const struct arguments *a, size_t i, struct keyfile_key *out,
                             struct buf *text);

/* True if all keys are good; says on standard error what is wrong. */
bool keyload_is_good(const struct keyring *keys);

#endif

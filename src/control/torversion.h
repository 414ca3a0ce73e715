/* Versions of tor: "0.4.9.11", "0.4.9.1-alpha-dev". */
#ifndef CONTROL_TORVERSION_H
#define CONTROL_TORVERSION_H

#include "base/slice.h"

/* The first version whose HSFETCH knows onion services of version 3. */
#define TORVERSION_NEEDED "0.4.1"

/* True if a version is older than another one. Only the first three numbers
 * count; false if one of them cannot be read. */
bool torversion_is_before(struct slice version, const char *other);

#endif

/* Small files with something secret, read straight into guarded memory. */
#ifndef SIGNER_SECRETFILE_H
#define SIGNER_SECRETFILE_H

#include "base/buf.h"
#include "crypto/secret.h"
#include "signer/wire.h"

#include <sys/types.h>

/* Owns content, of which n bytes are in use. All zero is an empty one. */
struct secretfile {
  struct secret *content;
  size_t n;
  unsigned mode; /* permissions: 0600 */
  uid_t owner;
  gid_t group;
};

/* What is read, for messages, and how long it may be. */
struct secretfile_kind {
  const char *name; /* "key" */
  size_t max;       /* bytes */
};

/* Reads a regular file that not anybody may write. If the result is not
 * WIRE_STATUS_GOOD, text has got the error with the path. Never waits. The
 * caller ends out with secretfile_deinit in any case. */
enum wire_status secretfile_load(const char *path, const struct secretfile_kind *kind,
                                 struct secretfile *out, struct buf *text);

/* Appends a warning with the path if group or others may use the file. */
void secretfile_warn(const struct secretfile *f, const char *path, struct buf *text);

/* Wipes and frees. */
void secretfile_deinit(struct secretfile *f);

#endif

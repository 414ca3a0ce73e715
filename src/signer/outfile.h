/* Files that are written all at once: whoever looks sees all of it or what was
 * there before. */
#ifndef SIGNER_OUTFILE_H
#define SIGNER_OUTFILE_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <sys/types.h>

/* Writes a file with that mode, and returns when it is on the disk. One that
 * is there is replaced, or if not may_replace left alone: ERR_IO with errno
 * EEXIST. ERR_IO with errno set; nothing is left behind then. */
int outfile_write(const char *path, struct slice content, mode_t mode, bool may_replace) MUST_USE;

#endif

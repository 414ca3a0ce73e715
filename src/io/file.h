/* Small files, read and written whole. */
#ifndef IO_FILE_H
#define IO_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends what a regular file holds, at most max bytes. ERR_IO with errno set
 * (EISDIR, EINVAL for what is not a regular file), ERR_TOO_LONG; out is then as
 * it was. */
int file_read(const char *path, size_t max, struct buf *out) MUST_USE;

/* Writes all of the bytes to a blocking descriptor. ERR_IO with errno set; some
 * of them may be written then. */
int file_write_all(int fd, struct slice bytes) MUST_USE;

/* Appends why path could not be used, from an errno: path, text, and for a
 * lack of permission what the administrator can do about it, with the names of
 * the group and of the user we run as. */
void file_explain(const char *path, int errnum, struct buf *out);

#endif

/* The folder that onionbalance-config writes to. Nothing that exists is ever
 * overwritten. */
#ifndef TOOLS_OUTDIR_H
#define TOOLS_OUTDIR_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/stat.h>

/* Appends path as an absolute one, without "." and ".." and double slashes, as
 * text: links are not followed. ERR_IO if the current folder is gone. */
int outdir_absolute(const char *path, struct buf *out) MUST_USE;

/* Opens the folder at path, made with its parents (mode 0755 less the umask)
 * if it is missing. A file descriptor, which the caller closes, or ERR_IO with
 * errno set. */
int outdir_open(const char *path) MUST_USE;

/* Makes the folders of a relative path that are missing. ERR_IO. */
int outdir_make(int dir, const char *path) MUST_USE;

/* True if there is anything at that relative path, if only a broken link. */
bool outdir_has(int dir, const char *path);

/* True if there is a regular file with exactly that content. */
bool outdir_holds(int dir, const char *path, struct slice content);

/* Writes a new file all at once: under another name first, then given its
 * name. ERR_IO with errno set, EEXIST among them; nothing is left behind. If it
 * is_precious, it is on disk when this returns. */
int outdir_write(int dir, const char *path, struct slice content, mode_t mode,
                 bool is_precious) MUST_USE;

#endif

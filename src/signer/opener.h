/* How files are opened for reading that may have changed since the start: by the
 * process itself, or by somebody else for one in a sandbox. One answer for the
 * whole process, as there is one sandbox. */
#ifndef SIGNER_OPENER_H
#define SIGNER_OPENER_H

#include "base/err.h"

#include <dirent.h>

/* From now on calls how, which takes what open takes for reading and returns a
 * descriptor that is close-on-exec, or ERR_IO with errno set. NULL: open itself, as
 * it is in the beginning. */
void opener_set(int (*how)(const char *path, int flags));

/* A descriptor, the caller's; ERR_IO with errno set. flags are those of open, for
 * reading. */
int opener_open(const char *path, int flags) MUST_USE;

/* The folder at path, for readdir and closedir, or NULL with errno set. */
DIR *opener_folder(const char *path);

#endif

/* Landlock: what files a process may touch from now on, it and its children. */
#ifndef SIGNER_LANDLOCK_H
#define SIGNER_LANDLOCK_H

#include "base/err.h"

#include <stddef.h>

/* What may be done to a file, or to all files beneath a folder. */
enum landlock_use {
  LANDLOCK_READ,   /* read files */
  LANDLOCK_REMOVE, /* remove files */
  LANDLOCK_KEEP,   /* list, read, write, make and remove regular files */
};

/* A place that stays open. One that is not there now stays closed. */
struct landlock_place {
  const char *path; /* of a file or folder; borrowed */
  enum landlock_use use;
};

/* Closes the file system except for the n places, and, as far as the kernel can
 * do that, TCP, abstract unix sockets and signals to others. *abi_out is the
 * kernel's version of Landlock, or 0 if it has none: nothing is closed then.
 * The process must have no_new_privs. ERR_IO with errno set: nothing is
 * closed. */
int landlock_close(const struct landlock_place *places, size_t n, int *abi_out) MUST_USE;

#endif

/* A folder of small files that outlive the program. Each is replaced as a whole:
 * whoever is killed, or loses power, leaves the old one or the new one. One
 * program at a time has it: it is locked. */
#ifndef IO_VAULT_H
#define IO_VAULT_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

struct vault {
  int folder; /* -1: not open */
  int lock;
};

/* Opens and locks the folder, made if it is missing (but not what it is in).
 * ERR_NOT_NOW: another program has it. ERR_REFUSED: it is not ours, or open to
 * everybody. ERR_IO: anything else. why then has the reason, with the cure. */
int vault_open(struct vault *v, const char *path, struct buf *why) MUST_USE;
void vault_close(struct vault *v);

/* Whether vault_open would work but for the lock; nothing is made or changed.
 * Errors and why as above. */
int vault_inspect(const char *path, struct buf *why) MUST_USE;

/* Who is shown files. */
struct vault_visitor {
  /* One file, with all that it holds; err: 0, or why it could not be read: of
   * file_read. */
  void (*visit)(void *ctx, const char *name, struct slice text, int err);
  void *ctx;
};

/* Shows all files with names as vault_write has them, at most LIMIT_MEMOS, in any
 * order. Others are left alone; leftovers of a write that was cut off are
 * removed. ERR_IO with errno set: the folder cannot be read. */
int vault_read_all(const struct vault *v, const struct vault_visitor *visitor) MUST_USE;

/* Replaces a file and returns when it is on the disk. The name: lower-case
 * letters, digits and '-', a letter first. ERR_IO with errno set: the file is
 * as it was. */
int vault_write(const struct vault *v, const char *name, struct slice text) MUST_USE;

/* Removes a file; it need not be there. ERR_IO with errno set. */
int vault_remove(const struct vault *v, const char *name) MUST_USE;

/* Renames a damaged file to NAME.damaged-SECONDS, where nothing reads it any
 * more; of such files the LIMIT_DAMAGED_FILES newest stay. ERR_IO. */
int vault_set_aside(const struct vault *v, const char *name, int64_t seconds) MUST_USE;

#endif

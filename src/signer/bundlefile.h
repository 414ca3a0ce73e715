/* A bundle in a file, and the key that opens it. */
#ifndef SIGNER_BUNDLEFILE_H
#define SIGNER_BUNDLEFILE_H

#include "crypto/secret.h"
#include "signer/bundle.h"
#include "signer/recipient.h"

/* Owns plain, which the bundle borrows from. All zero is an empty one. */
struct bundlefile {
  struct secret *plain;
  struct bundle bundle;
};

/* The folder of a path: it itself if it is one, otherwise the one that it is
 * in. */
void bundlefile_folder(const char *path, struct buf *out);

/* Reads recipient.key of a folder into RECIPIENT_SIZE bytes of guarded memory,
 * which the caller frees with secret_free. Any error, with the whole message
 * in why; warnings go there too. */
int bundlefile_key(struct suite *s, const char *folder, struct secret **out,
                   struct buf *why) MUST_USE;

/* Appends what a file holds, as it is. ERR_IO with errno set, ERR_TOO_LONG. */
int bundlefile_read(const char *path, struct buf *out) MUST_USE;

/* Reads a file and opens it with that key. Any error, with the whole message
 * and the cure in why. The caller ends out with bundlefile_deinit in any
 * case. */
int bundlefile_load(struct suite *s, const char *path, const struct secret *key,
                    struct bundlefile *out, struct buf *why) MUST_USE;

/* Checks all periods, as bundle_check does, but takes those that are over at
 * now as they are. Errors as above. */
int bundlefile_check(struct suite *s, const char *path, const struct bundlefile *f, struct wall now,
                     struct buf *why) MUST_USE;

/* Wipes and frees. */
void bundlefile_deinit(struct bundlefile *f);

#endif

/* The passphrase of an encrypted key: from a file, a descriptor, a systemd
 * credential or a person. */
#ifndef SIGNER_PASSPHRASE_H
#define SIGNER_PASSPHRASE_H

#include "base/buf.h"
#include "signer/secretfile.h"

/* Where passphrases may come from. Borrows. Each key has the first that there
 * is: its own file, the next line of fd, the credential NAME.passphrase (NAME
 * is the key's file without its folder), the credential key-passphrase, a
 * question on the terminal. */
struct passphrase_sources {
  int fd;                  /* -1: none */
  const char *credentials; /* a folder; NULL: none */
  int publisher;           /* a stream whose end ends a question; -1: none */
  bool is_silent;          /* no questions (any more) */
};

/* The key that a passphrase is for. */
struct passphrase_key {
  const char *path;
  const char *file; /* of the passphrase; NULL: none is given */
  unsigned attempt; /* how many passphrases did not fit */
};

/* Owns everything. All zero is an empty one. */
struct passphrase {
  struct secretfile value; /* 1 to LIMIT_PASSPHRASE_BYTES; typed: from 0 */
  struct buf origin;       /* "the passphrase in FILE" */
  bool is_typed;           /* another one may be asked for */
};

/* Finds a passphrase, which may take a person's time. WIRE_STATUS_ENCRYPTED if
 * there is none. If the result is not WIRE_STATUS_GOOD, text has got the whole
 * error. The caller ends out with passphrase_deinit in any case. */
enum wire_status passphrase_find(struct passphrase_sources *s, const struct passphrase_key *key,
                                 struct passphrase *out, struct buf *text);

/* Appends a warning about the permissions of the file that it is from. */
void passphrase_warn(const struct passphrase *p, const char *file, struct buf *text);

/* Wipes and frees. */
void passphrase_deinit(struct passphrase *p);

#endif

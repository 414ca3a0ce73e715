/* A unix socket on which publishers come to the signer, and who of them is
 * let in. */
#ifndef SIGNER_LISTENER_H
#define SIGNER_LISTENER_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Who may come, beside root and the user that the signer runs as. Borrowed. */
struct listener_policy {
  const uid_t *users;
  size_t n_users;
  const gid_t *groups; /* the main group of the process that connects */
  size_t n_groups;
};

/* A listening socket at path with exactly that mode, in place of one that an
 * ended program left there. ERR_IO with errno set: ENAMETOOLONG, EADDRINUSE if
 * somebody listens there or it is no socket, and what bind says. */
int listener_open(const char *path, mode_t mode, int *out) MUST_USE;

/* Whether a descriptor is a listening socket, as of a service manager. */
bool listener_is_one(int fd);

/* True if the policy lets such a process in. */
bool listener_allows(const struct listener_policy *p, const struct ucred *who);

/* The next connection, non-blocking and close-on-exec. ERR_NOT_NOW: nobody
 * waits; ERR_AUTH: *who is not let in and was hung up on; ERR_IO with errno
 * set. */
int listener_accept(int fd, const struct listener_policy *p, struct ucred *who, int *out) MUST_USE;

#endif

/* Listening at a path: what all our unix sockets have in common. */
#ifndef IO_UNIXSOCKET_H
#define IO_UNIXSOCKET_H

#include "base/err.h"

#include <sys/types.h>

/* Listens at path, in place of a socket that an ended program left there; the
 * file has this mode less the umask, from its first moment on. The socket is
 * non-blocking and close-on-exec; the caller closes it and removes the file.
 * ERR_IO with errno set: EADDRINUSE if somebody listens there or it is no
 * socket. */
int unixsocket_listen(const char *path, mode_t mode, int *out) MUST_USE;

#endif

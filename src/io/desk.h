/* A unix socket at which programs of this machine ask: one line from each, an
 * answer of any length, then the connection ends. Who asks is known from the
 * kernel. A guest that asks nothing, does not read or talks too much is hung
 * up on; no guest can keep the loop or others waiting. */
#ifndef IO_DESK_H
#define IO_DESK_H

#include "base/buf.h"
#include "base/err.h"

#include <sys/types.h>

struct event_base;
struct desk;
struct desk_guest;

/* What a guest may do. */
enum desk_level {
  DESK_READER, /* whoever the socket's mode lets in */
  DESK_ADMIN,  /* root, and the user that we run as */
};

#define DESK_LEVELS (DESK_ADMIN + 1)

struct desk_handler {
  /* A guest has asked; the line has no end and is borrowed for the call. It is
   * answered now or later. */
  void (*asked)(void *ctx, struct desk_guest *g, struct slice line);
  /* It has gone before the end of its answer, and must not be used any
   * more. */
  void (*gone)(void *ctx, struct desk_guest *g);
  void *ctx;
};

/* base is borrowed for the desk's life, busy too; the rest for the call. */
struct desk_config {
  struct event_base *base;
  const char *path;
  bool has_readers; /* members of the group readers may connect, as DESK_READER */
  gid_t readers;
  struct slice busy; /* told to whom there is no room for */
  struct desk_handler handler;
};

/* Listens at path, in place of a socket that an ended program left there, with
 * mode 0600, or 0660 with readers. ERR_IO with errno set: EADDRINUSE if
 * somebody listens there or it is no socket; EPERM if it cannot be given to
 * the group. Freed with desk_free. */
int desk_open(const struct desk_config *config, struct desk **out) MUST_USE;

/* Hangs up without a word to the handler, and removes the socket; d may be
 * NULL. */
void desk_free(struct desk *d);

/* What a guest may do. */
enum desk_level desk_level(const struct desk_guest *g);

/* A part of the answer. False if the guest has left so much unread that it was
 * hung up on; it must not be used any more, and gone is not called. */
bool desk_say(struct desk_guest *g, struct slice text) MUST_USE;

/* The last part: the guest is hung up on when it has read it, and must not be
 * used any more. */
void desk_end(struct desk_guest *g, struct slice text);

#endif

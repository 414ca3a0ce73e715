/* The hatch: through it a publisher in its sandbox asks the porter for what it
 * cannot do by itself. There is at most one, for the whole process, as there is
 * one sandbox; the functions of this layer that connect, start and open use it
 * by themselves if it is there. */
#ifndef IO_HATCH_H
#define IO_HATCH_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/endpoint.h"
#include "io/names.h"

#include <stdbool.h>
#include <sys/types.h>

struct event_base;

/* Forks the porter, which calls serve with its end and exits when that returns.
 * From now on there is a hatch. ERR_IO with errno set. */
int hatch_open(void (*serve)(void *ctx, int fd), void *ctx) MUST_USE;

/* The way it was before; the porter ends. Nothing to do without a hatch. */
void hatch_close(void);

/* Whether there is one. */
bool hatch_is_open(void);

/* Calls lost, from the loop, when the porter has ended. */
void hatch_watch(struct event_base *base, void (*lost)(void *ctx), void *ctx);

/* All of the following: ERR_IO with errno set, EACCES for what the configuration
 * does not name. Descriptors are the caller's, and close-on-exec. */

/* As dial. */
int hatch_dial(const struct endpoint *e) MUST_USE;

/* A process that the porter has started. */
struct hatch_child {
  pid_t pid;
  int stream; /* our end of its stream */
  int status; /* has its wait status, an int, when it has ended */
};

/* Starts a command that the configuration names; is_standard as in struct
 * child_config. */
int hatch_start(char *const *argv, bool is_standard, struct hatch_child *out) MUST_USE;

/* Ends it, as child_reap does, and waits for that. */
void hatch_stop(pid_t pid);

/* Opens a file or folder of the configuration for reading. flags are open's,
 * and of no use: this is in the place of open. */
int hatch_open_file(const char *path, int flags) MUST_USE;

/* Opens the log file again. */
int hatch_open_log(void) MUST_USE;

/* Appends what tor's cookie file holds, or as many zeros if it has not the size
 * of a cookie. ERR_TOO_LONG if it is over PORTER_COOKIE_MAX. */
int hatch_cookie(const char *path, struct buf *out) MUST_USE;

/* The name of a user or group; empty if it has none. */
void hatch_name(bool is_group, uint32_t id, char out[NAMES_SIZE]);

/* Removes a socket that we have listened at. Without a hatch: unlink. */
void hatch_remove(const char *path);

#endif

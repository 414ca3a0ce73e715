/* A child process that we talk to over a socket pair: its end is its file
 * descriptor 3, or its standard input and output. */
#ifndef IO_CHILD_H
#define IO_CHILD_H

#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <sys/types.h>

struct bufferevent;
struct event_base;
struct child;

/* The descriptor in the child. */
#define CHILD_FD 3

/* What to start. Everything is borrowed: base for the life of the child, the
 * rest for the call. */
struct child_config {
  struct event_base *base;
  char *const *argv; /* ends with NULL; argv[0] is the program: without a slash it is looked for
                        in PATH */
  bool is_standard;  /* the stream is its standard input and output, not CHILD_FD */
  /* Called once, from the loop, when the process has ended and was reaped;
   * status says how: "exited with status 1", "killed by signal 9 (Killed)".
   * What it had sent may still be unread in the stream. child_free may be
   * called from here. */
  void (*ended)(void *ctx, const char *status);
  void *ctx;
};

/* Starts the process: standard input, output and error are ours (unless
 * is_standard says otherwise), nothing else but CHILD_FD stays open, signals are at their defaults
 * and unblocked. ERR_IO with errno set if it cannot be started. *out is freed with child_free. The
 * program must ignore SIGPIPE (loop_new sees to it). */
int child_start(const struct child_config *config, struct child **out) MUST_USE;

/* Starts argv[0] with a stream of its own, as above; our end goes to stream_out.
 * ERR_IO with errno set. */
int child_spawn(char *const *argv, bool is_standard, pid_t *pid_out, int *stream_out) MUST_USE;

/* Waits for the end of a process of ours whose stream has ended: terminates it
 * after a second, kills it a second later. */
void child_reap(pid_t pid);

/* Our end, owned by the child: the caller sets its callbacks and enables
 * it. */
struct bufferevent *child_stream(struct child *c);

/* Hands the bytes that come from now on to got, as they come; they are borrowed
 * for the call. child_free must not be called from there. */
void child_listen(struct child *c, void (*got)(void *ctx, struct slice bytes), void *ctx);

/* No byte is handed on any more. */
void child_ignore(struct child *c);

/* Sends bytes, which are copied; what the child does not read waits here. */
void child_send(struct child *c, struct slice bytes);

/* Its process id; stays valid until child_free, also after the end. */
pid_t child_pid(const struct child *c);

/* Closes our end, which a child that serves it takes as the end. If it does
 * not go within a second, it is terminated, and killed a second later; c may
 * be NULL. The ended callback is not called any more. */
void child_free(struct child *c);

#endif

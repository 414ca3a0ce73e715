/* The porter: a process that is forked before the publisher closes its door, and
 * does for it what it cannot do any more. It trusts nobody: what is asked for
 * is compared with what the configuration says, which it reads by itself, and
 * nothing is run, opened or connected to that stands only in a request. */
#ifndef IO_PORTER_H
#define IO_PORTER_H

#include "conf/endpoint.h"
#include "crypto/sha512.h"
#include "io/names.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* tor's cookies have that size: what is of another one is not handed out, and
 * over that limit not measured. */
#define PORTER_COOKIE_SIZE 32
#define PORTER_COOKIE_MAX  1024

enum porter_wish {
  PORTER_DIAL,   /* endpoint: a socket as dial makes it */
  PORTER_START,  /* digest, is_standard: a child; its stream, and where its end is told */
  PORTER_STOP,   /* pid: the end of one */
  PORTER_OPEN,   /* path: to read it */
  PORTER_COOKIE, /* path: what it holds, or zeros if that is no cookie */
  PORTER_LOG,    /* the log file, to append to it */
  PORTER_REMOVE, /* path: of a socket */
  PORTER_NAME,   /* id, is_group: what the user or group is called */
};

#define PORTER_WISHES (PORTER_NAME + 1)

/* One message each way; both ends are the same program. */
struct porter_request {
  enum porter_wish wish;
  pid_t pid;
  uint8_t is_standard; /* as in struct child_config; not bool: anything may come */
  uint8_t digest[SHA512_SIZE];
  struct endpoint endpoint;
  uint8_t is_group;
  uint32_t id; /* of a user or group */
  char path[PATH_MAX];
};

/* Up to two descriptors come with it. */
struct porter_reply {
  int errnum; /* 0: done */
  pid_t pid;
  size_t n; /* bytes of the file; more than PORTER_COOKIE_MAX if it is over that */
  uint8_t bytes[PORTER_COOKIE_SIZE];
  char name[NAMES_SIZE]; /* empty: there is none */
};

/* What is allowed. */
struct porter_policy {
  bool (*may_dial)(void *ctx, const struct endpoint *e);
  /* The command of that digest, borrowed until the next call, or NULL. */
  char *const *(*command)(void *ctx, const uint8_t digest[SHA512_SIZE], bool is_standard);
  bool (*may_open)(void *ctx, const char *path);
  bool (*may_remove)(void *ctx, const char *path);
  /* Whether that file holds a key or a passphrase. */
  bool (*is_secret)(void *ctx, const struct stat *st);
  const char *log_path; /* NULL: none */
  void *ctx;
};

/* Serves the socket (of hatch_open) until the other side has gone. What is
 * started is told to end then by the end of its stream. */
void porter_serve(int fd, const struct porter_policy *policy);

/* The digest of a command: of its words and how it is started. */
void porter_digest(char *const *argv, bool is_standard, uint8_t out[SHA512_SIZE]);

#endif

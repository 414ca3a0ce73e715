/* The command line of onionbalance-signer. */
#ifndef SIGNER_ARGUMENTS_H
#define SIGNER_ARGUMENTS_H

#include "base/buf.h"
#include "signer/listener.h"

/* A key file, and the file of its passphrase (NULL: none is given). */
struct arguments_key {
  char *path;
  char *passphrase;
  bool is_listed; /* stands in a key list */
};

/* Owns the paths. All zero is an empty one. */
struct arguments {
  const char *verb;      /* what to do instead of serving; NULL: serve */
  const char *recipient; /* of bundles; NULL: none. These and the next ones: borrowed from argv */
  const char *from;      /* a date; NULL: now */
  const char *address;   /* that a key should have; NULL: any */
  const char *journal;   /* a file; NULL: none */
  const char *approvals; /* a file; NULL: none */
  const char *period;    /* of an approval: NUMBER/MINUTES; NULL: not given */
  uint64_t keys_more;    /* of an approval; 0: not given */
  const char *output;    /* a folder, or of a key and a backup also a file; NULL: not given */
  const char *format;    /* of a key file; NULL: not given */
  const char *new_passphrase; /* the file of it, for a key that is written; NULL: not given */
  bool has_no_passphrase;     /* none is wanted for such a key */
  bool is_check_only;         /* nothing is to be written */
  uint64_t given;             /* the options that stood there, a bit for each */
  uint64_t days;              /* 0: not given */
  uint64_t period_minutes;    /* of the network; 0: not given */
  char **operands;            /* what is no option, of a verb */
  size_t n_operands;
  int fd;                  /* to be served; -1: standard input and output */
  int passphrase_fd;       /* -1: none */
  bool has_no_sandbox;     /* it is not wanted */
  bool is_listening;       /* fd is a listening socket, or one is to be made at socket_path */
  const char *socket_path; /* NULL: none; borrowed from argv */
  mode_t socket_mode;
  uid_t *users; /* who is let in */
  size_t n_users, cap_users;
  gid_t *groups;
  size_t n_groups, cap_groups;
  const char **lists; /* of keys; borrowed from argv */
  size_t n_lists, cap_lists;
  struct arguments_key *keys;
  size_t n_keys;
  size_t cap;
};

/* What main does next. */
enum arguments_outcome {
  ARGUMENTS_RUN,   /* serve the keys */
  ARGUMENTS_PRINT, /* the text to stdout, exit 0 */
  ARGUMENTS_USAGE, /* the text to stderr, exit 2 */
};

/* Reads the command line, and the file of --key-list. A first argument that is
 * no option is the verb: options that are not for it are refused, and the rest is
 * its own to check. Appends the text to print, if any. Reorders argv as getopt_long does. The
 * caller ends a with arguments_deinit in any case. */
enum arguments_outcome arguments_parse(struct arguments *a, int argc, char **argv,
                                       struct buf *text);

/* Reads the key lists again, in place of what stood in them. On ARGUMENTS_USAGE
 * a is as it was, and text says why. */
enum arguments_outcome arguments_read_lists(struct arguments *a, struct buf *text);

/* Frees what a owns. */
void arguments_deinit(struct arguments *a);

#endif

/* The command line and the environment of onionbalance. */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include "base/log.h"
#include "conf/endpoint.h"

/* Where tor's control port may be: a unix socket and an address. */
#define OPTIONS_TRIES 2

/* Borrows its strings from argv and the environment. */
struct options {
  const char *config_path;
  enum log_level verbosity;
  bool is_testnet;
  bool is_check;               /* only look whether all is well */
  bool has_no_sandbox;         /* it is not wanted */
  const char *handover;        /* folder for what a signer and another user need; or NULL */
  const char *config_fallback; /* copy of the configuration for one who may not read it; or NULL */
  const char *signer;          /* that has the keys of all files: a keysource; or NULL */
  /* Endpoints of tor's control port, to be tried in this order. */
  struct endpoint control[OPTIONS_TRIES];
  size_t n_control;
  bool is_control_given;      /* by a flag or the environment: stands above tor.control of
                                 the file */
  const char *control_reason; /* why these, for the log: "--socket was given" */
  const char *log_location;   /* file to append the log to; NULL: stderr */
  const char *status_socket;  /* of the environment: stands above the file; or NULL */
  /* The folder that a service manager has made for sockets: where the admin
   * socket is unless the file says otherwise; or NULL. */
  const char *runtime_folder;
  /* The one that it has made for what is to be kept: where that is unless the
   * file says otherwise; or NULL. */
  const char *state_directory;
};

/* What main does next. */
enum options_outcome {
  OPTIONS_RUN,   /* start */
  OPTIONS_PRINT, /* the text to stdout, exit 0 */
  OPTIONS_USAGE, /* the text to stderr, exit 2 */
};

/* Reads the command line and the environment through env, which is getenv
 * outside of tests. Appends the text to print, if any, to text. Reorders argv
 * as getopt_long does. */
enum options_outcome options_parse(struct options *o, int argc, char **argv,
                                   char *(*env)(const char *name), struct buf *text);

#endif

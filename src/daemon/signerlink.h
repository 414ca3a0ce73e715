/* The signer process: started, asked, watched, and started again. The
 * publisher checks everything that it answers. */
#ifndef DAEMON_SIGNERLINK_H
#define DAEMON_SIGNERLINK_H

#include "balance/action.h"
#include "balance/event.h"
#include "signer/wire.h"

struct event_base;
struct logger;
struct signerlink;

/* What the signer says about one key. Borrowed for the call. */
struct signerlink_key {
  uint32_t index;
  enum wire_status status;
  struct address address; /* if the status is good */
  struct slice text;      /* an error, or a warning if the status is good */
};

/* All called from the loop; signerlink_free must not be called from them. */
struct signerlink_handler {
  /* Once for each key, in order, each time the signer has been started. */
  void (*key)(void *ctx, const struct signerlink_key *key);
  /* After the last key: it can be asked. */
  void (*ready)(void *ctx);
  /* It has ended or misbehaved; it is being started again. */
  void (*lost)(void *ctx, const char *why);
  /* EVENT_BLINDED, EVENT_CERTIFIED, EVENT_SIGNER_REFUSED. */
  void (*event)(void *ctx, const struct event *e);
  void *ctx;
};

/* The files of a service. */
struct signerlink_paths {
  const char *key;
  const char *passphrase; /* NULL if none is given */
};

/* Borrowed for the life of the link, except program and paths, which are
 * copied. */
struct signerlink_config {
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  const char *program;                  /* path of onionbalance-signer */
  const struct signerlink_paths *paths; /* one for each service, in order */
  size_t n_keys;                        /* at least 1 */
  struct signerlink_handler handler;
};

/* Starts the signer when the loop runs. Freed with signerlink_free. */
struct signerlink *signerlink_new(const struct signerlink_config *config);
void signerlink_free(struct signerlink *l);

/* Does ACTION_BLIND or ACTION_CERTIFY; the answer is an event. Nothing
 * happens while it is not ready. */
void signerlink_do(struct signerlink *l, const struct action *a);

#endif

/* One signer: started or connected to, asked, watched, and come back to. The
 * publisher checks everything that it answers, and does not wait for ever. */
#ifndef DAEMON_SIGNERLINK_H
#define DAEMON_SIGNERLINK_H

#include "balance/action.h"
#include "balance/event.h"
#include "conf/keysource.h"
#include "daemon/command.h"
#include "signer/wire.h"

struct event_base;
struct logger;
struct signerlink;

/* What the signer says about one key. Borrowed for the call. */
struct signerlink_key {
  uint32_t index;
  enum wire_status status;
  struct address address; /* if the status is good */
  struct slice name;      /* the path of its file, as the signer was told it */
  struct slice text;      /* an error, or a warning if the status is good */
};

/* All called from the loop; signerlink_free must not be called from them. */
struct signerlink_handler {
  /* Once for each key, in order, on each connection. */
  void (*key)(void *ctx, const struct signerlink_key *key);
  /* After the last key: it can be asked. */
  void (*ready)(void *ctx);
  /* It has ended, misbehaved or does not answer; it is tried again. */
  void (*lost)(void *ctx, const char *why);
  /* EVENT_BLINDED, EVENT_CERTIFIED, EVENT_SIGNER_REFUSED; the service is the
   * index of the key. */
  void (*event)(void *ctx, const struct event *e);
  void *ctx;
};

/* Borrowed for the life of the link, except program and keys, which are
 * copied. */
struct signerlink_config {
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  const struct keysource *source; /* where it is; NULL: a child of ours */
  const char *program;            /* of a child: path of onionbalance-signer */
  const struct command_key *keys; /* its keys, in order */
  size_t n_keys;                  /* at least 1 */
  struct signerlink_handler handler;
};

/* Starts the signer or connects to it when the loop runs. Freed with
 * signerlink_free. */
struct signerlink *signerlink_new(const struct signerlink_config *config);
void signerlink_free(struct signerlink *l);

/* What to call it in a message: "the signer", "the signer at unix:PATH".
 * Borrowed. */
const char *signerlink_label(const struct signerlink *l);

/* Whether it has told its keys and is there. */
bool signerlink_is_ready(const struct signerlink *l);

/* Does ACTION_BLIND or ACTION_CERTIFY with the key of that index; the answer is
 * an event. Nothing happens while it is not ready. */
void signerlink_do(struct signerlink *l, const struct action *a, uint32_t index);

#endif

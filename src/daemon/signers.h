/* All signers of a configuration, and which of them has the key of which
 * service: a child for key files, unless there is a signer for all of them, and
 * one link for each signer, or place of bundles, that services name. A key is
 * found at a signer by the service's address, by the path of its file, or
 * because it is the only one there. */
#ifndef DAEMON_SIGNERS_H
#define DAEMON_SIGNERS_H

#include "conf/config.h"
#include "daemon/signerlink.h"

struct signers;

/* What is known of the key of a service. Borrowed for the call. */
struct signers_key {
  uint32_t service;
  bool is_good;
  struct address address; /* if it is good */
  const char *text;       /* an error, or a warning or nothing if it is good */
};

/* All called from the loop; signers_free must not be called from them. */
struct signers_handler {
  /* For each service whose key a signer has, or should have, each time it is
   * connected to. */
  void (*key)(void *ctx, const struct signers_key *key);
  /* Every signer has told of its keys; later on: one of them has, again. */
  void (*ready)(void *ctx);
  /* One of them is lost; label names it. */
  void (*lost)(void *ctx, const char *label, const char *why);
  /* An answer, for a service. */
  void (*event)(void *ctx, const struct event *e);
  void *ctx;
};

/* Borrowed for the life of the signers, except program. */
struct signers_config {
  struct event_base *base;
  struct logger *logger;
  struct suite *suite;
  const char *program;            /* path of onionbalance-signer */
  const struct config *services;  /* the configuration */
  const struct keysource *common; /* that has the keys of all files; NULL: a child has */
  struct signers_handler handler;
};

/* Starts them, or connects to them, when the loop runs. Freed with
 * signers_free. */
struct signers *signers_new(const struct signers_config *config);
void signers_free(struct signers *s);

/* Whether one of them can be asked. */
bool signers_is_any_ready(const struct signers *s);

/* Does ACTION_BLIND or ACTION_CERTIFY at the signer of the service; nothing
 * happens while that is not ready or has not the key that it had at first. */
void signers_do(struct signers *s, const struct action *a);

#endif

/* The publisher's side of the protocol. It trusts the signer with the keys,
 * but believes nothing else: a blinded key must be the one that belongs to the
 * identity key and the period, a certificate must say what was asked and
 * verify.
 *
 * Pure: bytes to send are appended to out, bytes that came are given to
 * client_feed, results are taken with client_next. */
#ifndef SIGNER_CLIENT_H
#define SIGNER_CLIENT_H

#include "crypto/suite.h"
#include "signer/wire.h"

struct client;

/* Borrows the suite. Freed with client_free. A client is for one connection:
 * after a reconnect, or when anything here fails, a new one is made. */
struct client *client_new(struct suite *s);
void client_free(struct client *c);

/* The bytes that wait to be sent; whoever sends them takes them out of the
 * buffer. All functions here may add some. */
struct buf *client_output(struct client *c);

/* Asks for the protocol version and all keys, one result for each, in order of
 * their index. To be called once, first. */
void client_hello(struct client *c);

/* True when the signer has told of all its keys; count is then the number of
 * them. */
bool client_is_ready(const struct client *c, size_t *count);

/* True while it has asked for something and has no answer yet. */
bool client_is_waiting(const struct client *c);

/* Asks for a blinded key. tag is the caller's and comes back in the result.
 * ERR_NOT_NOW if the signer has not told of that key, or that it is bad. */
int client_blind(struct client *c, uint64_t tag, uint32_t index,
                 const struct wire_period *period) MUST_USE;

/* What to certify: blinded is the result of the client_blind for the same
 * index and period. */
struct client_certify {
  uint32_t index;
  struct wire_period period;
  uint8_t blinded[32];
  uint8_t key[32]; /* descriptor signing key */
  uint32_t expiration_hours;
};

/* Asks for a certificate. Errors as of client_blind. */
int client_certify(struct client *c, uint64_t tag, const struct client_certify *what) MUST_USE;

/* Bytes from the signer. */
void client_feed(struct client *c, struct slice bytes);

/* One answer. kind says to what; fields that it does not name are zero. */
struct client_result {
  enum wire_kind kind; /* WIRE_HELLO, WIRE_BLIND, WIRE_CERTIFY */
  uint64_t tag;        /* not for WIRE_HELLO */
  uint32_t index;      /* of the key */
  struct wire_period period;
  bool refused; /* the signer says no: error and text say why */
  enum wire_error error;
  enum wire_status status;  /* WIRE_HELLO: text is the error or a warning */
  struct slice name;        /* WIRE_HELLO: of the key; as text */
  struct slice text;        /* printable only after scrubbing; valid until the next call */
  uint8_t public_key[32];   /* WIRE_HELLO: identity key; WIRE_BLIND: blinded key */
  uint8_t revision_key[32]; /* WIRE_BLIND */
  uint8_t cert[CERT_SIZE];  /* WIRE_CERTIFY */
};

/* The next answer, if one is complete (*has). Errors mean that the other side
 * is no signer, or a faulty or lying one, and that the connection has to be
 * closed: ERR_TOO_LONG, ERR_SYNTAX and so on for garbage, ERR_UNSUPPORTED for
 * another protocol version, ERR_MISMATCH for an answer to something else,
 * ERR_SIGNATURE for a certificate that does not verify. */
int client_next(struct client *c, struct client_result *out, bool *has) MUST_USE;

#endif

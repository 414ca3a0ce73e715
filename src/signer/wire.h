/* The protocol between publisher and signer: requests one way, a reply for
 * each the other way and in the same order, over any stream of bytes.
 *
 * A frame is a length of 4 bytes, then so many bytes: kind (1), id (4; the
 * reply repeats the request's), and the fields of the kind. All integers are
 * big-endian. The signer never gets bytes to sign: it builds what it signs. */
#ifndef SIGNER_WIRE_H
#define SIGNER_WIRE_H

#include "base/buf.h"
#include "base/err.h"
#include "netdoc/cert.h"

#define WIRE_VERSION 1

enum wire_kind {
  /* Protocol version and one key: version (2), index (4) -> version (2),
   * count of keys (4), index (4), status (1), public key (32), name (2 and
   * so many), text (2 and so many). The name is the path of the key's file as
   * the signer was told it. The text is an error, or if the key is good a
   * warning or nothing. */
  WIRE_HELLO = 1,
  /* index (4), period number (8), period minutes (8) -> blinded public key
   * (32), revision-counter key (32). */
  WIRE_BLIND = 2,
  /* index (4), period number (8), period minutes (8), descriptor signing
   * public key (32), expiration in hours since 1970 (4) -> certificate. */
  WIRE_CERTIFY = 3,
  /* Only as a reply: code (1), text (2 and so many). */
  WIRE_ERROR = 4,
};

/* What the signer says about a key. */
enum wire_status {
  WIRE_STATUS_GOOD,
  WIRE_STATUS_UNREADABLE,  /* no such file, no permission, ... */
  WIRE_STATUS_PERMISSIONS, /* others may write it */
  WIRE_STATUS_FORMAT,      /* neither PEM PKCS#8 Ed25519 nor Tor's */
  WIRE_STATUS_ENCRYPTED,   /* needs a passphrase, and has none that fits */
  WIRE_STATUS_WEAK,        /* a key that would give itself away */
};

/* Why a request was refused. */
enum wire_error {
  WIRE_ERROR_REQUEST, /* malformed, or of an unknown kind */
  WIRE_ERROR_VERSION, /* another protocol version */
  WIRE_ERROR_INDEX,   /* no key of that index */
  WIRE_ERROR_KEY,     /* there is one, but it cannot be used */
  WIRE_ERROR_POLICY,  /* period or expiration outside of what is allowed */
};

/* A time period: its number and its length. */
struct wire_period {
  uint64_t number;
  uint64_t minutes;
};

/* Fields that the kind does not name are zero. */
struct wire_request {
  enum wire_kind kind;
  uint32_t id;
  uint16_t version;
  uint32_t index;
  struct wire_period period;
  uint8_t key[32];
  uint32_t expiration_hours;
};

/* The same; name and text borrow from what was parsed. */
struct wire_reply {
  enum wire_kind kind;
  uint32_t id;
  uint16_t version;
  uint32_t count;
  uint32_t index;
  enum wire_status status;
  enum wire_error error;
  uint8_t public_key[32]; /* WIRE_HELLO: identity key; WIRE_BLIND: blinded key */
  uint8_t revision_key[32];
  uint8_t cert[CERT_SIZE];
  struct slice name;
  struct slice text;
};

/* Looks for a frame at the begin of a stream. Complete: *body borrows its
 * content and *size says how many bytes it takes; not yet complete: *size is
 * 0. ERR_TOO_LONG: over LIMIT_SIGNER_MESSAGE_BYTES, the stream is garbage. */
int wire_frame_parse(struct slice stream, struct slice *body, size_t *size) MUST_USE;

/* Parses the content of a frame. An id that could be read stands in out even
 * after an error (otherwise 0). ERR_UNSUPPORTED for an unknown kind, and
 * ERR_TRUNCATED, ERR_SYNTAX, ERR_RANGE. */
int wire_request_parse(struct slice body, struct wire_request *out) MUST_USE;
int wire_reply_parse(struct slice body, struct wire_reply *out) MUST_USE;

/* Appends a whole frame. A text is cut at LIMIT_SIGNER_TEXT_BYTES, a name at
 * LIMIT_SIGNER_NAME_BYTES. */
void wire_request_build(const struct wire_request *q, struct buf *out);
void wire_reply_build(const struct wire_reply *r, struct buf *out);

#endif

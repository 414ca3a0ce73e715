/* The signer's side of the protocol: requests in, replies out. Pure apart
 * from the keys; the time is handed in. */
#ifndef SIGNER_SESSION_H
#define SIGNER_SESSION_H

#include "base/wall.h"
#include "signer/keyring.h"
#include "signer/wire.h"

/* Remembers blinded keys, so that CERTIFY does not derive again what BLIND
 * has just derived. */
struct session;

/* Shares the keys. NULL if OpenSSL lacks an algorithm. Freed with
 * session_free. */
struct session *session_new(struct keyring *keys);
void session_free(struct session *s);

/* Answers one request. The reply's text is borrowed from the session or the
 * keyring, until the next call. */
void session_answer(struct session *s, const struct wire_request *q, struct wall now,
                    struct wire_reply *out);

/* Answers all frames that are complete in the stream, and takes them out of
 * it; replies are appended to out. ERR_TOO_LONG if it is no stream of frames:
 * then it has to be closed. */
int session_feed(struct session *s, struct buf *stream, struct wall now, struct buf *out) MUST_USE;

#endif

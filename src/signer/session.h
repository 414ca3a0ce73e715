/* The signer's side of the protocol: requests in, replies out. Pure apart
 * from the keys; the time is handed in. */
#ifndef SIGNER_SESSION_H
#define SIGNER_SESSION_H

#include "base/wall.h"
#include "signer/book.h"
#include "signer/keyring.h"
#include "signer/wire.h"

/* Remembers blinded keys, so that CERTIFY does not derive again what BLIND
 * has just derived. */
struct session;

/* Shares the keys. NULL if OpenSSL lacks an algorithm. Freed with
 * session_free. */
struct session *session_new(struct keyring *keys);
void session_free(struct session *s);

/* From now on the certificates that it makes stand in that book, which is
 * borrowed, and judges by that; who asks is told to it as peer, which is
 * copied. */
void session_set_book(struct session *s, struct book *b, const char *peer);

/* Answers one request, and enters a certificate into the book, which the caller
 * commits. The reply's text is borrowed from the session or the
 * keyring, until the next call. */
void session_answer(struct session *s, const struct wire_request *q, struct wall now,
                    struct wire_reply *out);

/* Answers all frames that are complete in the stream, and takes them out of
 * it; replies are appended to out. The certificates among them stand in the
 * book. ERR_TOO_LONG if it is no stream of frames:
 * then it has to be closed. */
int session_feed(struct session *s, struct buf *stream, struct wall now, struct buf *out) MUST_USE;

#endif

/* How we prove to tor that we may control it (control-spec.txt sections 3.5,
 * 3.21 and 3.24): what PROTOCOLINFO offers, the choice, and SAFECOOKIE, where
 * both sides prove that they know the cookie and neither shows it. */
#ifndef CONTROL_AUTH_H
#define CONTROL_AUTH_H

#include "control/command.h"
#include "control/reply.h"
#include "crypto/suite.h"

#define AUTH_COOKIE_SIZE 32
#define AUTH_HASH_SIZE   32

enum auth_method {
  AUTH_NONE,       /* tor lets everybody in */
  AUTH_SAFECOOKIE, /* HMAC over the cookie, both ways */
  AUTH_COOKIE,     /* the cookie itself: only a very old tor asks for that */
  AUTH_PASSWORD,
  AUTH_IMPOSSIBLE, /* nothing in common */
};

/* "NULL", "SAFECOOKIE", "COOKIE", "HASHEDPASSWORD" as tor calls them; "none in
 * common". */
const char *auth_method_text(enum auth_method m);

/* What tor said of itself. Owns its buffers; freed by auth_deinit. */
struct auth {
  bool has_method[AUTH_IMPOSSIBLE]; /* by enum auth_method */
  struct buf methods;               /* the list in tor's own words, for messages */
  struct buf cookie_path;           /* absolute, without NUL; empty if none is named */
  struct buf version;               /* "0.4.9.11" */
};

/* Frees the buffers; *a is empty afterwards. */
void auth_deinit(struct auth *a);

/* Reads the reply to PROTOCOLINFO. Lines and methods that we do not know are
 * skipped. On an error *out is empty: ERR_SYNTAX, ERR_MISSING (no AUTH line),
 * ERR_TOO_LONG (path), ERR_UNSUPPORTED (not version 1). */
int auth_parse(const struct reply *r, struct auth *out) MUST_USE;

/* The method to try, best first: none, SAFECOOKIE, COOKIE, password. */
enum auth_method auth_choose(const struct auth *a, bool has_cookie, bool has_password);

/* True if tor names a cookie file and offers a method for it that is better
 * than what needs no file. */
bool auth_wants_cookie(const struct auth *a);

/* The answer to AUTHCHALLENGE. */
struct auth_challenge {
  uint8_t server_hash[AUTH_HASH_SIZE];
  uint8_t server_nonce[COMMAND_NONCE_SIZE];
};

/* Reads that reply. ERR_SYNTAX, ERR_MISSING, ERR_ENCODING. */
int auth_challenge_parse(const struct reply *r, struct auth_challenge *out) MUST_USE;

/* What only the two ends of one SAFECOOKIE exchange know. Secret: the caller
 * wipes it. */
struct auth_exchange {
  uint8_t cookie[AUTH_COOKIE_SIZE];
  uint8_t client_nonce[COMMAND_NONCE_SIZE];
};

/* Checks tor's hash in constant time and only then makes ours. ERR_MAC if tor
 * does not know the cookie; hash_out is then zero. */
int auth_answer(struct suite *s, const struct auth_exchange *x, const struct auth_challenge *c,
                uint8_t hash_out[AUTH_HASH_SIZE]) MUST_USE;

#endif

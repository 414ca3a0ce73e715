/* Commands for tor's control port (control-spec.txt section 3). Every function
 * appends one whole command, its line end included, and nothing if it fails. */
#ifndef CONTROL_COMMAND_H
#define CONTROL_COMMAND_H

#include "base/buf.h"
#include "base/err.h"

/* Bytes of a relay fingerprint and of a SAFECOOKIE nonce. */
#define COMMAND_FINGERPRINT_SIZE 20
#define COMMAND_NONCE_SIZE       32

/* PROTOCOLINFO 1. */
void command_protocolinfo(struct buf *out);

/* AUTHENTICATE with a cookie or a SAFECOOKIE hash, in hex; without an argument
 * if proof is empty. */
void command_authenticate(struct slice proof, struct buf *out);

/* AUTHENTICATE with a quoted password. ERR_ENCODING if it has control
 * characters. */
int command_authenticate_password(struct slice password, struct buf *out) MUST_USE;

/* AUTHCHALLENGE SAFECOOKIE. */
void command_authchallenge(const uint8_t nonce[COMMAND_NONCE_SIZE], struct buf *out);

/* One keyword with words of ours behind it, separated by spaces: keys of
 * GETINFO and GETCONF, events of SETEVENTS, a signal's name. The words never
 * come from input: characters that could end the line are a programmer's
 * mistake. */
void command_getinfo(const char *keys, struct buf *out);
void command_getconf(const char *keys, struct buf *out);
void command_setevents(const char *events, struct buf *out);
void command_signal(const char *name, struct buf *out);

/* HSFETCH of an address of 56 characters, without ".onion", from n HSDirs
 * (tor's own choice if n is 0). ERR_ENCODING for another kind of address. */
int command_hsfetch(struct slice address, const uint8_t (*servers)[COMMAND_FINGERPRINT_SIZE],
                    size_t n, struct buf *out) MUST_USE;

/* HSPOST of a descriptor to n HSDirs, n at least 1: without SERVER tor would
 * choose the wrong ones for a second descriptor. The body should end in '\n',
 * or gets one. ERR_ENCODING (address), ERR_MISSING (no server), ERR_TOO_LONG
 * (more than tor takes: LIMIT_CONTROL_COMMAND_BYTES). */
struct command_post {
  struct slice address; /* 56 characters */
  const uint8_t (*servers)[COMMAND_FINGERPRINT_SIZE];
  size_t n_servers;
  struct slice body;
};
int command_hspost(const struct command_post *post, struct buf *out) MUST_USE;

#endif

/* One control connection from its first byte: a state machine that asks what
 * tor offers, authenticates, subscribes to events, and from then on matches
 * replies to commands. Bytes in, bytes and items out; the shell moves them. */
#ifndef CONTROL_SESSION_H
#define CONTROL_SESSION_H

#include "base/rng.h"
#include "control/auth.h"
#include "control/torevent.h"

struct session;

/* What a session is made from. The strings are borrowed for its life. */
struct session_config {
  struct slice password; /* p NULL if none is configured */
  const char *events;    /* of SETEVENTS: "HS_DESC STATUS_CLIENT"; empty for none */
  const struct rng *rng; /* for nonces; borrowed */
  struct suite *suite;   /* borrowed */
};

/* What came next out of the input. */
enum session_outcome {
  SESSION_WAITING, /* all input is used up */
  SESSION_COOKIE,  /* read the file session_cookie_path and hand its bytes to
                      session_set_cookie, or say why not to session_no_cookie;
                      until then nothing more comes */
  SESSION_READY,   /* the handshake is over: commands may be sent. Once */
  SESSION_REPLY,   /* tag, reply */
  SESSION_EVENT,   /* event */
  SESSION_STRANGE, /* event.name: an event that is malformed and was skipped */
};

/* Borrows from the session until its next call. */
struct session_item {
  enum session_outcome outcome;
  uint64_t tag;
  const struct reply *reply;
  struct torevent event;
};

/* A session at its begin, with the first command in its output. The caller
 * frees it with session_free. */
struct session *session_new(const struct session_config *config);
void session_free(struct session *s);

/* Reads from the front of *in, which becomes what is left, until there is
 * something to tell. After an error the connection has to be closed and
 * session_why says what was wrong: ERR_SYNTAX (garbage, a reply that nothing
 * asked for), ERR_TOO_LONG, ERR_AUTH (tor does not let us in), ERR_MAC (it
 * does not know its own cookie), ERR_REFUSED (events). */
int session_next(struct session *s, struct slice *in, struct session_item *out) MUST_USE;

/* The path of the cookie file, after SESSION_COOKIE; owned by the session. */
const char *session_cookie_path(struct session *s);

/* What the file holds. Goes on with another method if it is of no use;
 * ERR_AUTH if there is none. */
int session_set_cookie(struct session *s, struct slice cookie) MUST_USE;

/* The file cannot be read; why is a sentence for the log that names the path.
 * ERR_AUTH as above. */
int session_no_cookie(struct session *s, const char *why) MUST_USE;

/* Bytes to be sent now; the caller writes them and clears the buffer. */
struct buf *session_output(struct session *s);

/* Appends a whole command; its reply will come with this tag. ERR_NOT_NOW before
 * SESSION_READY, ERR_TOO_LONG if LIMIT_CONTROL_PENDING wait already. */
int session_send(struct session *s, uint64_t tag, struct slice command) MUST_USE;

/* True from SESSION_READY on, until an error. */
bool session_is_ready(const struct session *s);

/* Commands that wait for their reply. */
size_t session_pending(const struct session *s);

/* True while a reply is arriving: a slow tor, not a silent one. */
bool session_is_receiving(const struct session *s);

/* tor's version, "0.4.9.11", empty if it did not say; and the method that let
 * us in. After SESSION_READY. */
struct slice session_version(const struct session *s);
enum auth_method session_method(const struct session *s);

/* The other side has closed: makes session_why say in which state. */
void session_closed(struct session *s);

/* Why the session ended, as a phrase about tor: "sends what is no reply of a
 * control port: ...". May quote input: any bytes but NUL. */
const char *session_why(struct session *s);

#endif

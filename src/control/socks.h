/* The client's side of SOCKS 5 as tor speaks it: name and password for
 * isolation, a connection to an onion address (RFC 1928, RFC 1929, tor's
 * socks-extensions.txt). Bytes in, bytes out. */
#ifndef CONTROL_SOCKS_H
#define CONTROL_SOCKS_H

#include "base/buf.h"
#include "base/err.h"

/* The longest texts of a request: one octet says how long they are. */
#define SOCKS_TEXT_MAX 255

enum socks_outcome {
  SOCKS_WAITING,   /* for more bytes */
  SOCKS_CONNECTED, /* what follows comes from the other side */
  SOCKS_FAILED,    /* code says why */
  SOCKS_DOUBTFUL,  /* code says why it failed, but it may be connected all the same: see
                      socks_feed */
};

enum socks_phase {
  SOCKS_PHASE_METHOD,
  SOCKS_PHASE_LOGIN,
  SOCKS_PHASE_REPLY,
  SOCKS_PHASE_OVER,
};

/* Reply codes: those of RFC 1928 section 6 that tor uses, then tor's own, which
 * it uses on ports with the flag ExtendedErrors. */
enum socks_code {
  SOCKS_OK = 0x00,
  SOCKS_GENERAL = 0x01,     /* among others: all circuits failed */
  SOCKS_NOT_ALLOWED = 0x02, /* by the port's flags */
  SOCKS_NET_UNREACHABLE = 0x03,
  SOCKS_UNREACHABLE = 0x04, /* no descriptor, or no introduction */
  SOCKS_REFUSED = 0x05,     /* by the service */
  SOCKS_EXPIRED = 0x06,     /* tor's SocksTimeout */
  SOCKS_NO_DESCRIPTOR = 0xF0,
  SOCKS_BAD_DESCRIPTOR = 0xF1,
  SOCKS_INTRO_FAILED = 0xF2,
  SOCKS_REND_FAILED = 0xF3,
  SOCKS_AUTH_MISSING = 0xF4, /* the descriptor wants client authorization */
  SOCKS_AUTH_BAD = 0xF5,
  SOCKS_BAD_ADDRESS = 0xF6,
  SOCKS_INTRO_EXPIRED = 0xF7,
};

/* One request. All zero is none. */
struct socks {
  enum socks_phase phase;
  uint8_t code;     /* of the reply, an enum socks_code or another one */
  struct buf login; /* to be sent when the method is agreed on */
  struct buf request;
  struct buf in; /* an answer that has not come whole */
};

/* Begins a request and appends what is to be sent first. Two requests with
 * different usernames never share a circuit. ERR_RANGE if a text is empty or
 * longer than SOCKS_TEXT_MAX. */
int socks_begin(struct socks *s, struct slice username, struct slice host, uint16_t port,
                struct buf *out) MUST_USE;

/* Takes what tor sends, as much of *in as belongs to the handshake (*in becomes
 * the rest), and appends what is to be sent next. ERR_SYNTAX if it is not
 * SOCKS 5; ERR_AUTH if tor does not want the username.
 *
 * SOCKS_DOUBTFUL: with ExtendedErrors tor puts the code of an earlier step (the
 * first HSDir had no descriptor) into its reply even if the connection was made
 * then (connection_ap_handshake_socks_reply in 0.4.9). After a real failure it
 * closes at once; if it does not, the connection is there. */
int socks_feed(struct socks *s, struct slice *in, struct buf *out,
               enum socks_outcome *outcome_out) MUST_USE;

/* A phrase for a reply code: "refused by the service". Never NULL. */
const char *socks_code_text(uint8_t code);

/* Frees what s owns; *s is empty afterwards. */
void socks_deinit(struct socks *s);

#endif

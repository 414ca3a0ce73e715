/* Probes: connections to onion services through tor, made as a client makes
 * them, to see what becomes of them. */
#ifndef BALANCE_PROBE_H
#define BALANCE_PROBE_H

#include "base/slice.h"
#include "hs/address.h"
#include "netdoc/consensus.h"

/* How the shell saw a probe end. */
enum probe_end {
  PROBE_ANSWERED,      /* connected, and if something was asked, the answer was as expected */
  PROBE_UNEXPECTED,    /* connected, but the answer was another one, or none */
  PROBE_REFUSED,       /* the other side was reached and refused the connection */
  PROBE_NO_DESCRIPTOR, /* tor found no descriptor, or none that it could use */
  PROBE_FAILED,        /* tor gave up for another reason, or does not say why */
  PROBE_TIMED_OUT,     /* neither within the probe's time */
  PROBE_NOT_READY,     /* it never began: no SOCKS port, or it does not work */
};

/* "answered", "refused", ... */
const char *probe_end_text(enum probe_end e);

/* What is to be connected to, and what to be asked there. Borrows its texts. */
struct probe_spec {
  struct address address;
  uint16_t port;
  int64_t timeout; /* milliseconds, for all of it */
  /* NULL: connecting is enough. Otherwise the path of an HTTP request. */
  const char *http_path;
  unsigned http_min; /* expected status: from .. to */
  unsigned http_max;
  const char *http_text; /* stands in the answer; NULL: anything */
};

/* What came of it. A probe that was introduced but not joined was lost by the
 * backend itself: the introduction point acknowledges what it passes on, not
 * what becomes of it. */
struct probe_result {
  enum probe_end end;
  bool is_introduced; /* an introduction point has acknowledged an introduction */
  bool is_joined;     /* the backend came to the rendezvous point */
  /* The relay of the introduction point that acknowledged last; the first of
   * them, of which it was known that the backend came, if is_joined. */
  uint8_t relay[FINGERPRINT_SIZE];
  int64_t took; /* milliseconds */
};

#endif

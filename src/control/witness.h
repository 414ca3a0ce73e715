/* What tor's events about circuits tell of one connection to an onion service:
 * whether an introduction point took the introduction, which one, and whether
 * the service came to the rendezvous point. */
#ifndef CONTROL_WITNESS_H
#define CONTROL_WITNESS_H

#include "control/torevent.h"

/* How far one connection is. All zero is the start. */
struct witness {
  bool was_sent; /* tor has had a descriptor: an introduction has been sent */
  bool is_sent;  /* one without an answer yet, by relay */
  bool is_acked; /* the answer to it was yes; its circuit follows at once */
  bool is_joined;
  uint8_t relay[TOREVENT_FINGERPRINT_SIZE];
};

struct witness_news {
  bool is_introduced; /* by relay */
  bool is_joined;     /* after that, if both */
  uint8_t relay[TOREVENT_FINGERPRINT_SIZE];
};

/* Takes an event about a circuit of the connection. Every acknowledged
 * introduction is news, and the first time that the service comes.
 *
 * HSCI_DONE alone does not mean that an introduction was acknowledged: tor says
 * it after a refusal too, when it has nowhere else to go. After an
 * acknowledgement the rendezvous circuit has changed first
 * (handle_introduce_ack_success in hs_client.c). */
struct witness_news witness_see(struct witness *w, const struct torevent *t);

#endif

/* The invariants of the core that can be seen in its actions. What does not
 * hold ends the test. */
#ifndef SIM_CHECKS_H
#define SIM_CHECKS_H

#include "balance/action.h"
#include "balance/event.h"
#include "doc.h"

struct world;

/* The revision that was sent last to one HSDir under one blinded key. */
struct sent {
  uint8_t blinded[32];
  uint32_t hsdir;
  uint64_t revision;
  unsigned start; /* of the balancer that sent it */
};

/* Something that the balancer waits for. */
struct flight {
  struct address address;
  uint8_t fingerprint[FINGERPRINT_SIZE];
  int64_t until; /* when it must give up: world time */
};

struct flights {
  struct flight *items;
  size_t n;
  size_t cap;
};

struct checks {
  struct world *world;
  struct sent *sent;
  size_t n_sent;
  size_t sent_cap;
  struct flights fetches;
  struct flights uploads;
  uint64_t fetch_period; /* fetches of an earlier period are given up */
  int64_t *gone_since;   /* per backend, by the core's knowledge; -1: not gone */
  int64_t *barred_since; /* per backend, by an operator or weight 0; -1: it is not */
  int64_t usable_since;  /* when the core last began to know a usable one; -1 */
  size_t n_uploads;
  size_t n_bytes;
  size_t n_with_flow_control;
};

void checks_init(struct checks *c, struct world *w);
void checks_deinit(struct checks *c);

/* Before an event, and after the step that took it. */
void checks_event(struct checks *c, const struct event *e);
void checks_state(struct checks *c);

/* Before the action is carried out. The document is the caller's, with its
 * points filled in. */
void checks_fetch(struct checks *c, const struct action *a);
struct doc *checks_upload(struct checks *c, const struct action *a);

/* The balancer starts anew. */
void checks_forget_flights(struct checks *c);

#endif

/* Visits of our own frontends, made as a client makes them, to find instances
 * that swallow clients: one without the right MasterOnionAddress takes every
 * introduction that is meant for the frontend and drops it. Its introduction
 * point acknowledges all the same, so the client waits for more than a minute,
 * and nobody else notices anything. */
#ifndef BALANCE_VISIT_H
#define BALANCE_VISIT_H

#include "base/moment.h"
#include "netdoc/consensus.h"

struct core;
struct event;
struct service;
struct step;

/* What visits have shown of an instance behind one frontend. */
enum visit_verdict {
  VISIT_UNKNOWN,    /* none has been led to it yet */
  VISIT_GOOD,       /* it came */
  VISIT_SUSPICIOUS, /* an introduction was acknowledged and it did not come */
  VISIT_BLACK_HOLE, /* the same again, while its own address answers all the time */
};

/* "unknown", "good", ... */
const char *visit_verdict_text(enum visit_verdict v);

/* The same, of one member of a service. All zero is the start. */
struct visit_seen {
  enum visit_verdict verdict;
  bool is_asked;       /* a probe of its own address is under way */
  struct mono lost;    /* then: when the visit began that was lost */
  bool is_told;        /* the log says that it is a black hole */
  struct mono tell_at; /* then: when to say it again */
};

enum visit_phase {
  VISIT_IDLE,
  VISIT_FETCHING, /* our descriptor, into tor's cache, where an older one may be */
  VISIT_PROBING,
};

/* A service's visits: series of them, with long pauses. All zero is the
 * start. */
struct visit_series {
  enum visit_phase phase;
  bool is_planned;                       /* next is set */
  bool is_search;                        /* the series is over when nothing is unknown any more */
  unsigned left;                         /* visits left in the series; 0: between two */
  unsigned given_up;                     /* members that the last search did not find */
  uint32_t round;                        /* of the descriptor that was looked at last */
  uint64_t period;                       /* its period */
  struct mono next;                      /* while idle */
  struct mono deadline;                  /* while fetching */
  uint8_t fingerprint[FINGERPRINT_SIZE]; /* of the HSDir that is asked */
};

/* Begins the visits that are due: soon after a descriptor that clients use has
 * reached its HSDirs with members that no visit has been led to yet, one at a
 * time; a few every some hours otherwise. None if tor cannot be used for
 * probes. */
void visit_tick(struct step *s);

/* When visit_tick has something to do. */
struct mono visit_next_wake(const struct core *c);

/* EVENT_FETCHED and EVENT_FETCH_FAILED; those of other addresses are
 * ignored. */
void visit_fetched(struct step *s, const struct event *e);

/* tor has gone. */
void visit_tor_down(struct step *s);

/* The service leaves: ends its fetch, if there is one. */
void visit_abandon(struct core *c, struct service *sv);

#endif

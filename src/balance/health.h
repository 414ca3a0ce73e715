/* The health of one instance: what its probes have shown, as a small state
 * machine. It decides nothing about descriptors; see balance/checker.h and
 * balance/planner.h. */
#ifndef BALANCE_HEALTH_H
#define BALANCE_HEALTH_H

#include "balance/probe.h"
#include "base/moment.h"
#include "base/rng.h"

/* How an instance is checked. */
enum health_check {
  HEALTH_AUTO,       /* its tor must come to the rendezvous; its port, once it has answered, too */
  HEALTH_TCP,        /* its port must accept a connection */
  HEALTH_HTTP,       /* ... and answer a request as expected */
  HEALTH_DESCRIPTOR, /* not probed: a fresh descriptor is enough */
  HEALTH_NONE,       /* not probed, and never doubted while its descriptor can be used */
};

#define HEALTH_CHECKS (HEALTH_NONE + 1)

/* What is asked for. Borrows its texts. */
struct health_config {
  enum health_check check;
  uint16_t port;
  const char *path; /* of the HTTP request */
  unsigned http_min;
  unsigned http_max;
  const char *text; /* stands in the answer; NULL: anything */
  int64_t interval; /* milliseconds, as all times here */
  int64_t timeout;
  unsigned rise; /* good probes in a row to come back */
  unsigned fall; /* bad ones to go */
};

/* The settings of an instance that has none of its own. */
struct health_config health_config_default(void);

enum health_state {
  HEALTH_STARTING, /* not known yet: in the descriptors */
  HEALTH_UP,
  HEALTH_HELD, /* looks down, but so do nearly all: kept in the descriptors */
  HEALTH_DOWN,
};

/* "starting", "up", "held", "down". */
const char *health_state_text(enum health_state s);

/* What the last probe that counts has shown. */
enum health_why {
  HEALTH_UNCHECKED,
  HEALTH_JOINED,         /* its tor came to the rendezvous */
  HEALTH_ANSWERED,       /* its port answered, as expected */
  HEALTH_REFUSED,        /* its tor is there, its port is closed */
  HEALTH_UNEXPECTED,     /* another answer than expected */
  HEALTH_SILENT,         /* its tor is there, its port does not answer */
  HEALTH_NOT_JOINED,     /* the introduction was passed on, and nobody came */
  HEALTH_NOT_INTRODUCED, /* no introduction point could pass it on */
  HEALTH_NO_DESCRIPTOR,
  HEALTH_REMEMBERED, /* it was down before the start, and has not been probed since */
};

/* "its tor answers", "its port refuses connections", ... */
const char *health_why_text(enum health_why w);

/* What one probe says about the instance. */
enum health_verdict {
  HEALTH_GOOD,
  HEALTH_BAD,
  HEALTH_UNKNOWN, /* it was not the instance's doing */
};

/* What an instance is doing about its next probe. */
enum health_phase {
  HEALTH_IDLE,
  HEALTH_FETCHING, /* waits for a fresh descriptor first */
  HEALTH_PROBING,
};

struct health {
  struct health_config config;
  char *path; /* the texts of config; owned */
  char *text;
  enum health_state state;
  enum health_why why;
  struct moment since;   /* of the state; all zero before anything was seen */
  bool is_checked;       /* a probe has counted */
  struct moment checked; /* the last one that did */
  int64_t took;          /* it, milliseconds */
  unsigned goods;        /* in a row */
  unsigned bads;
  struct mono good_since; /* the first one of goods */
  bool has_answered;      /* its port has, ever */
  unsigned flaps;         /* times in a row that it went down soon after it came back */
  enum health_phase phase;
  bool wants_fresh;        /* a fresh descriptor before the next probe */
  struct mono fresh_until; /* how long to wait for that, while fetching */
  struct mono next;        /* the next probe, while idle; MONO_NEVER: not planned yet */
};

/* Copies the texts. */
void health_init(struct health *h, const struct health_config *config);
void health_deinit(struct health *h);

/* Other settings: what is known stays. */
void health_configure(struct health *h, const struct health_config *config);

/* True if both ask for the same. */
bool health_config_equal(const struct health_config *a, const struct health_config *b);

/* Reads a result. A backend whose tor came to the rendezvous is alive; with
 * HEALTH_AUTO its port counts only once it has answered, as it may be another
 * one than that which clients use. */
enum health_verdict health_judge(const struct health *h, const struct probe_result *r,
                                 enum health_why *why_out);

/* Takes a good probe in; true if the instance has come back with it: after
 * config.rise of them, and for a flapping one only if they have been good for a
 * time that doubles with each flap. */
bool health_note_good(struct health *h, enum health_why why, struct moment now);

/* Takes a bad probe in; true if there have been config.fall of them: the
 * caller decides whether to believe it. */
bool health_note_bad(struct health *h, enum health_why why, struct moment now);

/* Changes the state. */
void health_set(struct health *h, enum health_state state, struct moment now);

/* Plans the next probe: at once after a first failure, a moment later after
 * others, else after an interval (the configured one or that which pace asks
 * for, whichever is longer, less up to a fifth of it: never more). */
void health_plan(struct health *h, int64_t pace, const struct rng *rng, struct mono now);

#endif

/* The times and bounds that the core works with. */
#ifndef BALANCE_TIMING_H
#define BALANCE_TIMING_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds, unless a name says otherwise. */
struct timing {
  int64_t fetch_interval;    /* from one round of fetches of an instance to the next */
  int64_t fetch_pace;        /* the interval is at least this, times the instances */
  int64_t fetch_timeout;     /* one fetch from one HSDir */
  int64_t fetch_retry_first; /* after a round without an answer; doubles */
  int64_t settle;            /* longest wait for other instances before publishing */
  int64_t stagger; /* longest wait of the descriptor that clients do not use yet or any more */
  int64_t upload_timeout; /* one upload to one HSDir */
  int64_t upload_retry_first;
  int64_t upload_retry_max;
  int64_t republish_min; /* tor's own random timer, from .. to */
  int64_t republish_max;
  int64_t stale_after;    /* an instance that published nothing new for so long is gone */
  int64_t load_retry;     /* asking tor for its consensus again after a failure */
  int64_t load_timeout;   /* no answer at all */
  int64_t load_fallback;  /* asking although tor announced nothing */
  int64_t microdesc_wait; /* for microdescriptors that tor does not have yet */
  int64_t signer_timeout;
  unsigned max_fetches; /* in flight */
  unsigned max_uploads;
  int64_t join_timeout;  /* from an introduction to the backend's coming */
  unsigned max_probes;   /* in flight */
  int64_t probe_pace;    /* an instance is probed no more often than this, times the instances */
  int64_t fresh_wait;    /* longest wait for a fresh descriptor before a probe */
  int64_t visit_first;   /* from a new descriptor to a visit of the frontend */
  int64_t visit_pace;    /* from one visit of a series to the next */
  int64_t visit_again;   /* from one series to the next while an instance is not known to be good */
  int64_t visit_rest;    /* ... while all are; each of these half to the whole */
  int64_t visit_timeout; /* one visit */
  int64_t visit_repeat;  /* from one report of a black hole to the next */
  int64_t stagger_down;  /* stagger, where an instance has to go */
};

/* Values for the live network, or short ones for a testing network. */
struct timing timing_for(bool testing_network);

/* base doubled `times` times, at most max. */
int64_t timing_backoff(int64_t base, unsigned times, int64_t max);

#endif

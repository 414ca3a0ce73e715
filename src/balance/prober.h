/* Keeps the probes that are under way: starts them within a bound, and puts
 * together what the shell and tor's circuit events tell about each. */
#ifndef BALANCE_PROBER_H
#define BALANCE_PROBER_H

#include "balance/event.h"
#include "balance/probe.h"
#include "base/moment.h"

struct step;

/* A probe under way. */
struct prober_flight {
  uint64_t id;
  struct address address;
  void (*done)(struct step *s, const struct address *a, const struct probe_result *r);
  struct mono started;
  struct mono deadline; /* of the whole probe, if the shell never answers */
  struct mono joins_by; /* once introduced; MONO_NEVER before */
  struct probe_result result;
};

/* Owns flights. All zero is a good start. */
struct prober {
  struct prober_flight *flights;
  size_t n;
  size_t cap;
  uint64_t last_id;
};

/* Starts a probe; false if as many as timing.max_probes are under way, or tor
 * cannot be used for it now. done is called exactly once for each that was
 * started, in a later step, also if tor goes away (PROBE_NOT_READY), and with
 * the address that was probed: the place of a service or an instance may have
 * changed meanwhile. */
bool prober_start(struct step *s, const struct probe_spec *spec,
                  void (*done)(struct step *s, const struct address *a,
                               const struct probe_result *r));

/* Ends what took too long: a backend that was introduced and has not come to
 * the rendezvous point within timing.join_timeout counts as PROBE_TIMED_OUT at
 * once, since tor would wait for it much longer. */
void prober_tick(struct step *s);

/* Events of a probe; those of unknown ones are ignored. */
void prober_introduced(struct step *s, const struct event *e);
void prober_joined(struct step *s, const struct event *e);
void prober_ended(struct step *s, const struct event *e);

/* tor has gone. */
void prober_tor_down(struct step *s);

/* When prober_tick has something to do. */
struct mono prober_next_wake(const struct prober *p);

/* Frees the flights, without a call of done. */
void prober_deinit(struct prober *p);

#endif

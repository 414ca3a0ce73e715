/* Connections to onion services through tor's SOCKS port, one for each probe,
 * each on circuits of its own. What they find out is told; who asked for them
 * and why is not known here.
 *
 * All callbacks come from the loop, never from inside a function of this
 * file. */
#ifndef IO_VISITOR_H
#define IO_VISITOR_H

#include "balance/probe.h"
#include "base/rng.h"
#include "conf/endpoint.h"

struct event_base;
struct visitor;

/* How a visit ended. */
struct visitor_report {
  uint64_t id;
  enum probe_end end;
  uint8_t code;     /* tor's reply code (control/socks.h), 0 if there was none */
  bool is_extended; /* it is one of tor's own: it may hide that the service refused */
  const char *why;  /* a phrase for the log, borrowed for the call */
};

struct visitor_config {
  struct event_base *base;
  const struct rng *rng;
  void (*done)(void *ctx, const struct visitor_report *r);
  void *ctx;
};

/* Nobody is visited before visitor_set_port. What config points to is borrowed.
 * The caller frees it with visitor_free; no visit reports after that. */
struct visitor *visitor_new(const struct visitor_config *config);
void visitor_free(struct visitor *v);

/* From now on visits go through this SOCKS port; NULL: there is none. */
void visitor_set_port(struct visitor *v, const struct endpoint *port);

/* Starts a visit under an id that no other one has: to host, an onion address
 * with ".onion", as the spec says. Reports once, unless it is stopped. Copies
 * what it needs; spec->address is not looked at. */
void visitor_start(struct visitor *v, uint64_t id, const char *host, const struct probe_spec *spec);

/* Ends a visit, or all of them, without a report. */
void visitor_stop(struct visitor *v, uint64_t id);
void visitor_stop_all(struct visitor *v);

/* Whose visit it is that used that SOCKS username (tor names it in events about
 * circuits). False if it is none that is under way. */
bool visitor_find(const struct visitor *v, struct slice username, uint64_t *id_out);

#endif

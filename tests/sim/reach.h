/* What clients can reach, looked at every ten seconds: while a backend is
 * there, both descriptors of each service must lead to one within the world's
 * bound. */
#ifndef SIM_REACH_H
#define SIM_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world;

struct reach {
  struct world *world;
  bool is_watching;      /* false: nothing is expected now */
  bool trusts_answers;   /* false: answers to an earlier balancer may be taken for its own */
  int64_t backend_since; /* when the first backend came up; -1: none is */
  int64_t *bad_since;    /* two per service; -1: they lead to a backend */
  int64_t worst;         /* longest time that one did not, in milliseconds */
};

void reach_init(struct reach *r, struct world *w);
void reach_deinit(struct reach *r);

/* Begins or ends watching. */
void reach_watch(struct reach *r, bool is_watching);

/* The look. An HSDir that confirmed a descriptor must have it. */
void reach_look(struct reach *r);

/* True if any responsible HSDir has the backend in one of the two descriptors of
 * the first service. */
bool reach_has(struct world *w, size_t backend);

#endif

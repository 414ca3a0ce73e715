/* A client: a stock tor whose user sends requests to the first service. */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include "base/limits.h"
#include "hs/desc_parse.h"

struct world;

/* What became of one request. */
enum client_outcome {
  CLIENT_SERVED,
  CLIENT_NO_DESCRIPTOR, /* none of the HSDirs that it asks has one */
  CLIENT_BAD_DESCRIPTOR,
  CLIENT_DEAD_POINTS, /* every point of its descriptor is dead */
  CLIENT_STUCK,       /* a backend took the introduction, and does not serve */
};

#define CLIENT_OUTCOMES (CLIENT_STUCK + 1)

struct client {
  struct world *world;
  bool keeps;       /* a descriptor to the end of its period; else it forgets at once */
  int64_t interval; /* milliseconds from one request to the next */
  size_t vote;      /* the consensus it has */
  bool has_descriptor;
  uint64_t period;
  size_t points[LIMIT_INTRO_POINTS]; /* places in the world's points */
  size_t n_points;
  size_t counts[CLIENT_OUTCOMES];
  size_t *served_by;    /* per backend */
  int64_t last_failure; /* world time; -1: none yet */
};

struct client *client_new(struct world *w, bool keeps, int64_t interval_ms);
void client_free(struct client *c);

/* It has learned of a newer consensus. */
void client_take_vote(struct client *c, size_t vote);

/* One request, now. */
enum client_outcome client_request(struct client *c);

/* Requests that were not served. */
size_t client_failures(const struct client *c);

/* Starts counting anew. */
void client_reset(struct client *c);

#endif

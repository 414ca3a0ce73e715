/* A whole world around the core: network, HSDirs, backends, a tor, a signer
 * and clients, all driven by one queue of tasks and one seed. Whatever goes
 * wrong in it ends the test with the seed and the last lines of the log. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "backend.h"
#include "balancer.h"
#include "checks.h"
#include "client.h"
#include "dice.h"
#include "hsdir.h"
#include "identity.h"
#include "net.h"
#include "points.h"
#include "probing.h"
#include "queue.h"
#include "reach.h"
#include "signer.h"
#include "tor.h"

/* What a world begins with. Zero means the default behind it. */
struct world_options {
  uint64_t seed;
  bool testing;              /* a testing network: 20 s from consensus to consensus */
  size_t n_relays;           /* 60 */
  unsigned churn_permille;   /* of the relays at each consensus; 0 */
  size_t n_services;         /* 1 */
  size_t n_backends;         /* 3; every service has all of them */
  size_t n_backups;          /* the last ones of the backends are; 0 */
  size_t points_per_backend; /* 3 */
  int64_t start;             /* seconds since 1970; 2026-11-22 10:00 UTC */
  bool waits;                /* the scenario starts the balancer */
  bool no_socks;             /* tor has no SOCKS port: nothing can be probed */
  enum content_mode mode;    /* of the descriptors of all services */
  int64_t bound;             /* seconds within which a usable backend must be reachable;
                                see reach.h */
};

struct world {
  struct world_options options;
  struct dice dice;
  struct queue queue;
  int64_t now; /* milliseconds since the start */
  struct suite *suite;
  struct net net;
  struct hsdir *hsdirs; /* one for each relay */
  struct points points;
  struct identity *services;
  struct backend *backends;
  struct tor tor;
  struct signer signer;
  struct probing probing;
  struct balancer balancer;
  struct client *clients[16];
  size_t n_clients;
  struct checks checks;
  struct reach reach;
};

/* A world in which everything runs, tor and signer included, and the balancer
 * has just been started, unless it waits. The caller frees it with
 * world_free. */
struct world *world_new(const struct world_options *options);
void world_free(struct world *w);

/* True time; only the balancer's clock may be wrong. */
struct wall world_wall(const struct world *w);

/* Lets so many seconds pass. */
void world_run(struct world *w, int64_t seconds);

/* Lets time pass until the true time of day is hh:mm:ss, today or tomorrow. */
void world_run_until(struct world *w, int hh, int mm, int ss);

/* Lets time pass until every HSDir has confirmed both descriptors of each
 * service; the world fails if that takes longer. Returns the seconds. */
int64_t world_run_until_published(struct world *w, int64_t seconds);

/* Adds a task so many milliseconds from now; the world owns it. */
void world_add(struct world *w, int64_t delay, struct task *t);

/* A client of the first service that sends a request every so many seconds. */
struct client *world_add_client(struct world *w, bool keeps, int64_t interval);

/* Ends the test: prints what is wrong, the seed, the time and the log. */
void world_fail(struct world *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* Fails unless the condition holds. */
#define world_expect(w, condition)                                                                 \
  ((condition) ? (void)0 : world_fail(w, "%s:%d: expected: %s", __FILE__, __LINE__, #condition))

#endif

/* A backend: an onion service run by a stock tor. */
#ifndef SIM_BACKEND_H
#define SIM_BACKEND_H

#include "hs/desc_build.h"
#include "identity.h"
#include "net.h"

struct world;

/* More than a good backend may have. */
#define BACKEND_POINTS_MAX (LIMIT_INTRO_POINTS + 1)

/* One of its two descriptors. Owns frame. */
struct backend_desc {
  bool is_used;
  struct schedule_slot slot;
  struct blinded keys;
  struct desc_frame frame;
  uint64_t revision;
  struct intro intros[BACKEND_POINTS_MAX];
  size_t points[BACKEND_POINTS_MAX]; /* their places in the world */
  size_t n_points;
  uint32_t hsdirs[NET_HSDIRS_MAX]; /* that the last upload went to */
  size_t n_hsdirs;
  unsigned timer; /* only the upload that was planned last takes place */
};

struct backend {
  struct world *world;
  size_t index;
  struct identity identity;
  bool is_running;
  int64_t running_since; /* world time */
  unsigned generation;   /* what an earlier one planned does not happen */
  bool has_vote;
  size_t vote; /* the consensus it has */
  struct backend_desc descs[2];
  size_t n_points;          /* for new descriptors */
  const char *flow_control; /* NULL: no such line */
  bool is_single_onion;
  bool is_hung;     /* its tor does nothing any more, but its circuits stay */
  bool is_web_dead; /* its tor is well, what is behind it refuses connections */
  const struct address
      *unknown_frontend; /* not in its ob_config, or NULL: drops who comes for it */
};

void backend_init(struct backend *b, struct world *w, size_t index);
void backend_deinit(struct backend *b);

/* Starts its tor: new introduction points, both descriptors uploaded within
 * seconds. It is not running. */
void backend_start(struct backend *b);

/* Kills its tor: all its points are dead at once. */
void backend_stop(struct backend *b);

/* Its tor gets a newer consensus: new descriptors when the period or the SRV
 * changes, and the points of the one that is over die. */
void backend_take_vote(struct backend *b, size_t vote);

/* Takes new points for both descriptors and publishes them. It is running. */
void backend_renew_points(struct backend *b);

/* The same for one random point of each, as when its time is over. */
void backend_renew_one_point(struct backend *b);

/* True if it has a live point, and serves who comes by it. */
bool backend_is_reachable(const struct backend *b);

#endif

/* What the balancer wants kept over restarts. */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "balance/action.h"

struct balancer;

/* All zero: nothing is kept. */
struct disk {
  bool is_on;
  struct action *items; /* the last ACTION_KEEP of each name */
  size_t n;
  size_t cap;
};

void disk_deinit(struct disk *d);

/* Keeps what an ACTION_KEEP says. */
void disk_keep(struct disk *d, const struct action *a);

/* Everything is lost. */
void disk_wipe(struct disk *d);

/* Gives it to a balancer that has just been started, text by text, as the
 * daemon does: what is damaged is left out. */
void disk_restore(struct disk *d, struct balancer *b);

/* Flips a bit of each text. */
void disk_damage(struct disk *d);

#endif

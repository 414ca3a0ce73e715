/* The panic rule: if nearly all instances look down at once, the fault is more
 * likely ours (our tor, our network) than theirs. Then all stay in the
 * descriptors that were there before, and that is said loudly. */
#ifndef BALANCE_PANIC_H
#define BALANCE_PANIC_H

#include "base/moment.h"
#include "base/rng.h"

#include <stdbool.h>

struct step;
struct instance;

/* All zero is a good start. */
struct panic {
  bool is_on;
  struct mono since;
  unsigned n_good; /* good probes since then, of any instance */
  struct mono last_good;
};

/* An instance has failed often enough to go down: true if that is to be
 * believed, false if it is held (HEALTH_HELD).
 *
 * Of the n instances that are probed and were up within the last minute, f
 * fail now or have gone down in that minute. It is not believed if f = n, or
 * if f is at least 2 and more than two thirds of n: with two thirds or less, a
 * third of all are witnesses that our way through tor works. Those that went
 * down in that minute come back then, held. Deaths one after the other, more
 * than a minute apart, are believed each, down to the last one.
 *
 * Once it is on, two minutes with good probes of others and bad ones of the
 * held are believed after all. With no good probe at all they are held for
 * ever: there is nothing better to publish. */
bool panic_believes(struct step *s, struct instance *in);

/* A probe was good. */
void panic_note_good(struct step *s);

/* Ends it when no instance is held any more. */
void panic_review(struct step *s);

#endif

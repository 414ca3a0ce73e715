/* The known word that an unknown one was meant to be. */
#ifndef CONF_NEAREST_H
#define CONF_NEAREST_H

#include "base/slice.h"

/* The place in words of the one with the fewest changes (a letter more, less,
 * other, or two swapped; case and '_' for '-' count nothing) that make it of
 * text, or n_words if all are too far off to be meant. */
size_t nearest_find(struct slice text, const char *const *words, size_t n_words);

#endif

/* Composes the content of a descriptor from what instances supply. */
#ifndef BALANCE_COMPOSE_H
#define BALANCE_COMPOSE_H

#include "balance/supply.h"

/* New content for a descriptor, from a supply of at least one instance, close
 * to what it has now; with rotate, others are drawn if they do not all fit.
 * NULL if distinct descriptors are called for and its HSDirs are not known yet.
 * The caller frees it with content_free.
 *
 * CONTENT_AUTO makes distinct descriptors as soon as there are more than
 * LIMIT_INTRO_POINTS instances, or a single one would leave one without a point
 * because others need its relays. It goes back to a single one only when
 * rotating, and with four fifths of that limit at most; that is, with the
 * descriptor's own timer and not with each instance that comes and goes.
 *
 * The lines about the points are the same in all variants, so that nothing but
 * the points tells these apart: they stand only if all instances that have a point
 * in one of them agree. */
struct content *compose_content(struct step *s, struct service *sv, const struct publication *pub,
                                const struct supply *o, bool rotate);

/* True if the content is distinct and made for just the HSDirs that the
 * descriptor has now, in their order. */
bool compose_is_fitting(const struct publication *pub);

#endif

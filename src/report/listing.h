/* The single tables that an operator asks for. */
#ifndef REPORT_LISTING_H
#define REPORT_LISTING_H

#include "report/whom.h"

/* All services of the snapshot. */
#define LISTING_ALL ((size_t)-1)

/* Each appends its part in the form of the view, about one service by its
 * place or about all of them. Instances in a table; uploads: a line for each
 * of the two descriptors; HSDirs: a line for each. In JSON a list. */
void listing_instances(const struct view *v, struct buf *out);
void listing_uploads(const struct view *v, size_t service, struct buf *out);
void listing_hsdirs(const struct view *v, size_t service, struct buf *out);
void listing_services(const struct view *v, size_t service, struct buf *out);

/* One instance with everything that is known of it. */
void listing_instance(const struct view *v, struct whom_instance at, struct buf *out);

/* tor and the signer. */
void listing_tor(const struct view *v, struct buf *out);

#endif

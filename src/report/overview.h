/* The whole state in one look: warnings, then every service with its
 * instances. */
#ifndef REPORT_OVERVIEW_H
#define REPORT_OVERVIEW_H

#include "report/view.h"

/* Appends it in the form of the view, with a newline at its end. */
void overview_build(const struct view *v, struct buf *out);

/* Appends one service, by its place in the snapshot: the part of the above
 * that is about it. */
void overview_service(const struct view *v, size_t service, struct buf *out);

#endif

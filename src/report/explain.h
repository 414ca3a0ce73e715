/* Why something is as it is, and what happens next and when: in sentences. */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "report/whom.h"

/* Each appends sentences, one a line; in JSON an object with them as the list
 * "lines". */
void explain_service(const struct view *v, size_t service, struct buf *out);
void explain_instance(const struct view *v, struct whom_instance at, struct buf *out);

#endif

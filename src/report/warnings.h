/* What is not as it should be, the worst first: what a person wants to see
 * before anything else. */
#ifndef REPORT_WARNINGS_H
#define REPORT_WARNINGS_H

#include "report/view.h"

/* Appends each as a line of its own; nothing if all is well. The same lines
 * in text and in JSON. */
void warnings_build(const struct view *v, struct buf *out);

#endif

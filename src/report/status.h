/* The document of the status socket, byte for byte as operators' scripts know
 * it from the Python program. */
#ifndef REPORT_STATUS_H
#define REPORT_STATUS_H

#include "balance/snapshot.h"

/* Appends one JSON document: keys sorted, separators ", " and ": ", no newline
 * at its end, times in UTC as "2026-11-22 15:44:40", null where nothing has
 * happened yet. */
void status_build(const struct snapshot *snapshot, struct suite *suite, struct buf *out);

#endif

/* The single things of a snapshot: an instance as a row of a table, and each
 * kind as an object of JSON. */
#ifndef REPORT_RECORD_H
#define REPORT_RECORD_H

#include "report/table.h"
#include "report/view.h"

/* An empty table for instances, and one row of it: an instance in a service. A
 * "*" marks a weight that an operator has set. */
void record_table(struct table *t);
void record_row(const struct view *v, const struct snapshot_service *sv,
                const struct snapshot_instance *in, struct table *t);

/* Objects: all that is known of it. A service has its descriptors, each with
 * its HSDirs, and its instances. */
void record_outside(const struct view *v, const char *key, struct json *j);
void record_service(const struct view *v, const struct snapshot_service *sv, struct json *j);
void record_instance(const struct view *v, const struct snapshot_instance *in, struct json *j);

/* The list "descriptors" of an object. */
void record_descriptors(const struct view *v, const struct snapshot_service *sv, struct json *j);

/* Where the upload to one HSDir is: "confirmed", "on its way", "to be tried
 * again", "waiting". */
const char *record_upload_state(const struct upload *u);

#endif

/* Whom an operator means: a service or an instance by its name, its address,
 * or so many of their first letters that there is only one. */
#ifndef REPORT_WHOM_H
#define REPORT_WHOM_H

#include "report/view.h"

enum whom_outcome {
  WHOM_FOUND,
  WHOM_NOBODY,
  WHOM_SEVERAL, /* more than one: it takes more letters, or SERVICE/INSTANCE */
};

/* An instance in one of its services: places in the snapshot. */
struct whom_instance {
  size_t service;
  size_t instance;
  bool is_chosen; /* the service was named, too */
};

/* The place of a service. A whole name or address goes before the begin of
 * another. */
enum whom_outcome whom_service(const struct view *v, struct slice text, size_t *out);

/* An instance; one that stands in several services counts as one, and its
 * first place is given. "SERVICE/INSTANCE" looks in that service alone. */
enum whom_outcome whom_instance(const struct view *v, struct slice text, struct whom_instance *out);

/* The n-th place of the instance with that address, or false. */
bool whom_find(const struct view *v, const struct address *a, size_t n, struct whom_instance *out);

/* The instance at such a place; borrowed. */
const struct snapshot_instance *whom_get(const struct view *v, struct whom_instance at);

#endif

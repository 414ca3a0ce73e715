/* What has happened between two looks at the state: one line for each event,
 * as text or as an object of JSON. */
#ifndef REPORT_CHANGE_H
#define REPORT_CHANGE_H

#include "base/log.h"
#include "report/view.h"

/* What is compared of a descriptor, an instance and a service. */
struct change_descriptor {
  uint64_t period_number;
  bool is_attempted;
  struct wall attempted;
  bool is_all; /* every HSDir has confirmed it */
};

struct change_instance {
  struct address address;
  const char *state; /* words that last */
  const char *why;
};

struct change_service {
  struct address address;
  struct change_descriptor descriptors[2];
  struct change_instance *instances;
  size_t n_instances;
};

/* One look. Owns services; borrows nothing. All zero is a look at nothing. */
struct change_base {
  struct snapshot_outside outside;
  struct change_service *services;
  size_t n_services;
};

/* Takes a look, in place of the one that was there. */
void change_base_take(struct change_base *b, const struct snapshot *s);
void change_base_deinit(struct change_base *b);

/* Appends what is different now, a line each; services and instances that
 * were not there before, or are no more, as "configuration". */
void change_build(const struct view *v, const struct change_base *before, struct buf *out);

/* Appends a line of the log as such an event. */
void change_log(const struct form *f, struct wall now, enum log_level level, struct slice text,
                struct buf *out);

#endif

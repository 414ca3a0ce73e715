/* Adds and removes instances: one file of the folder instances.d for each,
 * then a reload. */
#ifndef TOOLS_CTLEDIT_H
#define TOOLS_CTLEDIT_H

#include "tools/ctl.h"

/* "instance add SERVICE ADDRESS [NAME]" and "instance remove NAME". What the
 * publisher refuses is taken back. */
enum ctl_exit ctledit_add(const struct ctlargs *args, const struct ctl_streams *streams);
enum ctl_exit ctledit_remove(const struct ctlargs *args, const struct ctl_streams *streams);

/* Appends the text of a drop-in with one instance; service is empty if the
 * configuration has but one, name is NULL if it has none. */
void ctledit_build(struct slice service, struct slice address, const char *name, struct buf *out);

#endif

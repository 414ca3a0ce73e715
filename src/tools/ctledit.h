/* Adds, removes and changes instances: one file of the folder instances.d for
 * each, then a reload. */
#ifndef TOOLS_CTLEDIT_H
#define TOOLS_CTLEDIT_H

#include "tools/ctl.h"

/* "instance add SERVICE ADDRESS [NAME]" and "instance remove NAME". What the
 * publisher refuses is taken back. */
enum ctl_exit ctledit_add(const struct ctlargs *args, const struct ctl_streams *streams);
enum ctl_exit ctledit_remove(const struct ctlargs *args, const struct ctl_streams *streams);

/* "instance enable", "drain", "maintenance", "disable NAME" and "weight NAME WEIGHT",
 * kept in a file of their own, which "enable" and "weight NAME default" remove. */
enum ctl_exit ctledit_keep(const struct ctlargs *args, const struct ctl_streams *streams);

/* Appends the text of a drop-in with one change: "state" or "weight". */
void ctledit_build_change(struct slice service, struct slice address, const char *key,
                          const char *value, struct buf *out);

/* Appends the text of a drop-in with one instance; service is empty if the
 * configuration has but one, name is NULL if it has none. */
void ctledit_build(struct slice service, struct slice address, const char *name, struct buf *out);

#endif

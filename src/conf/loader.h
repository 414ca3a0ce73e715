/* From YAML text to a tree, through libyaml's events: no recursion on the
 * depth of the input, every count bounded. Aliases share the node that their
 * anchor names and "<<" merges are carried out. */
#ifndef CONF_LOADER_H
#define CONF_LOADER_H

#include "conf/tree.h"

/* Loads one document. ERR_SYNTAX and one error in m, with its place, if it is
 * malformed or over a bound; *out is then empty. A key that stands twice in a
 * map is a warning, and the last one counts, as it did for the Python
 * program. Freed by tree_deinit. */
int loader_parse(struct slice yaml, struct tree *out, struct messages *m) MUST_USE;

#endif

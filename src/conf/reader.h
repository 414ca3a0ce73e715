/* Walks a tree by the schema: converts values, reports what is wrong. */
#ifndef CONF_READER_H
#define CONF_READER_H

#include "conf/config.h"
#include "conf/schema.h"
#include "conf/tree.h"

/* Reads the whole tree into c. What is wrong is reported in m, and the field
 * is left as it was. */
void reader_run(struct suite *s, const struct tree *t, struct config *c, struct messages *m);

/* The same for a file of instances.d, into an empty service. */
void reader_run_dropin(struct suite *s, const struct tree *t, struct config_service *sv,
                       struct messages *m);

#endif

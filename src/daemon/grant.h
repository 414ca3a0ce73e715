/* What the porter grants the publisher: what the command line and the
 * configuration name, as the porter reads them by itself. */
#ifndef DAEMON_GRANT_H
#define DAEMON_GRANT_H

#include "daemon/options.h"
#include "io/porter.h"

struct grant;

/* options is borrowed. Freed with grant_free. NULL if OpenSSL lacks
 * something. */
struct grant *grant_new(const struct options *options);
void grant_free(struct grant *g);

/* What it allows; valid as long as g. A request that does not fit makes it read
 * the configuration again, which may have changed. */
struct porter_policy grant_policy(struct grant *g);

#endif

/* onionbalancectl: asks the publisher and shows its answer. */
#ifndef TOOLS_CTL_H
#define TOOLS_CTL_H

#include "tools/ctlargs.h"

/* Exit codes, for scripts. */
enum ctl_exit {
  CTL_DONE = 0,
  CTL_REFUSED = 1,
  CTL_USAGE = 2,
  CTL_UNREACHED = 3,
};

/* Where it writes, and in which form. Borrows kept. */
struct ctl_streams {
  int out;
  int err;
  struct form form;
  struct buf *kept; /* takes a good answer in place of out; NULL: nothing is kept */
};

/* Asks what the arguments say and writes the answer as it comes; returns the
 * exit code. */
enum ctl_exit ctl_run(const struct ctlargs *args, const struct ctl_streams *streams);

#endif

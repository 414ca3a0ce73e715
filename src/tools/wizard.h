/* onionbalance-config: asks, or takes the command line for an answer, and
 * writes the keys, the configuration and what the backends need. */
#ifndef TOOLS_WIZARD_H
#define TOOLS_WIZARD_H

#include "tools/flags.h"

/* Where it talks: file descriptors that stay the caller's. Passphrases are asked
 * for on the terminal all the same. */
struct wizard_streams {
  int in;
  int out;
  int err;
};

/* Does all of it and returns the exit status: 0 if it was done, or given up
 * with Ctrl-C or the end of the input; 1 for errors. Overwrites
 * flags->password. libsodium has been initialised by the caller. */
int wizard_run(const struct flags *flags, const struct wizard_streams *streams);

#endif

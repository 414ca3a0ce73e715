/* Where the programs of this package are. */
#ifndef DAEMON_PROGRAM_H
#define DAEMON_PROGRAM_H

/* Path of onionbalance-signer: beside the program that runs, or if there is
 * none the bare name, to be looked for in PATH. The caller frees it. */
char *program_find_signer(void);

#endif

/* What --help prints. */
#ifndef SIGNER_HELP_H
#define SIGNER_HELP_H

/* All options and verbs of onionbalance-signer, with a line end at the end. */
const char *help_text(void);

#endif

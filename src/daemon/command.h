/* The command that starts a signer as a child. */
#ifndef DAEMON_COMMAND_H
#define DAEMON_COMMAND_H

#include <stddef.h>

/* The files of a key that a child is to serve. */
struct command_key {
  const char *path;
  const char *passphrase; /* NULL if none is given */
};

/* The words, NULL at the end: program --fd 3 --key PATH --passphrase-file PATH
 * ... The caller frees them with command_free. */
char **command_build(const char *program, const struct command_key *keys, size_t n);

/* argv may be NULL. */
void command_free(char **argv);

#endif

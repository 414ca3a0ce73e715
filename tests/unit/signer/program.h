/* The program onionbalance-signer itself, started as onionbalance starts it,
 * and talked to by our client. SIGNER_PROGRAM names it. Include cmocka
 * before. */
#ifndef TEST_SIGNER_PROGRAM_H
#define TEST_SIGNER_PROGRAM_H

#include "signer/client.h"

#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>

#include "fixture.h"
#include "screen.h"

#define PROGRAM_FD        3
#define PROGRAM_MAX_WORDS 20

/* The running program, and our side of the connection. */
struct signer {
  pid_t pid;
  int fd;
  struct suite *suite;
  struct client *client;
};

/* Becomes the program, with argv as it is. */
void program_exec(char *const *argv);

/* Starts "onionbalance-signer --fd 3" and the given words, up to NULL, on a
 * socket pair; on a terminal of its own if screen is not NULL, otherwise
 * without one. */
void program_start(struct signer *s, const char *const *words, struct screen *screen);

/* The same with keys alone. */
void program_start_keys(struct signer *s, const char *const *keys);

/* Closes the connection; the exit status of the program. */
int program_stop(struct signer *s);

/* Sends what the client has to send and waits for its next result. */
void program_next(struct signer *s, struct client_result *out);

/* The first answer: about key 0. The text is borrowed until the next one. */
struct client_result program_hello(struct signer *s);

/* What the signer allows now. */
struct wire_period program_period(void);
uint32_t program_expiration(void);

/* Blinds and certifies with one key. The client compares all with what it
 * asked. */
void program_use(struct signer *s, uint32_t index);

#endif

/* How a command of onionbalance-signer says that it does not do something. */
#ifndef SIGNER_REFUSAL_H
#define SIGNER_REFUSAL_H

/* Exit statuses. */
#define REFUSAL_FAILED 1
#define REFUSAL_USAGE  2

/* Writes one line to standard error, after the name of the program; of
 * REFUSAL_USAGE also where help is. Returns status. */
int refusal_say(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif

/* Tells the service manager how we are: the datagram protocol of
 * sd_notify(3). */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* True if there is a service manager that listens. */
bool notify_is_wanted(void);

/* Connects to it, if there is one: later that may not be possible any more. */
void notify_open(void);

/* Sends one state, lines of VARIABLE=VALUE, to the socket that $NOTIFY_SOCKET
 * names; nothing happens if there is none. Waits up to a second for a service
 * manager that does not read. Failures are not reported: it notices by itself. */
void notify_send(const char *state);

/* The same without waiting: false if the service manager has no room for it. */
bool notify_try(const char *state);

/* "RELOADING=1" with the time that the protocol wants beside it. */
void notify_reloading(void);

/* Milliseconds within which the service manager wants a sign of life
 * ($WATCHDOG_USEC), or 0 if it wants none from this process. */
int64_t notify_watchdog_ms(void);

#endif

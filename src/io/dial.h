/* Connecting to an endpoint without waiting. */
#ifndef IO_DIAL_H
#define IO_DIAL_H

#include "conf/endpoint.h"

/* A socket on which connect() has been called: non-blocking, close-on-exec,
 * with keepalive and without Nagle's delay for TCP. It may or may not be
 * connected yet. The caller closes it. ERR_IO with errno set. */
int dial(const struct endpoint *e) MUST_USE;

/* Appends why a connection could not be made, from an errno: the endpoint,
 * text, and advice where permissions lack. */
void dial_explain(const struct endpoint *e, int errnum, struct buf *out);

#endif

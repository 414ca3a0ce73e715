/* Where a server listens: a unix socket or an address with a port. */
#ifndef CONF_ENDPOINT_H
#define CONF_ENDPOINT_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

/* The longest IPv6 address in text, its NUL included (INET6_ADDRSTRLEN). */
#define ENDPOINT_HOST_SIZE 46

/* The longest path of a unix socket, its NUL included (sun_path). */
#define ENDPOINT_PATH_SIZE 108

enum endpoint_kind {
  ENDPOINT_NONE, /* not given */
  ENDPOINT_UNIX,
  ENDPOINT_TCP,
};

/* A value: owns everything. */
struct endpoint {
  enum endpoint_kind kind;
  char path[ENDPOINT_PATH_SIZE]; /* of ENDPOINT_UNIX */
  char host[ENDPOINT_HOST_SIZE]; /* of ENDPOINT_TCP: a numeric IPv4 or IPv6 address */
  uint16_t port;                 /* of ENDPOINT_TCP */
};

/* Reads "unix:PATH", "ADDRESS:PORT" or "[IPV6]:PORT". ERR_SYNTAX (neither
 * form), ERR_TOO_LONG (path), ERR_ENCODING (not a numeric address or
 * "localhost"), ERR_RANGE (port). */
int endpoint_parse(struct slice text, struct endpoint *out) MUST_USE;

/* A unix socket at that path. ERR_SYNTAX if it is empty or holds a NUL,
 * ERR_TOO_LONG. */
int endpoint_unix(struct slice path, struct endpoint *out) MUST_USE;

/* An address and a port from 1 to 65535. "localhost" stands for 127.0.0.1.
 * ERR_ENCODING, ERR_RANGE. */
int endpoint_tcp(struct slice host, uint64_t port, struct endpoint *out) MUST_USE;

/* Whether both are the same place, in the same form. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/* Appends the form that endpoint_parse reads; "none" for ENDPOINT_NONE. */
void endpoint_build(const struct endpoint *e, struct buf *out);

#endif

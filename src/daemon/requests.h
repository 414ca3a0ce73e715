/* Commands whose replies are still to come, by their tags. */
#ifndef DAEMON_REQUESTS_H
#define DAEMON_REQUESTS_H

#include "hs/address.h"
#include "netdoc/consensus.h"

enum request_kind {
  REQUEST_NONE,    /* the place is free */
  REQUEST_IGNORED, /* nothing depends on the reply */
  REQUEST_SETTINGS,
  REQUEST_BOOTSTRAP,
  REQUEST_SOCKS,
  REQUEST_NETWORK,
  REQUEST_FETCH,
  REQUEST_UPLOAD,
};

struct request {
  enum request_kind kind;
  struct address address;
  uint8_t fingerprint[FINGERPRINT_SIZE];
};

/* Owns its items; a tag is the place of an item. All zero is empty. */
struct requests {
  struct request *items;
  size_t n;
  size_t cap;
};

/* Keeps a copy; returns its tag. */
uint64_t requests_add(struct requests *r, const struct request *q);

/* Takes out and returns the request of a tag; REQUEST_NONE if there is
 * none. */
struct request requests_take(struct requests *r, uint64_t tag);

/* Forgets all requests. */
void requests_clear(struct requests *r);
void requests_deinit(struct requests *r);

#endif

/* What a publisher that was taken over may send to the signer: a stream of
 * requests. */
#include "signer/session.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 2026-11-22 15:44:40 UTC: the corpus has time period 20779. */
#define NOW ((struct wall){1795362280})

static struct session *make_session(void)
{
  uint8_t seed[ED25519_SEED_SIZE] = {1};
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  struct keyring *keys;

  if (sodium_init() < 0) {
    abort();
  }
  keys = keyring_new(2); /* the second key is not there */
  ed25519_expand(seed, expanded);
  if (keyring_put(keys, 0, expanded) < 0) {
    abort();
  }
  return session_new(keys);
}

/* A request that was understood means the same when it is built again. */
static void check_request(struct slice body)
{
  struct buf again CLEANUP(buf_deinit) = {0};
  struct wire_request q;

  if (wire_request_parse(body, &q) == 0) {
    wire_request_build(&q, &again);
    if (!slice_equal(slice_skip(buf_slice(&again), 4), body)) {
      abort();
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct session *session;
  struct buf stream CLEANUP(buf_deinit) = {0};
  struct buf replies CLEANUP(buf_deinit) = {0};
  struct slice body;
  size_t used = 0;
  size_t at = 0;

  if (session == NULL) {
    session = make_session();
  }
  check_request(slice_of(data, size));
  buf_add(&stream, data, size);
  (void)!session_feed(session, &stream, NOW, &replies);
  /* Replies are whole frames that a client can read. */
  while (at < replies.n) {
    struct wire_reply r;

    if (wire_frame_parse(slice_skip(buf_slice(&replies), at), &body, &used) < 0 || used == 0 ||
        wire_reply_parse(body, &r) < 0) {
      abort();
    }
    at += used;
  }
  return 0;
}

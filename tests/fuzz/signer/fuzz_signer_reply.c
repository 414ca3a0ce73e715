/* What a faulty or lying signer may send to the publisher: a stream of
 * replies. */
#include "base/limits.h"
#include "signer/client.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A reply that was understood means the same when it is built again. */
static void check_reply(struct slice body)
{
  struct buf again CLEANUP(buf_deinit) = {0};
  struct wire_reply r;

  if (wire_reply_parse(body, &r) == 0 && r.text.n <= LIMIT_SIGNER_TEXT_BYTES &&
      r.name.n <= LIMIT_SIGNER_NAME_BYTES) {
    wire_reply_build(&r, &again);
    if (!slice_equal(slice_skip(buf_slice(&again), 4), body)) {
      abort();
    }
  }
}

/* After each answer the next question: blind, then certify. */
static void ask_on(struct client *c, const struct client_result *r)
{
  struct wire_period period = {20779, 1440};
  struct client_certify what = {
      .index = r->index, .period = period, .key = {1}, .expiration_hours = 498766};

  if (r->refused) {
    return;
  }
  if (r->kind == WIRE_HELLO) {
    (void)!client_blind(c, 1, r->index, &period);
  } else if (r->kind == WIRE_BLIND) {
    memcpy(what.blinded, r->public_key, sizeof what.blinded);
    (void)!client_certify(c, 2, &what);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct suite *suite;
  struct client_result r;
  struct client *c;
  bool has = true;

  if (suite == NULL && (sodium_init() < 0 || (suite = suite_new()) == NULL)) {
    abort();
  }
  check_reply(slice_of(data, size));
  c = client_new(suite);
  client_hello(c);
  client_feed(c, slice_of(data, size));
  while (has && client_next(c, &r, &has) == 0) {
    if (has) {
      ask_on(c, &r);
    }
  }
  client_free(c);
  return 0;
}

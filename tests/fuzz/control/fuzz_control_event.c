/* Events: the input is a stream of asynchronous messages. */
#include "control/torevent.h"

#include <assert.h>

static void check(const struct torevent *e, int err)
{
  assert(err == 0 || e->kind == TOREVENT_OTHER);
  assert(e->address.n == 0 || e->address.n == 56);
  assert(e->progress >= 0 && e->progress <= 100);
  assert(e->kind == TOREVENT_HS_DESC_CONTENT || e->text.n == 0);
  assert(torevent_action_text(e->action) != NULL);
  assert(torevent_reason_text(e->reason) != NULL);
  assert(torevent_status_text(e->status) != NULL);
  assert(torevent_hs_state_text(e->hs_state) != NULL);
  assert(e->kind == TOREVENT_CIRC_MINOR || (!e->has_last_hop && e->username.n == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct slice in = slice_of(data, size);
  struct reply_parser p;
  const struct reply *r = NULL;
  struct torevent e;

  reply_parser_init(&p);
  while (reply_parser_feed(&p, &in, &r) == 0 && r != NULL) {
    int err = torevent_parse(r, &e);

    check(&e, err);
    err = torevent_status_parse(r->lines[0].text, &e);
    assert(err < 0 || e.kind == TOREVENT_STATUS_CLIENT);
  }
  reply_parser_deinit(&p);
  return 0;
}

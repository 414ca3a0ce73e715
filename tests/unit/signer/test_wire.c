#include "signer/wire.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

static const struct wire_request requests[] = {
    {.kind = WIRE_HELLO, .id = 1, .version = 1, .index = 3},
    {.kind = WIRE_BLIND, .id = UINT32_MAX, .index = 2, .period = {UINT64_MAX, 1440}},
    {.kind = WIRE_CERTIFY,
     .id = 7,
     .index = UINT32_MAX,
     .period = {1, 2},
     .key = {3, 4},
     .expiration_hours = 5},
};

static const struct wire_reply replies[] = {
    {.kind = WIRE_HELLO,
     .id = 1,
     .version = 1,
     .count = 9,
     .index = 3,
     .status = WIRE_STATUS_WEAK,
     .public_key = {1, 2},
     .name = {(const uint8_t *)"/keys/a", 7},
     .text = {(const uint8_t *)"why", 3}},
    {.kind = WIRE_BLIND, .id = 2, .public_key = {3}, .revision_key = {4}},
    {.kind = WIRE_CERTIFY, .id = 3, .cert = {5, 6}},
    {.kind = WIRE_ERROR, .id = 4, .error = WIRE_ERROR_POLICY, .text = {NULL, 0}},
};

#define N_REQUESTS (sizeof requests / sizeof requests[0])
#define N_REPLIES  (sizeof replies / sizeof replies[0])

/* The content of the only frame of the buffer. */
static struct slice body_of(const struct buf *b)
{
  struct slice body;
  size_t size;

  assert_int_equal(wire_frame_parse(buf_slice(b), &body, &size), 0);
  assert_int_equal(size, b->n);
  return body;
}

static void requests_come_back(void **state)
{
  (void)state;
  for (size_t i = 0; i < N_REQUESTS; i++) {
    struct buf b CLEANUP(buf_deinit) = {0};
    struct wire_request q;

    wire_request_build(&requests[i], &b);
    assert_int_equal(wire_request_parse(body_of(&b), &q), 0);
    assert_memory_equal(&q, &requests[i], sizeof q);
  }
}

static void replies_come_back(void **state)
{
  (void)state;
  for (size_t i = 0; i < N_REPLIES; i++) {
    struct buf b CLEANUP(buf_deinit) = {0};
    struct wire_reply r;

    wire_reply_build(&replies[i], &b);
    assert_int_equal(wire_reply_parse(body_of(&b), &r), 0);
    assert_true(slice_equal(r.text, replies[i].text));
    assert_true(slice_equal(r.name, replies[i].name));
    r.name = replies[i].name;
    r.text = replies[i].text;
    assert_memory_equal(&r, &replies[i], sizeof r);
  }
}

static void every_cut_is_refused(void **state)
{
  (void)state;
  for (size_t i = 0; i < N_REQUESTS; i++) {
    struct buf b CLEANUP(buf_deinit) = {0};
    struct wire_request q;
    struct slice body;

    wire_request_build(&requests[i], &b);
    buf_add_u8(&b, 0);
    body = slice_skip(buf_slice(&b), 4);
    assert_int_equal(wire_request_parse(body, &q), ERR_SYNTAX);
    for (size_t n = 0; n < body.n - 1; n++) {
      assert_int_equal(wire_request_parse(slice_of(body.p, n), &q), ERR_TRUNCATED);
      assert_int_equal(q.id, n < 5 ? 0 : requests[i].id);
    }
  }
  for (size_t i = 0; i < N_REPLIES; i++) {
    struct buf b CLEANUP(buf_deinit) = {0};
    struct wire_reply r;
    struct slice body;

    wire_reply_build(&replies[i], &b);
    buf_add_u8(&b, 0);
    body = slice_skip(buf_slice(&b), 4);
    assert_int_equal(wire_reply_parse(body, &r), ERR_SYNTAX);
    for (size_t n = 0; n < body.n - 1; n++) {
      assert_true(wire_reply_parse(slice_of(body.p, n), &r) < 0);
    }
  }
}

static void unknown_values_are_refused(void **state)
{
  struct buf b CLEANUP(buf_deinit) = {0};
  struct wire_request q;
  struct wire_reply r;

  (void)state;
  wire_reply_build(&replies[0], &b);
  b.p[4 + 5 + 2 + 4 + 4] = WIRE_STATUS_WEAK + 1;
  assert_int_equal(wire_reply_parse(body_of(&b), &r), ERR_RANGE);
  buf_clear(&b);
  wire_reply_build(&replies[3], &b);
  b.p[4 + 5] = WIRE_ERROR_POLICY + 1;
  assert_int_equal(wire_reply_parse(body_of(&b), &r), ERR_RANGE);
  for (int kind = 0; kind < 256; kind++) {
    b.p[4] = (uint8_t)kind;
    if (kind < WIRE_HELLO || kind > WIRE_ERROR) {
      assert_int_equal(wire_reply_parse(body_of(&b), &r), ERR_UNSUPPORTED);
    }
    if (kind < WIRE_HELLO || kind > WIRE_CERTIFY) {
      assert_int_equal(wire_request_parse(body_of(&b), &q), ERR_UNSUPPORTED);
      assert_int_equal(q.id, replies[3].id);
    }
  }
}

static void frames_are_found_when_complete(void **state)
{
  struct buf b CLEANUP(buf_deinit) = {0};
  struct slice body;
  size_t first;
  size_t size;

  (void)state;
  wire_request_build(&requests[0], &b);
  first = b.n;
  wire_request_build(&requests[1], &b);
  for (size_t n = 0; n <= b.n; n++) {
    assert_int_equal(wire_frame_parse(slice_of(b.p, n), &body, &size), 0);
    assert_int_equal(size, n < first ? 0 : first);
    assert_int_equal(body.n, n < first ? 0 : first - 4);
  }
}

static void frames_are_bounded(void **state)
{
  struct buf b CLEANUP(buf_deinit) = {0};
  struct slice body;
  size_t size;

  (void)state;
  buf_add_u32(&b, LIMIT_SIGNER_MESSAGE_BYTES);
  buf_add_fill(&b, 0, LIMIT_SIGNER_MESSAGE_BYTES);
  assert_int_equal(wire_frame_parse(buf_slice(&b), &body, &size), 0);
  assert_int_equal(body.n, LIMIT_SIGNER_MESSAGE_BYTES);
  buf_clear(&b);
  buf_add_u32(&b, LIMIT_SIGNER_MESSAGE_BYTES + 1);
  assert_int_equal(wire_frame_parse(buf_slice(&b), &body, &size), ERR_TOO_LONG);
}

static void long_texts_are_cut(void **state)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  struct buf b CLEANUP(buf_deinit) = {0};
  struct wire_reply r = replies[0];

  (void)state;
  buf_add_fill(&text, 'x', 100000);
  r.name = buf_slice(&text);
  r.text = buf_slice(&text);
  wire_reply_build(&r, &b);
  assert_true(b.n < LIMIT_SIGNER_MESSAGE_BYTES);
  assert_int_equal(wire_reply_parse(body_of(&b), &r), 0);
  assert_int_equal(r.name.n, LIMIT_SIGNER_NAME_BYTES);
  assert_int_equal(r.text.n, LIMIT_SIGNER_TEXT_BYTES);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_come_back),
      cmocka_unit_test(replies_come_back),
      cmocka_unit_test(every_cut_is_refused),
      cmocka_unit_test(unknown_values_are_refused),
      cmocka_unit_test(frames_are_found_when_complete),
      cmocka_unit_test(frames_are_bounded),
      cmocka_unit_test(long_texts_are_cut),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "signer/wire.h"

#include "base/cursor.h"
#include "base/limits.h"

#define LENGTH_SIZE 4

int wire_frame_parse(struct slice stream, struct slice *body, size_t *size)
{
  struct cursor c = cursor_from(stream);
  uint32_t n;

  *body = slice_of(NULL, 0);
  *size = 0;
  if (stream.n < LENGTH_SIZE) {
    return 0;
  }
  n = cursor_u32(&c);
  if (n > LIMIT_SIGNER_MESSAGE_BYTES) {
    return ERR_TOO_LONG;
  }
  if (cursor_left(&c) >= n) {
    *body = cursor_take(&c, n);
    *size = LENGTH_SIZE + n;
  }
  return 0;
}

static void read_period(struct cursor *c, struct wire_period *out)
{
  out->number = cursor_u64(c);
  out->minutes = cursor_u64(c);
}

/* Reads an enum of one byte, whose largest value is last. */
static uint8_t read_choice(struct cursor *c, uint8_t last)
{
  uint8_t value = cursor_u8(c);

  if (value > last) {
    cursor_fail(c, ERR_RANGE);
    return 0;
  }
  return value;
}

static struct slice read_text(struct cursor *c)
{
  return cursor_take(c, cursor_u16(c));
}

int wire_request_parse(struct slice body, struct wire_request *out)
{
  struct cursor c = cursor_from(body);

  *out = (struct wire_request){0};
  out->kind = (enum wire_kind)cursor_u8(&c);
  out->id = cursor_u32(&c);
  switch (out->kind) {
  case WIRE_HELLO:
    out->version = cursor_u16(&c);
    out->index = cursor_u32(&c);
    break;
  case WIRE_BLIND:
    out->index = cursor_u32(&c);
    read_period(&c, &out->period);
    break;
  case WIRE_CERTIFY:
    out->index = cursor_u32(&c);
    read_period(&c, &out->period);
    cursor_copy(&c, out->key, sizeof out->key);
    out->expiration_hours = cursor_u32(&c);
    break;
  case WIRE_ERROR:
  default:
    cursor_fail(&c, ERR_UNSUPPORTED);
    break;
  }
  return cursor_finish(&c);
}

static void parse_hello(struct cursor *c, struct wire_reply *out)
{
  out->version = cursor_u16(c);
  out->count = cursor_u32(c);
  out->index = cursor_u32(c);
  out->status = (enum wire_status)read_choice(c, WIRE_STATUS_WEAK);
  cursor_copy(c, out->public_key, sizeof out->public_key);
  out->name = read_text(c);
  out->text = read_text(c);
}

int wire_reply_parse(struct slice body, struct wire_reply *out)
{
  struct cursor c = cursor_from(body);

  *out = (struct wire_reply){0};
  out->kind = (enum wire_kind)cursor_u8(&c);
  out->id = cursor_u32(&c);
  switch (out->kind) {
  case WIRE_HELLO:
    parse_hello(&c, out);
    break;
  case WIRE_BLIND:
    cursor_copy(&c, out->public_key, sizeof out->public_key);
    cursor_copy(&c, out->revision_key, sizeof out->revision_key);
    break;
  case WIRE_CERTIFY:
    cursor_copy(&c, out->cert, sizeof out->cert);
    break;
  case WIRE_ERROR:
    out->error = (enum wire_error)read_choice(&c, WIRE_ERROR_POLICY);
    out->text = read_text(&c);
    break;
  default:
    cursor_fail(&c, ERR_UNSUPPORTED);
    break;
  }
  return cursor_finish(&c);
}

/* Begins a frame; returns where its length stands. */
static size_t begin_frame(struct buf *out, enum wire_kind kind, uint32_t id)
{
  size_t at = out->n;

  buf_add_u32(out, 0);
  buf_add_u8(out, (uint8_t)kind);
  buf_add_u32(out, id);
  return at;
}

static void end_frame(struct buf *out, size_t at)
{
  size_t n = out->n - at - LENGTH_SIZE;

  for (size_t i = 0; i < LENGTH_SIZE; i++) {
    out->p[at + i] = (uint8_t)(n >> (8 * (LENGTH_SIZE - 1 - i)));
  }
}

static void add_period(struct buf *out, const struct wire_period *p)
{
  buf_add_u64(out, p->number);
  buf_add_u64(out, p->minutes);
}

static void add_text(struct buf *out, struct slice text, size_t max)
{
  size_t n = text.n < max ? text.n : max;

  buf_add_u16(out, (uint16_t)n);
  buf_add(out, text.p, n);
}

void wire_request_build(const struct wire_request *q, struct buf *out)
{
  size_t at = begin_frame(out, q->kind, q->id);

  switch (q->kind) {
  case WIRE_HELLO:
    buf_add_u16(out, q->version);
    buf_add_u32(out, q->index);
    break;
  case WIRE_BLIND:
    buf_add_u32(out, q->index);
    add_period(out, &q->period);
    break;
  case WIRE_CERTIFY:
    buf_add_u32(out, q->index);
    add_period(out, &q->period);
    buf_add(out, q->key, sizeof q->key);
    buf_add_u32(out, q->expiration_hours);
    break;
  case WIRE_ERROR:
    break;
  }
  end_frame(out, at);
}

static void build_hello(const struct wire_reply *r, struct buf *out)
{
  buf_add_u16(out, r->version);
  buf_add_u32(out, r->count);
  buf_add_u32(out, r->index);
  buf_add_u8(out, (uint8_t)r->status);
  buf_add(out, r->public_key, sizeof r->public_key);
  add_text(out, r->name, LIMIT_SIGNER_NAME_BYTES);
  add_text(out, r->text, LIMIT_SIGNER_TEXT_BYTES);
}

void wire_reply_build(const struct wire_reply *r, struct buf *out)
{
  size_t at = begin_frame(out, r->kind, r->id);

  switch (r->kind) {
  case WIRE_HELLO:
    build_hello(r, out);
    break;
  case WIRE_BLIND:
    buf_add(out, r->public_key, sizeof r->public_key);
    buf_add(out, r->revision_key, sizeof r->revision_key);
    break;
  case WIRE_CERTIFY:
    buf_add(out, r->cert, sizeof r->cert);
    break;
  case WIRE_ERROR:
    buf_add_u8(out, (uint8_t)r->error);
    add_text(out, r->text, LIMIT_SIGNER_TEXT_BYTES);
    break;
  }
  end_frame(out, at);
}

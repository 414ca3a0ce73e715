#include "signer/client.h"

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/blind.h"

#include <stdlib.h>
#include <string.h>

/* Requests for keys that are under way at the same time at the start. */
#define HELLO_WINDOW 64

/* A request that was sent and not answered yet. The signer answers in order,
 * so they form a queue. */
struct pending {
  uint64_t tag;
  struct wire_request request;
  uint8_t blinded[32]; /* WIRE_CERTIFY */
};

struct known_key {
  bool is_good;
  uint8_t public_key[32];
};

struct client {
  struct suite *suite;
  struct buf out;
  struct buf in;
  size_t in_done; /* bytes of in that have been dealt with */
  struct pending *queue;
  size_t queue_first;
  size_t queue_n; /* first .. n - 1 wait */
  size_t queue_cap;
  uint32_t next_id;
  struct known_key *keys;
  size_t n_keys;  /* as the signer says; 0 before it did */
  size_t n_told;  /* keys that we have been told of */
  size_t n_asked; /* keys that we have asked for */
};

struct client *client_new(struct suite *s)
{
  struct client *c = mem_new(sizeof *c);

  c->suite = s;
  c->next_id = 1;
  return c;
}

void client_free(struct client *c)
{
  if (c == NULL) {
    return;
  }
  buf_deinit(&c->out);
  buf_wipe(&c->in); /* revision-counter keys */
  free(c->queue);
  free(c->keys);
  free(c);
}

struct buf *client_output(struct client *c)
{
  return &c->out;
}

/* Sends a request and remembers it; the id is filled in. */
static struct pending *ask(struct client *c, const struct wire_request *q)
{
  struct pending *p;

  if (c->queue_first > 0 && c->queue_n == c->queue_cap) {
    c->queue_n -= c->queue_first;
    memmove(c->queue, c->queue + c->queue_first, c->queue_n * sizeof *c->queue);
    c->queue_first = 0;
  }
  c->queue = mem_grow(c->queue, c->queue_n, &c->queue_cap, sizeof *c->queue);
  p = &c->queue[c->queue_n++];
  *p = (struct pending){.request = *q};
  p->request.id = c->next_id++;
  wire_request_build(&p->request, &c->out);
  return p;
}

static void ask_key(struct client *c)
{
  ask(c, &(struct wire_request){
             .kind = WIRE_HELLO, .version = WIRE_VERSION, .index = (uint32_t)c->n_asked});
  c->n_asked++;
}

void client_hello(struct client *c)
{
  ask_key(c);
}

bool client_is_ready(const struct client *c, size_t *count)
{
  *count = c->n_keys;
  return c->n_keys > 0 && c->n_told == c->n_keys;
}

bool client_is_waiting(const struct client *c)
{
  return c->queue_first < c->queue_n;
}

static bool is_usable(const struct client *c, uint32_t index)
{
  return index < c->n_told && c->keys[index].is_good;
}

int client_blind(struct client *c, uint64_t tag, uint32_t index, const struct wire_period *period)
{
  if (!is_usable(c, index)) {
    return ERR_NOT_NOW;
  }
  ask(c, &(struct wire_request){.kind = WIRE_BLIND, .index = index, .period = *period})->tag = tag;
  return 0;
}

int client_certify(struct client *c, uint64_t tag, const struct client_certify *what)
{
  struct wire_request q = {.kind = WIRE_CERTIFY,
                           .index = what->index,
                           .period = what->period,
                           .expiration_hours = what->expiration_hours};
  struct pending *p;

  if (!is_usable(c, what->index)) {
    return ERR_NOT_NOW;
  }
  memcpy(q.key, what->key, sizeof q.key);
  p = ask(c, &q);
  p->tag = tag;
  memcpy(p->blinded, what->blinded, sizeof p->blinded);
  return 0;
}

void client_feed(struct client *c, struct slice bytes)
{
  buf_consume(&c->in, c->in_done);
  c->in_done = 0;
  buf_add_slice(&c->in, bytes);
}

/* The first answer says how many keys there are. */
static int take_count(struct client *c, uint32_t count)
{
  if (count == 0 || count > LIMIT_SERVICES) {
    return ERR_TOO_LONG;
  }
  if (c->n_keys == 0) {
    c->n_keys = count;
    c->keys = mem_array(count, sizeof *c->keys);
  }
  return count == c->n_keys ? 0 : ERR_MISMATCH;
}

static int take_hello(struct client *c, const struct pending *p, const struct wire_reply *r,
                      struct client_result *out)
{
  struct known_key *key;

  if (r->version != WIRE_VERSION) {
    return ERR_UNSUPPORTED;
  }
  TRY(take_count(c, r->count));
  if (r->index != p->request.index || r->index != c->n_told) {
    return ERR_MISMATCH;
  }
  key = &c->keys[c->n_told++];
  key->is_good = r->status == WIRE_STATUS_GOOD;
  memcpy(key->public_key, r->public_key, sizeof key->public_key);
  memcpy(out->public_key, r->public_key, sizeof out->public_key);
  out->status = r->status;
  while (c->n_asked < c->n_keys && c->n_asked < c->n_told + HELLO_WINDOW) {
    ask_key(c);
  }
  return 0;
}

/* rend-spec-v3.txt appendix A.2: the blinded key follows from the identity
 * key and the period, which the signer cannot change. */
static int take_blind(struct client *c, const struct pending *p, const struct wire_reply *r,
                      struct client_result *out)
{
  const struct wire_request *q = &p->request;
  const uint8_t *public_key = c->keys[q->index].public_key;
  uint8_t factor[32];
  uint8_t blinded[32];

  blind_factor(c->suite, public_key, q->period.number, q->period.minutes, factor);
  TRY(ed25519_blind_public(public_key, factor, blinded));
  if (memcmp(blinded, r->public_key, sizeof blinded) != 0) {
    return ERR_MISMATCH;
  }
  memcpy(out->public_key, blinded, sizeof blinded);
  memcpy(out->revision_key, r->revision_key, sizeof out->revision_key);
  return 0;
}

static int take_certify(const struct pending *p, const struct wire_reply *r,
                        struct client_result *out)
{
  const struct wire_request *q = &p->request;
  struct wall until = {(int64_t)q->expiration_hours * 3600};
  struct cert cert;

  TRY(cert_parse(slice_of(r->cert, sizeof r->cert), &cert));
  if (cert.expiration_hours != q->expiration_hours || !cert.has_signing_key ||
      memcmp(cert.key, q->key, sizeof cert.key) != 0) {
    return ERR_MISMATCH;
  }
  TRY(cert_check(&cert, CERT_DESC_SIGNING, p->blinded, until));
  memcpy(out->cert, r->cert, sizeof out->cert);
  return 0;
}

/* Compares an answer with what was asked. */
static int take_reply(struct client *c, const struct pending *p, const struct wire_reply *r,
                      struct client_result *out)
{
  *out = (struct client_result){.kind = p->request.kind,
                                .tag = p->tag,
                                .index = p->request.index,
                                .period = p->request.period,
                                .name = r->name,
                                .text = r->text};
  if (r->kind == WIRE_ERROR) {
    out->refused = true;
    out->error = r->error;
    if (p->request.kind == WIRE_HELLO) { /* without keys there is no session */
      return r->error == WIRE_ERROR_VERSION ? ERR_UNSUPPORTED : ERR_REFUSED;
    }
    return 0;
  }
  if (r->kind != p->request.kind) {
    return ERR_MISMATCH;
  }
  switch (r->kind) {
  case WIRE_HELLO:
    return take_hello(c, p, r, out);
  case WIRE_BLIND:
    return take_blind(c, p, r, out);
  case WIRE_CERTIFY:
    return take_certify(p, r, out);
  case WIRE_ERROR:
    break;
  }
  return ERR_MISMATCH;
}

int client_next(struct client *c, struct client_result *out, bool *has)
{
  struct slice body;
  struct wire_reply r;
  struct pending p;
  size_t size;
  int err;

  *has = false;
  *out = (struct client_result){0};
  TRY(wire_frame_parse(slice_skip(buf_slice(&c->in), c->in_done), &body, &size));
  if (size == 0) {
    return 0;
  }
  TRY(wire_reply_parse(body, &r));
  if (c->queue_first == c->queue_n || c->queue[c->queue_first].request.id != r.id) {
    return ERR_MISMATCH;
  }
  p = c->queue[c->queue_first++]; /* a copy: the answer may bring new requests */
  c->in_done += size;
  err = take_reply(c, &p, &r, out);
  explicit_bzero(r.revision_key, sizeof r.revision_key);
  *has = err == 0;
  return err;
}

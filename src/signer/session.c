#include "signer/session.h"

#include "base/mem.h"
#include "crypto/blind.h"
#include "crypto/secret.h"
#include "signer/policy.h"

#include <stdlib.h>
#include <string.h>

/* Blinded keys that are remembered; a power of two. */
#define CACHE_SIZE 512U

/* A key of one period. The zero entry is recognised by its zero length. */
struct blinded {
  uint32_t index;
  struct wire_period period;
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  uint8_t public_key[ED25519_PUBLIC_SIZE];
  uint8_t revision_key[SHA3_256_SIZE];
};

struct session {
  struct keyring *keys;
  struct suite *suite;
  struct secret *cache; /* CACHE_SIZE times struct blinded */
  struct book *book;    /* NULL: none */
  bool is_unwritten;    /* what was entered into it could not be written */
  char peer[BOOK_PEER_SIZE];
};

struct session *session_new(struct keyring *keys)
{
  struct suite *suite = suite_new();
  struct session *s;

  if (suite == NULL) {
    return NULL;
  }
  s = mem_new(sizeof *s);
  s->keys = keyring_share(keys);
  s->suite = suite;
  s->cache = secret_new(CACHE_SIZE * sizeof(struct blinded));
  return s;
}

void session_free(struct session *s)
{
  if (s == NULL) {
    return;
  }
  secret_free(s->cache);
  keyring_free(s->keys);
  suite_free(s->suite);
  free(s);
}

void session_set_book(struct session *s, struct book *b, const char *peer)
{
  size_t n = strlen(peer);

  s->book = b;
  n = n < sizeof s->peer ? n : sizeof s->peer - 1;
  memcpy(s->peer, peer, n);
  s->peer[n] = '\0';
}

static void refuse(struct wire_reply *out, enum wire_error error, const char *text)
{
  out->kind = WIRE_ERROR;
  out->error = error;
  out->text = slice_str(text);
}

/* The key that a request names, or NULL with the refusal in out. */
static const struct keyring_key *find_key(const struct session *s, uint32_t index,
                                          struct wire_reply *out)
{
  const struct keyring_key *key;

  if (index >= keyring_count(s->keys)) {
    refuse(out, WIRE_ERROR_INDEX, "there is no key of that number");
    return NULL;
  }
  key = keyring_get(s->keys, index);
  if (key->status != WIRE_STATUS_GOOD) {
    refuse(out, WIRE_ERROR_KEY, "");
    out->text = buf_slice(&key->text);
    return NULL;
  }
  return key;
}

/* The place in the cache: the few periods of one key get places of their
 * own. */
static struct blinded *cache_slot(struct session *s, uint32_t index, uint64_t number)
{
  size_t i = (size_t)((index * 4 + number % 4) % CACHE_SIZE);

  return (struct blinded *)(void *)secret_bytes(s->cache) + i;
}

static int derive(struct session *s, uint32_t index, const struct wire_period *period,
                  struct blinded *out)
{
  const uint8_t *public_key = keyring_get(s->keys, index)->public_key;
  uint8_t factor[32];

  blind_factor(s->suite, public_key, period->number, period->minutes, factor);
  ed25519_blind_secret(keyring_expanded(s->keys, index), factor, out->expanded);
  TRY(ed25519_public_of(out->expanded, out->public_key));
  blind_revision_key(s->suite, out->expanded, out->revision_key);
  out->index = index;
  out->period = *period;
  return 0;
}

static enum policy_verdict judge(const struct session *s, const struct wire_request *q,
                                 struct wall now)
{
  return s->book == NULL
             ? policy_period(&q->period, now)
             : book_period(s->book, keyring_get(s->keys, q->index)->public_key, &q->period, now);
}

/* The blinded key of a request; NULL with the refusal in out. */
static const struct blinded *blind(struct session *s, const struct wire_request *q, struct wall now,
                                   struct wire_reply *out)
{
  enum policy_verdict verdict = judge(s, q, now);
  struct blinded *b = cache_slot(s, q->index, q->period.number);

  if (verdict != POLICY_GRANTED) {
    refuse(out, WIRE_ERROR_POLICY, policy_text(verdict));
    return NULL;
  }
  if (b->index == q->index && b->period.number == q->period.number &&
      b->period.minutes == q->period.minutes) {
    return b;
  }
  if (derive(s, q->index, &q->period, b) < 0) {
    memset(b, 0, sizeof *b);
    refuse(out, WIRE_ERROR_KEY, "its blinded key cannot be used");
    return NULL;
  }
  return b;
}

static void answer_hello(struct session *s, const struct wire_request *q, struct wall now,
                         struct wire_reply *out)
{
  const struct keyring_key *key;

  (void)now;
  if (q->version != WIRE_VERSION) {
    refuse(out, WIRE_ERROR_VERSION, "the signer speaks version 1 of the protocol");
    return;
  }
  if (q->index >= keyring_count(s->keys)) {
    refuse(out, WIRE_ERROR_INDEX, "there is no key of that number");
    return;
  }
  key = keyring_get(s->keys, q->index);
  out->version = WIRE_VERSION;
  out->count = (uint32_t)keyring_count(s->keys);
  out->index = q->index;
  out->status = key->status;
  memcpy(out->public_key, key->public_key, sizeof out->public_key);
  out->name = key->name == NULL ? slice_of(NULL, 0) : slice_str(key->name);
  out->text = buf_slice(&key->text);
}

static void answer_blind(struct session *s, const struct wire_request *q, struct wall now,
                         struct wire_reply *out)
{
  const struct blinded *b = find_key(s, q->index, out) == NULL ? NULL : blind(s, q, now, out);

  if (b != NULL) {
    memcpy(out->public_key, b->public_key, sizeof out->public_key);
    memcpy(out->revision_key, b->revision_key, sizeof out->revision_key);
  }
}

/* Before a certificate is made it is entered. */
static bool is_entered(struct session *s, const struct wire_request *q, struct wall now,
                       struct wire_reply *out)
{
  struct journal_entry e = {
      .what.period = q->period, .expiration_hours = q->expiration_hours, .peer = s->peer};

  if (s->book == NULL) {
    return true;
  }
  if (s->is_unwritten) {
    refuse(out, WIRE_ERROR_POLICY, "the signer cannot write its journal");
    return false;
  }
  memcpy(e.what.identity, keyring_get(s->keys, q->index)->public_key, sizeof e.what.identity);
  memcpy(e.what.key, q->key, sizeof e.what.key);
  if (book_enter(s->book, &e, now) < 0) {
    refuse(out, WIRE_ERROR_POLICY, "too many keys for this frontend and time period");
    return false;
  }
  return true;
}

static void answer_certify(struct session *s, const struct wire_request *q, struct wall now,
                           struct wire_reply *out)
{
  const struct blinded *b = find_key(s, q->index, out) == NULL ? NULL : blind(s, q, now, out);
  enum policy_verdict verdict = policy_expiry(q->expiration_hours, now);
  struct cert_request request = {.type = CERT_DESC_SIGNING,
                                 .expiration_hours = q->expiration_hours};

  if (b == NULL) {
    return;
  }
  if (verdict != POLICY_GRANTED) {
    refuse(out, WIRE_ERROR_POLICY, policy_text(verdict));
    return;
  }
  if (!is_entered(s, q, now, out)) {
    return;
  }
  memcpy(request.key, q->key, sizeof request.key);
  memcpy(request.signer, b->public_key, sizeof request.signer);
  if (cert_build(&request, b->expanded, out->cert) < 0) {
    refuse(out, WIRE_ERROR_KEY, "the certificate could not be signed");
  }
}

/* Everything that the signer does. */
static const struct {
  enum wire_kind kind;
  void (*answer)(struct session *s, const struct wire_request *q, struct wall now,
                 struct wire_reply *out);
} table[] = {
    {WIRE_HELLO, answer_hello},
    {WIRE_BLIND, answer_blind},
    {WIRE_CERTIFY, answer_certify},
};

void session_answer(struct session *s, const struct wire_request *q, struct wall now,
                    struct wire_reply *out)
{
  *out = (struct wire_reply){.kind = q->kind, .id = q->id};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (table[i].kind == q->kind) {
      table[i].answer(s, q, now, out);
      return;
    }
  }
  refuse(out, WIRE_ERROR_REQUEST, "not a request of this protocol");
}

/* Answers the whole requests at the begin of a stream; *done_out: how many bytes
 * they take. */
static int answer_all(struct session *s, struct slice stream, struct wall now, struct buf *out,
                      size_t *done_out)
{
  struct slice body;
  size_t size = 0;
  int err;

  *done_out = 0;
  while ((err = wire_frame_parse(slice_skip(stream, *done_out), &body, &size)) == 0 && size > 0) {
    struct wire_request q;
    struct wire_reply r = {0};

    if (wire_request_parse(body, &q) < 0) {
      r.id = q.id;
      refuse(&r, WIRE_ERROR_REQUEST, "not a request of this protocol");
    } else {
      session_answer(s, &q, now, &r);
    }
    wire_reply_build(&r, out);
    explicit_bzero(r.revision_key, sizeof r.revision_key);
    *done_out += size;
  }
  return err;
}

int session_feed(struct session *s, struct buf *stream, struct wall now, struct buf *out)
{
  size_t had = out->n;
  size_t done;
  int err = answer_all(s, buf_slice(stream), now, out, &done);

  /* One write to the disk for all of them. If it fails they are answered again,
   * without certificates. */
  if (s->book != NULL && book_commit(s->book) < 0) {
    explicit_bzero(out->p + had, out->n - had);
    out->n = had;
    s->is_unwritten = true;
    err = answer_all(s, buf_slice(stream), now, out, &done);
    s->is_unwritten = false;
  }
  buf_consume(stream, done);
  return err;
}

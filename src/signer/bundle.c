#include "signer/bundle.h"

#include "base/limits.h"
#include "crypto/blind.h"
#include "signer/policy.h"

#include <string.h>

#define KIND_PERIOD  1
#define CONTENT_SIZE (BUNDLE_ITEM_SIZE - 1 - 2)

static uint8_t *put_u64(uint8_t *out, uint64_t v)
{
  for (int shift = 56; shift >= 0; shift -= 8) {
    *out++ = (uint8_t)(v >> shift);
  }
  return out;
}

static uint8_t *put(uint8_t *out, const uint8_t *bytes, size_t n)
{
  memcpy(out, bytes, n);
  return out + n;
}

void bundle_head_build(const struct bundle_facts *f, uint8_t *out)
{
  out = put(out, f->public_key, sizeof f->public_key);
  out = put_u64(out, f->minutes);
  put_u64(out, (uint64_t)f->made.s);
}

void bundle_item_build(const struct bundle_item *item, uint8_t *out)
{
  *out++ = KIND_PERIOD;
  *out++ = CONTENT_SIZE >> 8;
  *out++ = CONTENT_SIZE & 0xff;
  out = put_u64(out, item->number);
  out = put(out, item->revision_key, sizeof item->revision_key);
  out = put(out, item->seed, sizeof item->seed);
  put(out, item->cert, sizeof item->cert);
}

/* The next item of kind 1: true, and a cursor over its content. False at the
 * end, or after an error in c. */
static bool next_item(struct cursor *c, struct cursor *content)
{
  while (cursor_left(c) > 0) {
    uint8_t kind = cursor_u8(c);

    *content = cursor_sub(c, cursor_u16(c));
    if (c->err == 0 && kind == KIND_PERIOD) {
      return true;
    }
  }
  return false;
}

static int check_head(const struct bundle_facts *f)
{
  return f->minutes >= POLICY_MINUTES_MIN && f->minutes <= POLICY_MINUTES_MAX && f->made.s >= 0
             ? 0
             : ERR_RANGE;
}

/* Takes one more period into the facts. */
static int take_number(struct bundle_facts *f, struct cursor *content, size_t n)
{
  uint64_t number = cursor_u64(content);

  (void)cursor_take(content, CONTENT_SIZE - 8);
  TRY(cursor_finish(content));
  if (number > LIMIT_PERIOD_NUMBER || (n > 0 && number != f->last && number != f->last + 1)) {
    return ERR_RANGE;
  }
  f->first = n == 0 ? number : f->first;
  f->last = number;
  return 0;
}

int bundle_parse(struct slice text, struct bundle *out)
{
  struct cursor c = cursor_from(text);
  struct cursor content;
  size_t n = 0;

  *out = (struct bundle){0};
  cursor_copy(&c, out->facts.public_key, sizeof out->facts.public_key);
  out->facts.minutes = cursor_u64(&c);
  out->facts.made.s = (int64_t)cursor_u64(&c);
  TRY(c.err);
  TRY(check_head(&out->facts));
  out->items = slice_of(c.at, cursor_left(&c));
  while (next_item(&c, &content)) {
    if (n == LIMIT_BUNDLE_PERIODS) {
      return ERR_TOO_LONG;
    }
    TRY(take_number(&out->facts, &content, n));
    n++;
  }
  TRY(cursor_finish(&c));
  return n > 0 ? 0 : ERR_MISSING;
}

static void read_item(struct cursor *content, struct bundle_item *out)
{
  out->number = cursor_u64(content);
  cursor_copy(content, out->revision_key, sizeof out->revision_key);
  cursor_copy(content, out->seed, sizeof out->seed);
  cursor_copy(content, out->cert, sizeof out->cert);
}

static bool is_for(const struct bundle_item *item, const uint8_t *key)
{
  struct cert cert;

  return key == NULL || (cert_parse(slice_of(item->cert, CERT_SIZE), &cert) == 0 &&
                         memcmp(cert.key, key, sizeof cert.key) == 0);
}

bool bundle_find(const struct bundle *b, uint64_t number, const uint8_t *key,
                 struct bundle_item *out)
{
  struct cursor c = cursor_from(b->items);
  struct bundle_item item CLEANUP(bundle_item_deinit) = {0};
  struct cursor content;
  bool found = false;

  *out = (struct bundle_item){0};
  while (next_item(&c, &content)) {
    read_item(&content, &item);
    if (item.number == number && is_for(&item, key)) {
      *out = item;
      found = true;
    }
  }
  return found;
}

static int check_seed(const uint8_t seed[ED25519_SEED_SIZE], const uint8_t key[32])
{
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  uint8_t public_key[32];
  int err;

  ed25519_expand(seed, expanded);
  err = ed25519_public_of(expanded, public_key);
  explicit_bzero(expanded, sizeof expanded);
  TRY(err);
  return memcmp(public_key, key, sizeof public_key) == 0 ? 0 : ERR_MISMATCH;
}

int bundle_check(struct suite *s, const struct bundle_facts *f, const struct bundle_item *item,
                 struct wall now, uint8_t blinded_out[32])
{
  struct cert cert;
  uint8_t factor[32];

  blind_factor(s, f->public_key, item->number, f->minutes, factor);
  TRY(ed25519_blind_public(f->public_key, factor, blinded_out));
  TRY(cert_parse(slice_of(item->cert, CERT_SIZE), &cert));
  TRY(check_seed(item->seed, cert.key));
  return cert_check(&cert, CERT_DESC_SIGNING, blinded_out, now);
}

void bundle_item_deinit(struct bundle_item *item)
{
  explicit_bzero(item, sizeof *item);
}

#include "hsdir.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void drop_entry(struct hsdir_entry *e)
{
  doc_release(e->doc);
  doc_release(e->oldest);
}

void hsdir_forget(struct hsdir *h)
{
  for (size_t i = 0; i < h->n; i++) {
    drop_entry(&h->entries[i]);
  }
  h->n = 0;
}

void hsdir_deinit(struct hsdir *h)
{
  hsdir_forget(h);
  free(h->entries);
  *h = (struct hsdir){0};
}

static bool is_expired(const struct hsdir_entry *e, int64_t now)
{
  return now - e->stored_at > HSDIR_LIFETIME_MS;
}

/* tor drops what is expired now and then; a liar keeps it. */
static void clean(struct hsdir *h, int64_t now)
{
  for (size_t i = h->n; i > 0; i--) {
    if (!h->lies && is_expired(&h->entries[i - 1], now)) {
      drop_entry(&h->entries[i - 1]);
      h->entries[i - 1] = h->entries[--h->n];
    }
  }
}

static struct hsdir_entry *find(const struct hsdir *h, const uint8_t blinded[32])
{
  for (size_t i = 0; i < h->n; i++) {
    if (memcmp(h->entries[i].doc->outer.blinded_key, blinded, 32) == 0) {
      return &h->entries[i];
    }
  }
  return NULL;
}

enum hsdir_answer hsdir_store(struct hsdir *h, struct doc *d, int64_t now, struct wall wall)
{
  struct hsdir_entry *e;

  clean(h, now);
  if (h->rejects || d->outer_err != 0 || d->text.n >= LIMIT_DESCRIPTOR_BYTES ||
      wall.s > (int64_t)d->outer.cert_expiration_hours * 3600) {
    return HSDIR_REJECTED;
  }
  e = find(h, d->outer.blinded_key);
  if (e != NULL && d->outer.revision <= e->doc->outer.revision) {
    return HSDIR_REJECTED;
  }
  if (e == NULL) {
    h->entries = mem_grow(h->entries, h->n, &h->cap, sizeof *h->entries);
    e = &h->entries[h->n++];
    *e = (struct hsdir_entry){.oldest = doc_hold(d)};
  }
  doc_release(e->doc);
  e->doc = doc_hold(d);
  e->stored_at = now;
  return HSDIR_STORED;
}

struct doc *hsdir_peek(const struct hsdir *h, const uint8_t blinded[32], int64_t now)
{
  const struct hsdir_entry *e = find(h, blinded);

  return e == NULL || is_expired(e, now) ? NULL : e->doc;
}

struct doc *hsdir_fetch(const struct hsdir *h, const uint8_t blinded[32], int64_t now)
{
  const struct hsdir_entry *e = find(h, blinded);

  if (e != NULL && h->lies) {
    return e->oldest;
  }
  return hsdir_peek(h, blinded, now);
}

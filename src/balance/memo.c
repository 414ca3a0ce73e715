#include "balance/memo.h"

#include "base/cursor.h"
#include "base/hex.h"
#include "base/limits.h"

#include <string.h>

#define MAGIC   "onionbalance-state "
#define VERSION 1

/* How a kind is called, and whether an address belongs to it. */
static const struct {
  const char *word;
  bool has_address;
} kinds[MEMO_KINDS] = {
    [MEMO_COUNTERS] = {"counters", false},
    [MEMO_INSTANCE] = {"instance", true},
    [MEMO_RUNTIME] = {"runtime", false},
    [MEMO_HEALTH] = {"health", false},
};

void memo_name(struct suite *s, enum memo_kind kind, const struct address *address, struct buf *out)
{
  char text[ADDRESS_TEXT_SIZE];

  buf_add_str(out, kinds[kind].word);
  if (kinds[kind].has_address) {
    address_format(s, address, text);
    buf_add_u8(out, '-');
    buf_add_str(out, text);
  }
}

static void hash_text(struct suite *s, struct slice text, uint8_t out[SHA256_SIZE])
{
  suite_sha256(s, &text, 1, out);
}

void memo_build(struct suite *s, const struct memo *m, struct buf *out)
{
  uint8_t digest[SHA256_SIZE];
  size_t start = out->n;

  buf_addf(out, MAGIC "%d ", VERSION);
  memo_name(s, m->kind, &m->address, out);
  buf_addf(out, "\nbytes %zu\n", m->body.n);
  buf_add_slice(out, m->body);
  hash_text(s, slice_of(out->p + start, out->n - start), digest);
  buf_add_str(out, "sha256 ");
  hex_build(slice_of(digest, sizeof digest), out);
  buf_add_u8(out, '\n');
}

static int parse_name(struct suite *s, struct slice name, struct memo *out)
{
  for (unsigned k = 0; k < MEMO_KINDS; k++) {
    size_t n = strlen(kinds[k].word);

    if (!slice_has_prefix(name, kinds[k].word)) {
      continue;
    }
    out->kind = (enum memo_kind)k;
    if (!kinds[k].has_address && name.n == n) {
      return 0;
    }
    if (kinds[k].has_address && name.n > n && name.p[n] == '-') {
      return address_parse(s, slice_skip(name, n + 1), &out->address);
    }
  }
  return ERR_UNSUPPORTED;
}

/* The line with the hash of all that stands before it. */
static int parse_hash(struct suite *s, struct slice before, struct cursor *c)
{
  uint8_t digest[SHA256_SIZE], said[SHA256_SIZE];
  struct slice hex;

  cursor_expect(c, "sha256 ");
  hex = cursor_take(c, 2 * sizeof said);
  cursor_expect(c, "\n");
  TRY(cursor_finish(c));
  hash_text(s, before, digest);
  if (hex_parse(hex, said, sizeof said) < 0 || memcmp(said, digest, sizeof said) != 0) {
    return ERR_CHECKSUM;
  }
  return 0;
}

int memo_parse(struct suite *s, const char *name, struct slice text, struct memo *out)
{
  struct cursor c = cursor_from(text);
  struct slice said;
  uint64_t version, n;

  *out = (struct memo){0};
  TRY(parse_name(s, slice_str(name), out));
  cursor_expect(&c, MAGIC);
  version = cursor_decimal(&c, UINT32_MAX);
  cursor_expect(&c, " ");
  if (c.err == 0 && version != VERSION) {
    return ERR_UNSUPPORTED;
  }
  said = cursor_line(&c);
  cursor_expect(&c, "bytes ");
  n = cursor_decimal(&c, LIMIT_MEMO_BYTES);
  cursor_expect(&c, "\n");
  out->body = cursor_take(&c, n);
  TRY(parse_hash(s, slice_of(text.p, text.n - cursor_left(&c)), &c));
  return slice_is(said, name) ? 0 : ERR_MISMATCH;
}

#include "netdoc/microdesc.h"

#include "base/base64.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char first_line[] = "onion-key";
static const char id_line[] = "id ed25519 ";

/* The microdescriptor that is being read. */
struct entry {
  const uint8_t *start;
  bool has_id;
  uint8_t ed25519_id[32];
};

struct parser {
  struct suite *suite;
  struct microdesc_set *out;
  size_t cap;
  struct entry entry;
};

/* Ends the entry that is open, if any: it reaches up to end. */
static int close_entry(struct parser *p, const uint8_t *end)
{
  struct microdesc_set *set = p->out;
  struct slice parts[2] = {slice_of(p->entry.start, (size_t)(end - p->entry.start)),
                           slice_str("\n")};
  struct microdesc *item;

  if (p->entry.start == NULL || !p->entry.has_id) {
    return 0;
  }
  if (set->n == LIMIT_RELAYS) {
    return ERR_TOO_LONG;
  }
  set->items = mem_grow(set->items, set->n, &p->cap, sizeof *set->items);
  item = &set->items[set->n++];
  memcpy(item->ed25519_id, p->entry.ed25519_id, sizeof item->ed25519_id);
  /* The data block of the control port has eaten the very last newline. */
  suite_sha256(p->suite, parts, end[-1] == '\n' ? 1 : 2, item->digest);
  return 0;
}

static int read_id(struct parser *p, struct slice args)
{
  const uint8_t *space = memchr(args.p, ' ', args.n);

  if (p->entry.has_id) {
    return ERR_DUPLICATE;
  }
  if (space != NULL) {
    args.n = (size_t)(space - args.p);
  }
  p->entry.has_id = true;
  return base64_parse(args, p->entry.ed25519_id, sizeof p->entry.ed25519_id);
}

static int read_line(struct parser *p, struct slice line)
{
  if (slice_is(line, first_line) || slice_has_prefix(line, "onion-key ")) {
    TRY(close_entry(p, line.p));
    p->entry = (struct entry){.start = line.p};
    return 0;
  }
  if (p->entry.start == NULL) {
    return ERR_SYNTAX;
  }
  return slice_has_prefix(line, id_line) ? read_id(p, slice_skip(line, sizeof id_line - 1)) : 0;
}

/* Lines only, not items: this is most of the bytes that the program reads,
 * and no line of an object can be taken for one of the two that matter. */
static int read_all(struct parser *p, struct cursor *c)
{
  while (cursor_left(c) > 0) {
    struct slice line = cursor_line(c);

    if (line.n > LIMIT_NETDOC_LINE_BYTES) {
      return ERR_TOO_LONG;
    }
    TRY(read_line(p, line));
  }
  return close_entry(p, c->end);
}

static int compare(const void *a, const void *b)
{
  return memcmp(a, b, SHA256_SIZE);
}

int microdesc_parse_all(struct suite *s, struct slice text, struct microdesc_set *out)
{
  struct parser p = {.suite = s, .out = out};
  struct cursor c = cursor_from(text);
  int err;

  *out = (struct microdesc_set){0};
  err = text.n > LIMIT_MICRODESCS_BYTES ? ERR_TOO_LONG : read_all(&p, &c);
  if (err < 0) {
    microdesc_deinit(out);
    return err;
  }
  if (out->n > 0) {
    qsort(out->items, out->n, sizeof *out->items, compare);
  }
  return 0;
}

void microdesc_deinit(struct microdesc_set *set)
{
  free(set->items);
  *set = (struct microdesc_set){0};
}

const struct microdesc *microdesc_find(const struct microdesc_set *set,
                                       const uint8_t digest[SHA256_SIZE])
{
  return set->n == 0 ? NULL : bsearch(digest, set->items, set->n, sizeof *set->items, compare);
}

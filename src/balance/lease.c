#include "balance/lease.h"

#include "base/cursor.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void lease_book_deinit(struct lease_book *b)
{
  free(b->items);
  *b = (struct lease_book){0};
}

static int compare_numbers(uint64_t a, uint64_t b)
{
  return a < b ? -1 : a > b;
}

static int compare(const struct lease *l, const struct address *a, struct period p)
{
  int order = memcmp(l->address.public_key, a->public_key, sizeof a->public_key);

  order = order != 0 ? order : compare_numbers(l->period.number, p.number);
  return order != 0 ? order : compare_numbers(l->period.minutes, p.minutes);
}

/* The place of a key, or the one where it belongs. */
static size_t find(const struct lease_book *b, const struct address *a, struct period p)
{
  size_t low = 0, high = b->n;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (compare(&b->items[middle], a, p) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static bool is_at(const struct lease_book *b, size_t place, const struct address *a,
                  struct period p)
{
  return place < b->n && compare(&b->items[place], a, p) == 0;
}

uint32_t lease_get(const struct lease_book *b, const struct address *a, struct period p)
{
  size_t place = find(b, a, p);

  return is_at(b, place, a, p) ? b->items[place].ceiling : 0;
}

void lease_raise(struct lease_book *b, const struct address *a, struct period p, uint32_t ceiling)
{
  size_t place = find(b, a, p);
  struct lease *l;

  if (!is_at(b, place, a, p)) {
    b->items = mem_grow(b->items, b->n, &b->cap, sizeof *b->items);
    l = &b->items[place];
    memmove(l + 1, l, (b->n - place) * sizeof *l);
    b->n++;
    *l = (struct lease){*a, p, ceiling};
    return;
  }
  l = &b->items[place];
  l->ceiling = ceiling > l->ceiling ? ceiling : l->ceiling;
}

void lease_prune(struct lease_book *b, struct period now)
{
  size_t kept = 0;

  /* By minutes: a testing network counts other periods. */
  for (size_t i = 0; i < b->n; i++) {
    const struct period *p = &b->items[i].period;

    if ((p->number + 3) * p->minutes > now.number * now.minutes) {
      b->items[kept++] = b->items[i];
    }
  }
  b->n = kept;
}

void lease_build(const struct lease_book *b, struct buf *out)
{
  for (size_t i = 0; i < b->n; i++) {
    const struct lease *l = &b->items[i];

    hex_build(slice_of(l->address.public_key, sizeof l->address.public_key), out);
    buf_addf(out, " %" PRIu64 " %" PRIu64 " %" PRIu32 "\n", l->period.number, l->period.minutes,
             l->ceiling);
  }
}

static int parse_line(struct cursor *c, struct lease *out)
{
  struct slice hex = cursor_word(c);

  out->period.number = cursor_decimal(c, LIMIT_PERIOD_NUMBER);
  cursor_expect(c, " ");
  out->period.minutes = cursor_decimal(c, LIMIT_PERIOD_MINUTES);
  cursor_expect(c, " ");
  out->ceiling = (uint32_t)cursor_decimal(c, LIMIT_COUNTER);
  cursor_expect(c, "\n");
  TRY(c->err);
  return hex_parse(hex, out->address.public_key, sizeof out->address.public_key);
}

int lease_parse(struct slice text, struct lease_book *b)
{
  struct cursor c = cursor_from(text);
  CLEANUP(lease_book_deinit) struct lease_book found = {0};

  while (cursor_left(&c) > 0) {
    struct lease l = {0};

    TRY(parse_line(&c, &l));
    if (found.n == LIMIT_LEASES) {
      return ERR_TOO_LONG;
    }
    lease_raise(&found, &l.address, l.period, l.ceiling);
  }
  for (size_t i = 0; i < found.n; i++) {
    lease_raise(b, &found.items[i].address, found.items[i].period, found.items[i].ceiling);
  }
  return 0;
}

#include "signer/journal.h"

#include "base/cursor.h"
#include "base/hex.h"
#include "signer/onion.h"

#include <inttypes.h>

#define TIME_LENGTH (WALL_TEXT_SIZE - 1)

/* What both kinds of lines begin with. */
static void add_head(struct suite *s, const uint8_t identity[32], const struct wire_period *p,
                     struct wall now, struct buf *out)
{
  char onion[ONION_TEXT_SIZE], when[WALL_TEXT_SIZE];

  onion_format(s, identity, onion);
  wall_format(now, when);
  buf_addf(out, "%s %s period %" PRIu64 "/%" PRIu64, when, onion, p->number, p->minutes);
}

void journal_entry_build(struct suite *s, const struct journal_entry *e, struct wall now,
                         struct buf *out)
{
  char until[WALL_TEXT_SIZE];

  add_head(s, e->what.identity, &e->what.period, now, out);
  buf_add_str(out, " key ");
  hex_build(slice_of(e->what.key, sizeof e->what.key), out);
  wall_format((struct wall){(int64_t)e->expiration_hours * 3600}, until);
  buf_addf(out, " until %s by %s\n", until, e->peer);
}

void journal_approval_build(struct suite *s, const struct journal_approval *a, struct wall now,
                            struct buf *out)
{
  add_head(s, a->identity, &a->period, now, out);
  buf_addf(out, " keys %" PRIu64 "\n", a->keys);
}

static void read_time(struct cursor *c, struct wall *out)
{
  int err = wall_parse(cursor_take(c, TIME_LENGTH), out);

  if (err < 0) {
    cursor_fail(c, err);
  }
}

static void read_period(struct cursor *c, struct wire_period *out)
{
  out->number = cursor_decimal(c, UINT64_MAX);
  cursor_expect(c, "/");
  out->minutes = cursor_decimal(c, UINT64_MAX);
}

static void read_head(struct suite *s, struct cursor *c, uint8_t identity[32],
                      struct wire_period *p, struct wall *when)
{
  int err;

  read_time(c, when);
  cursor_expect(c, " ");
  err = onion_parse(s, cursor_word(c), identity);
  if (err < 0) {
    cursor_fail(c, err);
  }
  cursor_expect(c, "period ");
  read_period(c, p);
}

int journal_entry_parse(struct suite *s, struct slice line, struct ledger_entry *out,
                        struct wall *when_out)
{
  struct cursor c = cursor_from(line);
  struct wall until;

  read_head(s, &c, out->identity, &out->period, when_out);
  cursor_expect(&c, " key ");
  TRY(c.err);
  TRY(hex_parse(cursor_word(&c), out->key, sizeof out->key));
  cursor_expect(&c, "until ");
  read_time(&c, &until);
  cursor_expect(&c, " by ");
  if (cursor_rest(&c).n == 0) {
    cursor_fail(&c, ERR_TRUNCATED);
  }
  return cursor_finish(&c);
}

int journal_approval_parse(struct suite *s, struct slice line, struct journal_approval *out)
{
  struct cursor c = cursor_from(line);
  struct wall when;

  read_head(s, &c, out->identity, &out->period, &when);
  cursor_expect(&c, " keys ");
  out->keys = cursor_decimal(&c, JOURNAL_KEYS_MAX);
  return cursor_finish(&c);
}

int journal_period_parse(struct slice text, struct wire_period *out)
{
  struct cursor c = cursor_from(text);

  read_period(&c, out);
  return cursor_finish(&c);
}

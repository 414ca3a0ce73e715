#include "signer/calendar.h"

#include "base/buf.h"
#include "base/cursor.h"

#include <string.h>

#define MINUTE     60
#define HOUR       3600
#define OFFSET_MAX (12 * HOUR)
/* Every network but a testing one has this length (tor's default of
 * hsdir_interval). */
#define DAY_MINUTES 1440

/* What a descriptor is served for, and the margin that a publisher wants for
 * its certificate (balance/keys), with a consensus that comes late. */
#define AFTER_WINDOW (6 * HOUR)

#define DATE_SIZE   (sizeof "2026-11-23" - 1)
#define MINUTE_SIZE (sizeof "2026-11-23T15:44" - 1)

int calendar_parse(struct slice text, struct wall *out)
{
  CLEANUP(buf_deinit) struct buf full = {0};

  if (text.n != DATE_SIZE && (text.n != MINUTE_SIZE || text.p[DATE_SIZE] != 'T')) {
    return ERR_SYNTAX;
  }
  buf_add(&full, text.p, DATE_SIZE);
  if (text.n == DATE_SIZE) {
    buf_add_str(&full, " 00:00");
  } else {
    buf_add_u8(&full, ' ');
    buf_add(&full, text.p + DATE_SIZE + 1, MINUTE_SIZE - DATE_SIZE - 1);
  }
  buf_add_str(&full, ":00");
  return wall_parse(buf_slice(&full), out);
}

static int64_t length_of(uint64_t minutes)
{
  return (int64_t)minutes * MINUTE;
}

/* Periods begin twelve voting intervals after the day, or what is a day on a
 * testing network, where 24 voting intervals are a period. */
static int64_t offset_of(uint64_t minutes)
{
  int64_t half = length_of(minutes) / 2;

  return half < OFFSET_MAX ? half : OFFSET_MAX;
}

/* How far the window goes beyond the period, at each end. */
static int64_t margin_of(uint64_t minutes)
{
  return minutes == DAY_MINUTES ? length_of(minutes) / 2 : length_of(minutes);
}

struct wall calendar_start(const struct wire_period *p)
{
  return (struct wall){(int64_t)p->number * length_of(p->minutes) + offset_of(p->minutes)};
}

struct calendar_window calendar_window_of(const struct wire_period *p)
{
  struct wall start = calendar_start(p);
  int64_t margin = margin_of(p->minutes);

  return (struct calendar_window){wall_plus(start, -margin),
                                  wall_plus(start, length_of(p->minutes) + margin)};
}

/* The number of the period that a time is in; 0 for all before. */
static uint64_t number_at(int64_t t, uint64_t minutes)
{
  int64_t since = t - offset_of(minutes);

  return since < 0 ? 0 : (uint64_t)(since / length_of(minutes));
}

struct calendar_range calendar_cover(struct wall from, struct wall to, uint64_t minutes)
{
  int64_t margin = margin_of(minutes);

  return (struct calendar_range){number_at(from.s - margin, minutes),
                                 number_at(to.s - 1 + margin, minutes)};
}

uint32_t calendar_expiration(const struct wire_period *p)
{
  struct calendar_window w = calendar_window_of(p);
  uint32_t usual = cert_desc_expiration(w.begin);
  uint32_t needed = (uint32_t)((w.end.s + AFTER_WINDOW + HOUR - 1) / HOUR);

  return usual > needed ? usual : needed;
}

#include "base/wall.h"

#include "base/cursor.h"

#include <stdio.h>

#define SECONDS_PER_DAY 86400
#define LAST_SECOND     253402300799 /* 9999-12-31 23:59:59 */

/* Days from 1970-01-01 to the given day of the Gregorian calendar. Counts
 * years from March, so that a leap day is the last day of its year. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
  int64_t y = month <= 2 ? year - 1 : year;
  int64_t month_from_march = (month + 9) % 12;
  int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;

  return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static void date_from_days(int64_t days, int *year, int *month, int *day)
{
  int64_t z = days + 719468;
  int64_t era = z / 146097;
  int64_t day_of_era = z % 146097;
  int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t month_from_march = (5 * day_of_year + 2) / 153;

  *day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  *month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  *year = (int)(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

/* A field of exactly the given number of digits. */
static int64_t read_field(struct cursor *c, size_t digits, int64_t min, int64_t max)
{
  uint64_t v = 0;
  int err = cursor_parse_decimal(cursor_take(c, digits), 9999, &v);

  if (err < 0) {
    cursor_fail(c, err);
  } else if ((int64_t)v < min || (int64_t)v > max) {
    cursor_fail(c, ERR_RANGE);
  }
  return (int64_t)v;
}

int wall_parse(struct slice text, struct wall *out)
{
  struct cursor c = cursor_from(text);
  int64_t year = read_field(&c, 4, 1970, 9999);
  int64_t month, day, hour, minute, second;
  int y, m, d;

  cursor_expect(&c, "-");
  month = read_field(&c, 2, 1, 12);
  cursor_expect(&c, "-");
  day = read_field(&c, 2, 1, 31);
  cursor_expect(&c, " ");
  hour = read_field(&c, 2, 0, 23);
  cursor_expect(&c, ":");
  minute = read_field(&c, 2, 0, 59);
  cursor_expect(&c, ":");
  second = read_field(&c, 2, 0, 59);
  TRY(cursor_finish(&c));
  date_from_days(days_from_date(year, month, day), &y, &m, &d);
  if (d != day) {
    return ERR_RANGE; /* the 31st of a month that has none */
  }
  out->s = days_from_date(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
  return 0;
}

void wall_format(struct wall t, char out[WALL_TEXT_SIZE])
{
  int64_t s = t.s < 0 ? 0 : t.s > LAST_SECOND ? LAST_SECOND : t.s;
  int rest = (int)(s % SECONDS_PER_DAY);
  char text[64];
  int year, month, day;

  date_from_days(s / SECONDS_PER_DAY, &year, &month, &day);
  snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d", year, month, day, rest / 3600,
           rest / 60 % 60, rest % 60);
  for (size_t i = 0; i < WALL_TEXT_SIZE; i++) {
    out[i] = text[i];
  }
}

#include "balance/stock.h"

#define DAY ((int64_t)24 * 3600)

/* Logged as an error from here on. */
#define LEVEL_URGENT 3U

unsigned stock_level(int64_t left, int64_t span)
{
  static const int64_t days[] = {14, 7, 3, 1};
  unsigned level = STOCK_LEVEL_GOOD;

  if (left <= 0) {
    return STOCK_LEVEL_ENDED;
  }
  for (unsigned i = 0; i < sizeof days / sizeof days[0]; i++) {
    int64_t part = span >> (i + 1);
    int64_t bound = days[i] * DAY < part ? days[i] * DAY : part;

    level = left <= bound ? i + 1 : level;
  }
  return level;
}

/* "3 days", "5 hours", "12 minutes". */
static void add_span(int64_t seconds, struct buf *out)
{
  static const struct {
    int64_t seconds;
    const char *name;
  } units[] = {{DAY, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
  size_t i = 0;

  while (i + 1 < sizeof units / sizeof units[0] && seconds < 2 * units[i].seconds) {
    i++;
  }
  buf_addf(out, "%lld %ss", (long long)(seconds / units[i].seconds), units[i].name);
}

static void say(struct step *s, const struct service *sv)
{
  CLEANUP(buf_deinit) struct buf left = {0};
  char until[WALL_TEXT_SIZE];

  wall_format(sv->stock_until, until);
  if (sv->stock_level == STOCK_LEVEL_ENDED) {
    action_log(s->out, LOG_LEVEL_ERROR,
               "%s: its bundles have nothing for the time since %s UTC, and what they do not have "
               "cannot be published; install the next one",
               sv->label, until);
    return;
  }
  add_span(sv->stock_until.s - s->now.wall.s, &left);
  action_log(s->out, sv->stock_level >= LEVEL_URGENT ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
             "%s: its bundles last for %s more, until %s UTC; make and install the next one",
             sv->label, buf_str(&left), until);
}

void stock_forget(struct core *c)
{
  for (size_t i = 0; i < c->n_services; i++) {
    c->services[i].has_stock = false;
  }
}

void stock_told(struct step *s, const struct event *e)
{
  struct service *sv;
  unsigned level;

  if (e->service >= s->core->n_services) {
    return;
  }
  sv = &s->core->services[e->service];
  level = stock_level(e->stock_until.s - s->now.wall.s, e->stock_span);
  sv->has_stock = true;
  sv->stock_until = e->stock_until;
  if (level == sv->stock_level) {
    return;
  }
  sv->stock_level = level;
  if (level == STOCK_LEVEL_GOOD) {
    action_log(s->out, LOG_LEVEL_INFO, "%s: the next bundle is there", sv->label);
  } else {
    say(s, sv);
  }
}

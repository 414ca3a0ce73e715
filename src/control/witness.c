#include "control/witness.h"

#include <string.h>

static void introduced(struct witness *w, struct witness_news *out)
{
  out->is_introduced = true;
  memcpy(out->relay, w->relay, sizeof out->relay);
  w->is_sent = false;
  w->is_acked = false;
}

static void take_relay(struct witness *w, const struct torevent *t)
{
  if (t->has_last_hop) {
    memcpy(w->relay, t->last_hop, sizeof w->relay);
  }
}

static void on_sent(struct witness *w, const struct torevent *t, struct witness_news *out)
{
  (void)out;
  w->was_sent = true;
  w->is_sent = true;
  w->is_acked = false;
  take_relay(w, t);
}

static void on_done(struct witness *w, const struct torevent *t, struct witness_news *out)
{
  if (w->is_acked) {
    take_relay(w, t);
    introduced(w, out);
  }
  w->is_sent = false;
}

static void on_waiting(struct witness *w, const struct torevent *t, struct witness_news *out)
{
  (void)t;
  (void)out;
  w->is_acked = true;
}

/* The service may come before the introduction point's answer does. */
static void on_joined(struct witness *w, const struct torevent *t, struct witness_news *out)
{
  (void)t;
  if (w->is_joined) {
    return;
  }
  if (w->is_sent) {
    introduced(w, out);
  }
  w->is_joined = true;
  out->is_joined = true;
}

static void (*const handlers[])(struct witness *, const struct torevent *,
                                struct witness_news *) = {
    [TOREVENT_INTRO_SENT] = on_sent,
    [TOREVENT_INTRO_DONE] = on_done,
    [TOREVENT_REND_WAITING] = on_waiting,
    [TOREVENT_REND_JOINED] = on_joined,
};

struct witness_news witness_see(struct witness *w, const struct torevent *t)
{
  struct witness_news news = {0};

  if (handlers[t->hs_state] != NULL) {
    handlers[t->hs_state](w, t, &news);
  }
  return news;
}

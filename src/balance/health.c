#include "balance/health.h"

#include "balance/timing.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SECOND 1000
#define MINUTE (60 * SECOND)

/* Between two failures in a row: a moment of trouble must not count twice. */
#define RECHECK_GAP (1 * SECOND)

/* An instance that has been up for so long does not flap. */
#define CALM (5 * MINUTE)

/* How long one that has gone for the second time and more must be good before
 * it comes back: doubles. */
#define HOLD_FIRST (10 * SECOND)
#define HOLD_MAX   (10 * MINUTE)

/* The worst case with these settings, from the moment that a backend dies or
 * hangs right after a good probe to the last upload of a descriptor without
 * it, U being the time of that upload:
 *
 *     interval                                20 s
 *     first probe: its timeout                15 s
 *     a moment, a fresh descriptor at most    5 s  (RECHECK_GAP, timing.fresh_wait)
 *     second probe: its timeout               15 s
 *     planning                                0 s  (at once for one that goes)
 *     the descriptor not used yet             1 s  (timing.stagger_down)
 *                                             56 s + U
 *
 * A backend that hangs acknowledges the introduction, and the probe ends
 * timing.join_timeout (10 s) after that: 46 s + U or less. On average half an
 * interval less. With more instances than timing.probe_pace allows in one
 * interval (80) the interval grows with their number. */
struct health_config health_config_default(void)
{
  return (struct health_config){
      .check = HEALTH_AUTO,
      .port = 80,
      .path = "/",
      .http_min = 200,
      .http_max = 399,
      .interval = 20 * SECOND,
      .timeout = 15 * SECOND,
      .rise = 1,
      .fall = 2,
  };
}

const char *health_state_text(enum health_state s)
{
  static const char *const texts[] = {
      [HEALTH_STARTING] = "starting",
      [HEALTH_UP] = "up",
      [HEALTH_HELD] = "held",
      [HEALTH_DOWN] = "down",
  };

  return texts[s];
}

const char *health_why_text(enum health_why w)
{
  static const char *const texts[] = {
      [HEALTH_UNCHECKED] = "not checked yet",
      [HEALTH_JOINED] = "its tor answers",
      [HEALTH_ANSWERED] = "its port answers",
      [HEALTH_REFUSED] = "its tor answers, but its port refuses connections",
      [HEALTH_UNEXPECTED] = "its port gives another answer than expected",
      [HEALTH_SILENT] = "its tor answers, but its port does not",
      [HEALTH_NOT_JOINED] = "its introduction points answer, but its tor does not",
      [HEALTH_NOT_INTRODUCED] = "it cannot be reached by any of its introduction points",
      [HEALTH_NO_DESCRIPTOR] = "tor finds no usable descriptor of it",
      [HEALTH_REMEMBERED] = "it was down before the start",
  };

  return texts[w];
}

static char *copy(const char *text)
{
  return text == NULL ? NULL : mem_string(text, strlen(text));
}

void health_configure(struct health *h, const struct health_config *config)
{
  char *path = copy(config->path);
  char *text = copy(config->text);

  free(h->path);
  free(h->text);
  h->config = *config;
  h->config.path = h->path = path;
  h->config.text = h->text = text;
}

void health_init(struct health *h, const struct health_config *config)
{
  *h = (struct health){.next = MONO_NEVER};
  health_configure(h, config);
}

void health_deinit(struct health *h)
{
  free(h->path);
  free(h->text);
  *h = (struct health){0};
}

static bool same_text(const char *a, const char *b)
{
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool health_config_equal(const struct health_config *a, const struct health_config *b)
{
  return a->check == b->check && a->port == b->port && same_text(a->path, b->path) &&
         a->http_min == b->http_min && a->http_max == b->http_max && same_text(a->text, b->text) &&
         a->interval == b->interval && a->timeout == b->timeout && a->rise == b->rise &&
         a->fall == b->fall;
}

/* Why a probe failed in which the backend's tor did not show up. */
static enum health_why why_unreached(const struct probe_result *r)
{
  if (r->end == PROBE_NO_DESCRIPTOR) {
    return HEALTH_NO_DESCRIPTOR;
  }
  return r->is_introduced ? HEALTH_NOT_JOINED : HEALTH_NOT_INTRODUCED;
}

/* What a probe saw, whatever is asked for. */
static enum health_why read_result(const struct probe_result *r)
{
  switch (r->end) {
  case PROBE_ANSWERED:
    return HEALTH_ANSWERED;
  case PROBE_REFUSED:
    return HEALTH_REFUSED;
  case PROBE_UNEXPECTED:
    return HEALTH_UNEXPECTED;
  case PROBE_NO_DESCRIPTOR:
  case PROBE_FAILED:
  case PROBE_TIMED_OUT:
  case PROBE_NOT_READY:
    break;
  }
  return r->is_joined ? HEALTH_SILENT : why_unreached(r);
}

enum health_verdict health_judge(const struct health *h, const struct probe_result *r,
                                 enum health_why *why_out)
{
  bool is_port_only;

  *why_out = read_result(r);
  if (r->end == PROBE_NOT_READY) {
    return HEALTH_UNKNOWN;
  }
  if (r->end == PROBE_ANSWERED) {
    return HEALTH_GOOD;
  }
  is_port_only =
      *why_out == HEALTH_REFUSED || *why_out == HEALTH_UNEXPECTED || *why_out == HEALTH_SILENT;
  if (h->config.check == HEALTH_AUTO && is_port_only && !h->has_answered) {
    *why_out = HEALTH_JOINED;
    return HEALTH_GOOD;
  }
  return HEALTH_BAD;
}

static void note(struct health *h, enum health_why why, struct moment now)
{
  h->why = why;
  h->is_checked = true;
  h->checked = now;
}

/* How long it must have been good to come back. */
static int64_t hold_of(const struct health *h)
{
  return h->flaps < 2 ? 0 : timing_backoff(HOLD_FIRST, h->flaps - 2, HOLD_MAX);
}

bool health_note_good(struct health *h, enum health_why why, struct moment now)
{
  note(h, why, now);
  h->bads = 0;
  h->wants_fresh = false;
  h->has_answered = h->has_answered || why == HEALTH_ANSWERED;
  h->good_since = h->goods == 0 ? now.mono : h->good_since;
  h->goods += h->goods < UINT32_MAX;
  if (h->state == HEALTH_UP) {
    return false;
  }
  if (h->state == HEALTH_DOWN &&
      (h->goods < h->config.rise || !mono_is_due(mono_plus(h->good_since, hold_of(h)), now.mono))) {
    return false;
  }
  health_set(h, HEALTH_UP, now);
  return true;
}

bool health_note_bad(struct health *h, enum health_why why, struct moment now)
{
  note(h, why, now);
  h->goods = 0;
  h->bads += h->bads < UINT32_MAX;
  h->wants_fresh = why == HEALTH_NOT_INTRODUCED || why == HEALTH_NO_DESCRIPTOR;
  return h->bads >= h->config.fall;
}

void health_set(struct health *h, enum health_state state, struct moment now)
{
  bool was_long = mono_is_due(mono_plus(h->since.mono, CALM), now.mono);

  if (h->state == state) {
    return;
  }
  if (state == HEALTH_DOWN) {
    h->flaps = h->state == HEALTH_UP && was_long ? 1 : h->flaps + 1;
    h->goods = 0;
  }
  h->state = state;
  h->since = now;
}

void health_plan(struct health *h, int64_t pace, const struct rng *rng, struct mono now)
{
  int64_t interval = h->config.interval > pace ? h->config.interval : pace;

  if (h->bads > 0 && h->bads < h->config.fall && h->state != HEALTH_DOWN) {
    h->next = mono_plus(now, RECHECK_GAP);
    return;
  }
  h->next = mono_plus(now, rng_between(rng, interval - interval / 5, interval));
}

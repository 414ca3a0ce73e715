#include "balance/timing.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

struct timing timing_for(bool testing_network)
{
  struct timing live = {
      .fetch_interval = 2 * MINUTE,
      .fetch_pace = 1 * SECOND,
      .fetch_timeout = 40 * SECOND,
      .fetch_retry_first = 5 * SECOND,
      .settle = 5 * SECOND,
      .stagger = 15 * SECOND,
      .upload_timeout = 90 * SECOND,
      .upload_retry_first = 1 * SECOND,
      .upload_retry_max = 5 * MINUTE,
      .republish_min = 60 * MINUTE,
      .republish_max = 120 * MINUTE,
      .stale_after = 190 * MINUTE,
      .load_retry = 5 * SECOND,
      .load_timeout = 60 * SECOND,
      .load_fallback = 10 * MINUTE,
      .microdesc_wait = 20 * SECOND,
      .signer_timeout = 30 * SECOND,
      .max_fetches = 32,
      .max_uploads = 32,
      .join_timeout = 10 * SECOND,
      .max_probes = 16,
      .probe_pace = SECOND / 4,
      .fresh_wait = 4 * SECOND,
      .visit_first = 40 * SECOND,
      .visit_pace = 20 * SECOND,
      .visit_again = 10 * MINUTE,
      .visit_rest = 8 * 60 * MINUTE,
      .visit_timeout = 45 * SECOND,
      .visit_repeat = 4 * 60 * MINUTE,
      .stagger_down = 1 * SECOND,
  };

  if (testing_network) {
    live.fetch_interval = 10 * SECOND;
    live.fetch_pace = 100;
    live.fetch_timeout = 12 * SECOND;
    live.fetch_retry_first = 1 * SECOND;
    live.settle = 3 * SECOND;
    live.stagger = 1 * SECOND;
    live.upload_timeout = 20 * SECOND;
    live.upload_retry_max = 20 * SECOND;
    live.visit_first = 4 * SECOND;
    live.visit_pace = 2 * SECOND;
    live.visit_again = 15 * SECOND;
    live.visit_rest = 4 * MINUTE;
    live.visit_timeout = 20 * SECOND;
    live.visit_repeat = 5 * MINUTE;
    live.load_retry = 1 * SECOND;
    live.load_fallback = 15 * SECOND;
    live.microdesc_wait = 4 * SECOND;
  }
  return live;
}

int64_t timing_backoff(int64_t base, unsigned times, int64_t max)
{
  int64_t t = base;

  for (unsigned i = 0; i < times && t < max; i++) {
    t *= 2;
  }
  return t < max ? t : max;
}

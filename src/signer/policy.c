#include "signer/policy.h"

#define HOUR       3600
#define OFFSET_MAX (12 * HOUR)
#define PERIODS    2

/* Above this number a period of any length is far in the future, and below it
 * nothing can overflow. */
#define NUMBER_MAX ((uint64_t)1 << 40)

enum policy_verdict policy_period(const struct wire_period *p, struct wall now)
{
  int64_t start;
  int64_t length;
  int64_t margin;

  if (p->minutes < POLICY_MINUTES_MIN || p->minutes > POLICY_MINUTES_MAX) {
    return POLICY_PERIOD_LENGTH;
  }
  if (p->number > NUMBER_MAX) {
    return POLICY_PERIOD_FUTURE;
  }
  length = (int64_t)p->minutes * 60;
  start = (int64_t)p->number * length;
  margin = PERIODS * (length > OFFSET_MAX ? length : OFFSET_MAX);
  if (start > now.s + margin) {
    return POLICY_PERIOD_FUTURE;
  }
  if (start + OFFSET_MAX + length < now.s - margin) {
    return POLICY_PERIOD_PAST;
  }
  return POLICY_GRANTED;
}

enum policy_verdict policy_expiry(uint32_t hours, struct wall now)
{
  int64_t expiry = (int64_t)hours * HOUR;

  if (expiry <= now.s) {
    return POLICY_EXPIRY_PAST;
  }
  if (expiry > now.s + (int64_t)POLICY_EXPIRY_HOURS * HOUR) {
    return POLICY_EXPIRY_FUTURE;
  }
  return POLICY_GRANTED;
}

const char *policy_text(enum policy_verdict v)
{
  switch (v) {
  case POLICY_GRANTED:
    return "granted";
  case POLICY_PERIOD_LENGTH:
    return "no network has time periods of that length";
  case POLICY_PERIOD_PAST:
    return "the time period is too far in the past (do the clocks agree?)";
  case POLICY_PERIOD_FUTURE:
    return "the time period is too far in the future (do the clocks agree?)";
  case POLICY_EXPIRY_PAST:
    return "the certificate would have expired already (do the clocks agree?)";
  case POLICY_EXPIRY_FUTURE:
    return "the certificate would be valid for too long (do the clocks agree?)";
  }
  return "refused";
}

#include "hs/schedule.h"

#include <string.h>

/* A shared-random run: two phases of twelve votes. */
#define PHASE_ROUNDS 12
#define RUN_ROUNDS   (2 * PHASE_ROUNDS)

#define SECONDS_PER_MINUTE 60

static int64_t run_seconds(const struct schedule *s)
{
  return RUN_ROUNDS * s->voting_interval;
}

/* Periods begin half a run after shared-random runs do. */
static int64_t offset_seconds(const struct schedule *s)
{
  return PHASE_ROUNDS * s->voting_interval;
}

int schedule_init(struct schedule *out, const struct consensus *c, bool testing_network)
{
  int64_t interval = consensus_voting_interval(c);
  int64_t minutes;

  if (interval < 1) {
    return ERR_RANGE;
  }
  minutes = testing_network ? RUN_ROUNDS * interval / SECONDS_PER_MINUTE
                            : (int64_t)c->params.hsdir_interval;
  if (minutes < 1) {
    return ERR_RANGE;
  }
  *out = (struct schedule){.voting_interval = interval, .period_minutes = (uint64_t)minutes};
  return 0;
}

/* tor counts in whole minutes here, the offset rounded down as well. */
struct period schedule_period_at(const struct schedule *s, struct wall t)
{
  int64_t minutes = t.s / SECONDS_PER_MINUTE - offset_seconds(s) / SECONDS_PER_MINUTE;

  return (struct period){
      .number = minutes < 0 ? 0 : (uint64_t)minutes / s->period_minutes,
      .minutes = s->period_minutes,
  };
}

struct wall schedule_period_start(const struct schedule *s, uint64_t number)
{
  return (struct wall){(int64_t)(number * s->period_minutes) * SECONDS_PER_MINUTE +
                       offset_seconds(s)};
}

struct wall schedule_srv_start(const struct schedule *s, struct wall t)
{
  int64_t round = t.s / s->voting_interval % RUN_ROUNDS;

  return wall_plus(t, -round * s->voting_interval);
}

bool schedule_is_after_srv(const struct schedule *s, struct wall valid_after)
{
  struct wall srv_start = schedule_srv_start(s, valid_after);
  struct wall next = schedule_period_start(s, schedule_period_at(s, srv_start).number + 1);

  return !wall_is_before(valid_after, srv_start) && wall_is_before(valid_after, next);
}

void schedule_disaster_srv(struct suite *suite, struct period p, uint8_t out[SRV_SIZE])
{
  uint8_t numbers[16] = {0};
  struct slice parts[] = {slice_str("shared-random-disaster"), slice_of(numbers, sizeof numbers)};

  for (size_t i = 0; i < 8; i++) {
    numbers[i] = (uint8_t)(p.minutes >> (8 * (7 - i)));
    numbers[8 + i] = (uint8_t)(p.number >> (8 * (7 - i)));
  }
  suite_sha3_256(suite, parts, 2, out);
}

/* The value of the consensus if it has one, else the disaster value. */
static struct srv srv_or_disaster(struct suite *suite, struct period p, bool has,
                                  const uint8_t value[SRV_SIZE])
{
  struct srv srv = {.is_disaster = !has};

  if (has) {
    memcpy(srv.value, value, SRV_SIZE);
  } else {
    schedule_disaster_srv(suite, p, srv.value);
  }
  return srv;
}

/* The first descriptor always goes with the previous SRV, the second with
 * the current one; their periods follow one another (rend-spec-v3.txt
 * section 2.2.4, tor's build_descriptors_for_new_service). */
void schedule_slots(const struct schedule *s, struct suite *suite, const struct consensus *c,
                    struct schedule_slot out[2])
{
  struct period now = schedule_period_at(s, c->valid_after);
  struct wall srv_start = schedule_srv_start(s, c->valid_after);
  bool is_after_srv = schedule_is_after_srv(s, c->valid_after);

  for (unsigned i = 0; i < 2; i++) {
    out[i].period = now;
  }
  if (is_after_srv) {
    out[1].period.number++;
  } else {
    out[0].period.number -= now.number > 0 ? 1 : 0;
  }
  out[0].srv = srv_or_disaster(suite, out[0].period, c->has_srv_previous, c->srv_previous);
  out[0].srv_start = wall_plus(srv_start, -run_seconds(s));
  out[1].srv = srv_or_disaster(suite, out[1].period, c->has_srv_current, c->srv_current);
  out[1].srv_start = srv_start;
}

void schedule_client_slot(const struct schedule *s, struct suite *suite, const struct consensus *c,
                          struct schedule_slot *out)
{
  struct schedule_slot slots[2];

  schedule_slots(s, suite, c, slots);
  *out = slots[schedule_is_after_srv(s, c->valid_after) ? 0 : 1];
}

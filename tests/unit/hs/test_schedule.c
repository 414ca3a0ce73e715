#include "hs/schedule.h"

#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define HOUR 3600
#define DAY  86400

static struct suite *suite;

static int setup(void **state)
{
  (void)state;
  suite = suite_new();
  return suite == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  suite_free(suite);
  return 0;
}

static struct wall at(const char *text)
{
  struct wall t = {0};

  assert_int_equal(wall_parse(slice_str(text), &t), 0);
  return t;
}

/* A consensus of that time, with or without shared random values: 0x11.. is
 * the previous, 0x22.. the current one. */
static struct consensus consensus_at(struct wall valid_after, int64_t interval, bool has_srvs)
{
  struct consensus c = {
      .valid_after = valid_after,
      .fresh_until = wall_plus(valid_after, interval),
      .valid_until = wall_plus(valid_after, 3 * interval),
      .params.hsdir_interval = 1440,
      .has_srv_previous = has_srvs,
      .has_srv_current = has_srvs,
  };

  memset(c.srv_previous, 0x11, SRV_SIZE);
  memset(c.srv_current, 0x22, SRV_SIZE);
  return c;
}

static struct schedule schedule_of(int64_t interval, bool testing)
{
  struct consensus c = consensus_at((struct wall){0}, interval, false);
  struct schedule s;

  assert_int_equal(schedule_init(&s, &c, testing), 0);
  return s;
}

static void constants_of_a_network(void **state)
{
  struct consensus c = consensus_at((struct wall){0}, HOUR, false);
  struct schedule s;

  (void)state;
  assert_int_equal(schedule_init(&s, &c, false), 0);
  assert_int_equal(s.voting_interval, HOUR);
  assert_int_equal(s.period_minutes, 1440);
  c.params.hsdir_interval = 720;
  assert_int_equal(schedule_init(&s, &c, false), 0);
  assert_int_equal(s.period_minutes, 720);
  c.fresh_until.s = 20; /* a testing network ignores hsdir_interval */
  assert_int_equal(schedule_init(&s, &c, true), 0);
  assert_int_equal(s.period_minutes, 8);
  c.fresh_until.s = 3;
  assert_int_equal(schedule_init(&s, &c, true), 0);
  assert_int_equal(s.period_minutes, 1);
}

static void refuses_intervals_without_a_period(void **state)
{
  struct consensus c = consensus_at((struct wall){1000}, 0, false);
  struct schedule s;

  (void)state;
  assert_int_equal(schedule_init(&s, &c, false), ERR_RANGE);
  c.fresh_until.s = 999;
  assert_int_equal(schedule_init(&s, &c, false), ERR_RANGE);
  c.fresh_until.s = 1002;
  assert_int_equal(schedule_init(&s, &c, true), ERR_RANGE);
}

/* test_time_period of tor 0.4.9.11, src/test/test_hs_common.c. */
static void numbers_of_periods(void **state)
{
  struct schedule s = schedule_of(HOUR, false);

  (void)state;
  assert_int_equal(schedule_period_at(&s, at("2016-04-13 11:00:00")).number, 16903);
  assert_int_equal(schedule_period_at(&s, at("2016-04-13 11:59:59")).number, 16903);
  assert_int_equal(schedule_period_at(&s, at("2016-04-13 12:00:00")).number, 16904);
  assert_int_equal(schedule_period_at(&s, at("2016-04-13 12:00:00")).minutes, 1440);
  assert_int_equal(schedule_period_start(&s, 16904).s, at("2016-04-13 12:00:00").s);
  assert_int_equal(schedule_period_start(&s, 16905).s, at("2016-04-14 12:00:00").s);
  assert_int_equal(schedule_period_at(&s, (struct wall){5}).number, 0);
}

/* test_start_time_of_next_time_period of the same file: 10 s between votes
 * make periods of 4 minutes that begin 2 minutes late. */
static void periods_of_a_testing_network(void **state)
{
  struct schedule s = schedule_of(10, true);
  uint64_t number = schedule_period_at(&s, at("2016-04-13 00:00:00")).number;

  (void)state;
  assert_int_equal(s.period_minutes, 4);
  assert_int_equal(schedule_period_start(&s, number + 1).s, at("2016-04-13 00:02:00").s);
  number = schedule_period_at(&s, at("2016-04-13 00:02:00")).number;
  assert_int_equal(schedule_period_start(&s, number + 1).s, at("2016-04-13 00:06:00").s);
}

/* test_get_start_time_of_current_run of tor 0.4.9.11, src/test/test_shared_random.c,
 * with the valid-after that an authority has at the times given there. */
static void runs_of_the_shared_random_protocol(void **state)
{
  struct schedule s = schedule_of(HOUR, false);

  (void)state;
  assert_int_equal(schedule_srv_start(&s, at("2015-04-20 00:00:00")).s,
                   at("2015-04-20 00:00:00").s);
  assert_int_equal(schedule_srv_start(&s, at("2015-04-20 22:00:00")).s,
                   at("2015-04-20 00:00:00").s);
  assert_int_equal(schedule_srv_start(&s, at("2015-04-20 23:00:00")).s,
                   at("2015-04-20 00:00:00").s);
  assert_int_equal(schedule_srv_start(&s, at("2015-04-21 00:00:00")).s,
                   at("2015-04-21 00:00:00").s);
  s = schedule_of(10, true);
  assert_int_equal(schedule_srv_start(&s, at("2015-04-20 00:15:30")).s,
                   at("2015-04-20 00:12:00").s);
}

/* tor counts whole rounds back from valid-after: one that is not a multiple
 * of the interval carries its remainder along. */
static void a_run_keeps_the_remainder_of_valid_after(void **state)
{
  struct schedule s = schedule_of(HOUR, false);

  (void)state;
  assert_int_equal(schedule_srv_start(&s, at("2015-04-20 22:00:07")).s,
                   at("2015-04-20 00:00:07").s);
}

/* test_time_between_tp_and_srv of src/test/test_hs_common.c. */
static void knows_the_half_of_the_period(void **state)
{
  struct schedule s = schedule_of(HOUR, false);

  (void)state;
  assert_true(schedule_is_after_srv(&s, at("1985-10-26 00:00:00")));
  assert_true(schedule_is_after_srv(&s, at("1985-10-26 11:00:00")));
  assert_false(schedule_is_after_srv(&s, at("1985-10-26 12:00:00")));
  assert_false(schedule_is_after_srv(&s, at("1985-10-26 23:00:00")));
  assert_true(schedule_is_after_srv(&s, at("1985-10-27 00:00:00")));
}

/* test_disaster_srv of the same file. */
static void disaster_value_of_tor(void **state)
{
  struct period p = {.number = 1, .minutes = 1440};
  uint8_t want[SRV_SIZE], got[SRV_SIZE];

  (void)state;
  assert_int_equal(
      hex_parse(slice_str("F8A4948707653837FA44ABB5BBC75A12F6F101E7F8FAF699B9715F4965D3507D"), want,
                sizeof want),
      0);
  schedule_disaster_srv(suite, p, got);
  assert_memory_equal(got, want, sizeof want);
}

/* One slot as it must be; srv is the byte the value is made of. */
static void assert_slot(const struct schedule_slot *slot, uint64_t number, uint8_t srv,
                        const char *srv_start)
{
  assert_int_equal(slot->period.number, number);
  assert_int_equal(slot->period.minutes, 1440);
  assert_false(slot->srv.is_disaster);
  assert_int_equal(slot->srv.value[0], srv);
  assert_int_equal(slot->srv_start.s, at(srv_start).s);
}

/* rend-spec-v3.txt section 2.2.4. */
static void two_descriptors_before_and_after(void **state)
{
  struct schedule s = schedule_of(HOUR, false);
  struct consensus c = consensus_at(at("2016-04-13 11:00:00"), HOUR, true);
  struct schedule_slot slots[2];

  (void)state;
  schedule_slots(&s, suite, &c, slots);
  assert_slot(&slots[0], 16903, 0x11, "2016-04-12 00:00:00");
  assert_slot(&slots[1], 16904, 0x22, "2016-04-13 00:00:00");
  c = consensus_at(at("2016-04-13 12:00:00"), HOUR, true);
  schedule_slots(&s, suite, &c, slots);
  assert_slot(&slots[0], 16903, 0x11, "2016-04-12 00:00:00");
  assert_slot(&slots[1], 16904, 0x22, "2016-04-13 00:00:00");
  c = consensus_at(at("2016-04-14 00:00:00"), HOUR, true);
  schedule_slots(&s, suite, &c, slots);
  assert_slot(&slots[0], 16904, 0x11, "2016-04-13 00:00:00");
  assert_slot(&slots[1], 16905, 0x22, "2016-04-14 00:00:00");
}

static void without_values_it_is_the_disaster(void **state)
{
  struct schedule s = schedule_of(HOUR, false);
  struct consensus c = consensus_at(at("2016-04-13 11:00:00"), HOUR, false);
  struct schedule_slot slots[2];
  uint8_t want[SRV_SIZE];

  (void)state;
  schedule_slots(&s, suite, &c, slots);
  for (size_t i = 0; i < 2; i++) {
    schedule_disaster_srv(suite, slots[i].period, want);
    assert_true(slots[i].srv.is_disaster);
    assert_memory_equal(slots[i].srv.value, want, SRV_SIZE);
  }
  c.has_srv_current = true;
  schedule_slots(&s, suite, &c, slots);
  assert_true(slots[0].srv.is_disaster);
  assert_false(slots[1].srv.is_disaster);
  assert_int_equal(slots[1].srv.value[0], 0x22);
}

/* The scenarios of test_reachability, src/test/test_hs_common.c: when service
 * and client have these consensuses, the client finds the descriptor in that
 * slot of the service. */
static const struct {
  const char *service;
  const char *client;
  size_t slot;
} scenarios[] = {
    {"1985-10-26 13:00:00", "1985-10-26 15:00:00", 1},
    {"1985-10-26 23:00:00", "1985-10-27 01:00:00", 1},
    {"1985-10-27 03:00:00", "1985-10-27 05:00:00", 0},
    {"1985-10-27 11:00:00", "1985-10-27 13:00:00", 1},
    {"1985-10-27 01:00:00", "1985-10-26 23:00:00", 0},
    {"1985-10-27 13:00:00", "1985-10-27 11:00:00", 0},
};

/* A consensus whose values are named after the day they were made. */
static struct consensus consensus_of_day(struct wall t)
{
  struct consensus c = consensus_at(t, HOUR, true);

  memset(c.srv_current, (int)(t.s / DAY % 256), SRV_SIZE);
  memset(c.srv_previous, (int)((t.s / DAY - 1) % 256), SRV_SIZE);
  return c;
}

static void assert_reachable(const struct consensus *service, const struct consensus *client,
                             size_t slot)
{
  struct schedule s = schedule_of(HOUR, false);
  struct schedule_slot slots[2], wanted;

  schedule_slots(&s, suite, service, slots);
  schedule_client_slot(&s, suite, client, &wanted);
  assert_int_equal(wanted.period.number, slots[slot].period.number);
  assert_memory_equal(wanted.srv.value, slots[slot].srv.value, SRV_SIZE);
}

static void clients_find_one_of_the_two(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
    struct consensus service = consensus_of_day(at(scenarios[i].service));
    struct consensus client = consensus_of_day(at(scenarios[i].client));

    assert_reachable(&service, &client, scenarios[i].slot);
  }
}

/* Over three days, each hour, on a testing network too: a client with the
 * same consensus finds the first descriptor after a new value and the second
 * one after a new period; nothing jumps by more than one. */
static void holds_for_every_hour(void **state)
{
  static const struct {
    int64_t interval;
    bool testing;
  } networks[] = {{HOUR, false}, {20, true}, {10, true}, {5, true}};

  (void)state;
  for (size_t n = 0; n < sizeof networks / sizeof networks[0]; n++) {
    struct schedule s = schedule_of(networks[n].interval, networks[n].testing);
    struct schedule_slot before[2], now[2], client;

    for (int64_t i = 0; i < 72; i++) {
      struct wall t = {(at("2026-11-22 00:00:00").s / networks[n].interval + i) *
                       networks[n].interval};
      struct consensus c = consensus_at(t, networks[n].interval, true);

      schedule_slots(&s, suite, &c, now);
      schedule_client_slot(&s, suite, &c, &client);
      assert_int_equal(now[1].period.number, now[0].period.number + 1);
      assert_int_equal(client.period.number, schedule_period_at(&s, t).number);
      assert_memory_equal(client.srv.value, now[schedule_is_after_srv(&s, t) ? 0 : 1].srv.value,
                          SRV_SIZE);
      assert_true(i == 0 || now[0].period.number - before[0].period.number <= 1);
      memcpy(before, now, sizeof before);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(constants_of_a_network),
      cmocka_unit_test(refuses_intervals_without_a_period),
      cmocka_unit_test(numbers_of_periods),
      cmocka_unit_test(periods_of_a_testing_network),
      cmocka_unit_test(runs_of_the_shared_random_protocol),
      cmocka_unit_test(a_run_keeps_the_remainder_of_valid_after),
      cmocka_unit_test(knows_the_half_of_the_period),
      cmocka_unit_test(disaster_value_of_tor),
      cmocka_unit_test(two_descriptors_before_and_after),
      cmocka_unit_test(without_values_it_is_the_disaster),
      cmocka_unit_test(clients_find_one_of_the_two),
      cmocka_unit_test(holds_for_every_hour),
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}

#include "netdoc/consensus.h"

#include "base/limits.h"
#include "document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static int parse(const char *text, struct consensus *out)
{
  return consensus_parse(slice_str(text), out);
}

/* The error of a text; what was parsed is thrown away. */
static int error_of(const char *text)
{
  struct consensus c;
  int err = parse(text, &c);

  assert_true(err == 0 || (c.hsdirs == NULL && c.n_hsdirs == 0 && c.n_relays == 0));
  consensus_deinit(&c);
  return err;
}

static void reads_everything_that_matters(void **state)
{
  struct consensus c CLEANUP(consensus_deinit);
  uint8_t bytes[32];
  struct wall t;

  (void)state;
  assert_int_equal(parse(DOCUMENT, &c), 0);
  assert_int_equal(wall_parse(slice_str("2026-11-22 15:00:00"), &t), 0);
  assert_int_equal(c.valid_after.s, t.s);
  assert_int_equal(c.fresh_until.s, t.s + 3600);
  assert_int_equal(c.valid_until.s, t.s + 3 * 3600);
  assert_int_equal(consensus_voting_interval(&c), 3600);
  assert_int_equal(c.n_relays, 3);
  assert_int_equal(c.n_hsdirs, 2);
  memset(bytes, 1, sizeof bytes);
  assert_memory_equal(c.hsdirs[0].fingerprint, bytes, FINGERPRINT_SIZE);
  memset(bytes, 3, sizeof bytes);
  assert_memory_equal(c.hsdirs[1].fingerprint, bytes, FINGERPRINT_SIZE);
  memset(bytes, 0x42, sizeof bytes);
  assert_memory_equal(c.hsdirs[0].md_digest, bytes, MD_DIGEST_SIZE);
  assert_true(c.has_srv_previous && c.has_srv_current);
  for (uint8_t i = 0; i < SRV_SIZE; i++) {
    assert_int_equal(c.srv_previous[i], i);
    assert_int_equal(c.srv_current[i], 32 + i);
  }
}

static void parameters_have_defaults_and_bounds(void **state)
{
  struct consensus c CLEANUP(consensus_deinit);

  (void)state;
  assert_int_equal(parse(DOCUMENT, &c), 0);
  assert_int_equal(c.params.hsdir_interval, 1440);
  assert_int_equal(c.params.hsdir_n_replicas, 3);
  assert_int_equal(c.params.hsdir_spread_store, 4);
  assert_int_equal(c.params.hsdir_spread_fetch, 3);
  consensus_deinit(&c);
  assert_int_equal(parse(DOCUMENT_TOP DOCUMENT_TIMES DOCUMENT_FOOTER, &c), 0);
  assert_int_equal(c.params.hsdir_n_replicas, 2);
  assert_false(c.has_srv_current || c.has_srv_previous);
  consensus_deinit(&c);
  assert_int_equal(parse(DOCUMENT_TOP DOCUMENT_TIMES
                         "params hsdir_interval=4 hsdir_n_replicas=17 hsdir_spread_fetch=-5 "
                         "hsdir_spread_store=2147483647\n" DOCUMENT_FOOTER,
                         &c),
                   0);
  assert_int_equal(c.params.hsdir_interval, 5);
  assert_int_equal(c.params.hsdir_n_replicas, 16);
  assert_int_equal(c.params.hsdir_spread_store, 128);
  assert_int_equal(c.params.hsdir_spread_fetch, 1);
}

static void refuses_bad_parameters(void **state)
{
  static const char *const bad[] = {
      "a", "a=", "a=x", "a=1x", "a=--1", "a=+1", "hsdir_interval", "a= 1", "a=1,b=2"};
  char text[1024];

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    snprintf(text, sizeof text, "%s%sparams %s\n%s", DOCUMENT_TOP, DOCUMENT_TIMES, bad[i],
             DOCUMENT_FOOTER);
    assert_int_equal(error_of(text), ERR_SYNTAX);
  }
  assert_int_equal(error_of(DOCUMENT_TOP DOCUMENT_TIMES "params a=2147483648\n" DOCUMENT_FOOTER),
                   ERR_RANGE);
  assert_int_equal(error_of(DOCUMENT_TOP DOCUMENT_TIMES "params a=-2147483648\n" DOCUMENT_FOOTER),
                   0);
  assert_int_equal(error_of(DOCUMENT_TOP DOCUMENT_TIMES
                            "params hsdir_interval=5 hsdir_interval=6\n" DOCUMENT_FOOTER),
                   ERR_DUPLICATE);
}

/* Only the very last newline may be missing. Each cut is a block of its own,
 * so that the sanitizer sees a read behind it. */
static void refuses_every_cut(void **state)
{
  static const char text[] = DOCUMENT;
  size_t whole = sizeof text - 1;

  (void)state;
  for (size_t n = 0; n <= whole; n++) {
    uint8_t *copy = malloc(n + 1);
    struct consensus c;
    int err;

    assert_non_null(copy);
    memcpy(copy + 1, text, n);
    err = consensus_parse(slice_of(copy + 1, n), &c);
    consensus_deinit(&c);
    free(copy);
    assert_true(n < whole - 1 ? err < 0 : err == 0);
  }
}

static void says_that_it_was_cut_short(void **state)
{
  (void)state;
  assert_int_equal(error_of(""), ERR_TRUNCATED);
  assert_int_equal(error_of(DOCUMENT_HEADER), ERR_TRUNCATED);
  assert_int_equal(error_of(DOCUMENT_HEADER DOCUMENT_ENTRIES), ERR_TRUNCATED);
  assert_int_equal(error_of(DOCUMENT_HEADER DOCUMENT_ENTRIES "directory-footer\n"), ERR_TRUNCATED);
  assert_int_equal(error_of(DOCUMENT_HEADER DOCUMENT_ENTRIES "directory-footer\n"
                                                             "directory-signature sha256 A B\n"),
                   ERR_TRUNCATED);
}

static void the_header_must_be_whole(void **state)
{
  (void)state;
  assert_int_equal(error_of(DOCUMENT_TOP DOCUMENT_FOOTER), ERR_MISSING);
  assert_int_equal(error_of(DOCUMENT_TIMES DOCUMENT_FOOTER), ERR_SYNTAX);
  assert_int_equal(error_of(DOCUMENT_TOP DOCUMENT_ENTRIES DOCUMENT_FOOTER), ERR_MISSING);
  assert_int_equal(error_of(DOCUMENT_TOP DOCUMENT_TIMES DOCUMENT_TIMES DOCUMENT_FOOTER),
                   ERR_DUPLICATE);
  assert_int_equal(
      error_of("network-status-version 3\nvote-status consensus\n" DOCUMENT_TIMES DOCUMENT_FOOTER),
      ERR_UNSUPPORTED);
  assert_int_equal(
      error_of(
          "network-status-version 3 microdesc\nvote-status vote\n" DOCUMENT_TIMES DOCUMENT_FOOTER),
      ERR_UNSUPPORTED);
  assert_int_equal(
      error_of(DOCUMENT_TOP DOCUMENT_TIMES "shared-rand-current-value 9 AAEC\n" DOCUMENT_FOOTER),
      ERR_ENCODING);
  assert_int_equal(error_of(DOCUMENT_TOP DOCUMENT_TIMES
                            "shared-rand-current-value x "
                            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n" DOCUMENT_FOOTER),
                   ERR_SYNTAX);
}

static int error_of_times(const char *after, const char *fresh, const char *until)
{
  char text[1024];

  snprintf(text, sizeof text, "%svalid-after %s\nfresh-until %s\nvalid-until %s\n%s", DOCUMENT_TOP,
           after, fresh, until, DOCUMENT_FOOTER);
  return error_of(text);
}

static void times_must_be_plausible(void **state)
{
  (void)state;
  assert_int_equal(
      error_of_times("2026-11-22 15:00:00", "2026-11-22 15:00:10", "2026-11-22 15:00:10"), 0);
  assert_int_equal(
      error_of_times("2026-11-22 15:00:00", "2026-11-23 15:00:00", "2026-11-25 15:00:00"), 0);
  assert_int_equal(
      error_of_times("2026-11-22 15:00:00", "2026-11-23 15:00:01", "2026-11-25 15:00:00"),
      ERR_RANGE);
  assert_int_equal(
      error_of_times("2026-11-22 15:00:00", "2026-11-22 15:00:00", "2026-11-22 18:00:00"),
      ERR_RANGE);
  assert_int_equal(
      error_of_times("2026-11-22 15:00:00", "2026-11-22 16:00:00", "2026-11-22 15:59:59"),
      ERR_RANGE);
  assert_int_equal(
      error_of_times("2026-13-22 15:00:00", "2026-11-22 16:00:00", "2026-11-22 18:00:00"),
      ERR_RANGE);
  assert_true(error_of_times("2026-11-22", "2026-11-22 16:00:00", "2026-11-22 18:00:00") < 0);
}

/* How many HSDirs there are when the first relay has these lines. */
static size_t hsdirs_of(const char *lines)
{
  struct consensus c CLEANUP(consensus_deinit);
  char text[2048];

  snprintf(text, sizeof text, "%s%s%s%s%s", DOCUMENT_HEADER, DOCUMENT_R1, DOCUMENT_M, lines,
           DOCUMENT_FOOTER);
  assert_int_equal(parse(text, &c), 0);
  assert_int_equal(c.n_relays, 1);
  return c.n_hsdirs;
}

static void an_hsdir_has_flag_protocol_and_version(void **state)
{
  (void)state;
  assert_int_equal(hsdirs_of(DOCUMENT_S DOCUMENT_V DOCUMENT_PR), 1);
  assert_int_equal(hsdirs_of(DOCUMENT_S DOCUMENT_PR), 1);
  assert_int_equal(hsdirs_of(DOCUMENT_S DOCUMENT_V), 0);
  assert_int_equal(hsdirs_of(DOCUMENT_V DOCUMENT_PR), 0);
  assert_int_equal(hsdirs_of("s HSDirX XHSDir hsdir\n" DOCUMENT_V DOCUMENT_PR), 0);
  assert_int_equal(hsdirs_of("s HSDir\npr HSDir=2\n"), 1);
  assert_int_equal(hsdirs_of("s HSDir\npr A=1 HSDir=0,2\n"), 1);
  assert_int_equal(hsdirs_of("s HSDir\npr hsdir=2-63\n"), 1);
  assert_int_equal(hsdirs_of("s HSDir\npr HSDir=1\n"), 0);
  assert_int_equal(hsdirs_of("s HSDir\npr HSDir=\n"), 0);
  assert_int_equal(hsdirs_of("s HSDir\npr HSDir=3-4\n"), 0);
  assert_int_equal(hsdirs_of("s HSDir\npr HSDirX=2\n"), 0);
}

/* tor's ticket 22447: HSDir=2 of a version before 0.3.0.8 does not count. */
static void old_versions_do_not_count(void **state)
{
  (void)state;
  assert_int_equal(hsdirs_of(DOCUMENT_S "v Tor 0.3.0.8\n" DOCUMENT_PR), 1);
  assert_int_equal(hsdirs_of(DOCUMENT_S "v Tor 0.3.0.7\n" DOCUMENT_PR), 0);
  assert_int_equal(hsdirs_of(DOCUMENT_S "v Tor 0.2.9.17-alpha\n" DOCUMENT_PR), 0);
  assert_int_equal(hsdirs_of(DOCUMENT_S "v Tor 0.3.1.1-alpha\n" DOCUMENT_PR), 1);
  assert_int_equal(hsdirs_of(DOCUMENT_S "v Tor 1.0.0\n" DOCUMENT_PR), 1);
  assert_int_equal(hsdirs_of(DOCUMENT_S "v Arti 0.1.0.0\n" DOCUMENT_PR), 1);
  assert_int_equal(hsdirs_of(DOCUMENT_S "v Tor unknown\n" DOCUMENT_PR), 1);
}

/* Lines are remembered from one relay to the next; a different one in
 * between must not inherit the answer. */
static void each_relay_is_judged_by_its_own_lines(void **state)
{
  struct consensus c CLEANUP(consensus_deinit);

  (void)state;
  assert_int_equal(parse(DOCUMENT_HEADER DOCUMENT_R1 DOCUMENT_M DOCUMENT_S DOCUMENT_V DOCUMENT_PR
                             DOCUMENT_R2 DOCUMENT_M DOCUMENT_S
                         "v Tor 0.2.9.1\n" DOCUMENT_PR DOCUMENT_R3 DOCUMENT_M DOCUMENT_S DOCUMENT_V
                         "pr HSDir=1\n" DOCUMENT_FOOTER,
                         &c),
                   0);
  assert_int_equal(c.n_relays, 3);
  assert_int_equal(c.n_hsdirs, 1);
}

static int error_of_entries(const char *entries)
{
  char text[4096];

  snprintf(text, sizeof text, "%s%s%s", DOCUMENT_HEADER, entries, DOCUMENT_FOOTER);
  return error_of(text);
}

static void one_malformed_entry_is_enough(void **state)
{
  (void)state;
  assert_int_equal(error_of_entries(DOCUMENT_R1 DOCUMENT_S), ERR_MISSING);
  assert_int_equal(error_of_entries(DOCUMENT_R1 DOCUMENT_M DOCUMENT_M), ERR_DUPLICATE);
  assert_int_equal(error_of_entries(DOCUMENT_R1 "m QkI\n"), ERR_ENCODING);
  assert_int_equal(error_of_entries(DOCUMENT_R1 DOCUMENT_M DOCUMENT_R1 DOCUMENT_M), ERR_DUPLICATE);
  assert_int_equal(error_of_entries(DOCUMENT_R2 DOCUMENT_M DOCUMENT_R1 DOCUMENT_M), ERR_DUPLICATE);
  assert_int_equal(error_of_entries("r one AQEB 2038-01-01 00:00:00 1.2.3.4 9001 0\n" DOCUMENT_M),
                   ERR_ENCODING);
  assert_int_equal(
      error_of_entries("r one AQEBAQEBAQEBAQEBAQEBAQEBAQE 2038-01-01 1 2 3\n" DOCUMENT_M),
      ERR_SYNTAX);
  assert_int_equal(error_of_entries("r\n" DOCUMENT_M), ERR_SYNTAX);
  assert_int_equal(error_of_entries(DOCUMENT_R1 DOCUMENT_M "pr HSDir=2-1\n"), ERR_RANGE);
  assert_int_equal(error_of_entries(DOCUMENT_R1 DOCUMENT_M "pr HSDir=64\n"), ERR_RANGE);
  assert_int_equal(error_of_entries(DOCUMENT_R1 DOCUMENT_M "pr HSDir=2-\n"), ERR_SYNTAX);
  assert_int_equal(error_of_entries(DOCUMENT_R1 DOCUMENT_M "pr HSDir=x\n"), ERR_SYNTAX);
  assert_int_equal(error_of_entries(DOCUMENT_R1 DOCUMENT_M "\n"), ERR_SYNTAX);
}

static void holds_its_limits(void **state)
{
  struct buf b CLEANUP(buf_deinit) = {0};
  struct consensus c;

  (void)state;
  buf_add_str(&b, DOCUMENT);
  buf_add_fill(&b, 'a', LIMIT_CONSENSUS_BYTES - b.n + 1);
  assert_int_equal(consensus_parse(buf_slice(&b), &c), ERR_TOO_LONG);
  consensus_deinit(&c);
}

/* Appends an entry whose identity is the number. */
static void add_entry(struct buf *b, uint32_t number)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

  buf_add_str(b, "r x ");
  for (unsigned i = 0; i < 4; i++) {
    buf_add_u8(b, (uint8_t)digits[number >> (6 * (3 - i)) & 63]);
  }
  buf_add_str(b, "AAAAAAAAAAAAAAAAAAAAAAA 2038-01-01 00:00:00 1 2 3\n" DOCUMENT_M);
}

static void counts_relays_up_to_the_limit(void **state)
{
  struct buf b CLEANUP(buf_deinit) = {0};
  struct consensus c;
  size_t end;

  (void)state;
  buf_add_str(&b, DOCUMENT_HEADER);
  for (uint32_t i = 0; i < LIMIT_RELAYS; i++) {
    add_entry(&b, i);
  }
  end = b.n;
  buf_add_str(&b, DOCUMENT_FOOTER);
  assert_int_equal(consensus_parse(buf_slice(&b), &c), 0);
  assert_int_equal(c.n_relays, LIMIT_RELAYS);
  consensus_deinit(&c);
  b.n = end;
  add_entry(&b, LIMIT_RELAYS);
  buf_add_str(&b, DOCUMENT_FOOTER);
  assert_int_equal(consensus_parse(buf_slice(&b), &c), ERR_TOO_LONG);
  consensus_deinit(&c);
}

static void is_usable_a_day_before_and_after(void **state)
{
  struct consensus c = {.valid_after = {1000000}, .valid_until = {1010800}};

  (void)state;
  assert_false(consensus_is_usable(&c, (struct wall){1000000 - 86401}));
  assert_true(consensus_is_usable(&c, (struct wall){1000000 - 86400}));
  assert_true(consensus_is_usable(&c, (struct wall){1010800 + 86400}));
  assert_false(consensus_is_usable(&c, (struct wall){1010800 + 86401}));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_everything_that_matters),
      cmocka_unit_test(parameters_have_defaults_and_bounds),
      cmocka_unit_test(refuses_bad_parameters),
      cmocka_unit_test(refuses_every_cut),
      cmocka_unit_test(says_that_it_was_cut_short),
      cmocka_unit_test(the_header_must_be_whole),
      cmocka_unit_test(times_must_be_plausible),
      cmocka_unit_test(an_hsdir_has_flag_protocol_and_version),
      cmocka_unit_test(old_versions_do_not_count),
      cmocka_unit_test(each_relay_is_judged_by_its_own_lines),
      cmocka_unit_test(one_malformed_entry_is_enough),
      cmocka_unit_test(holds_its_limits),
      cmocka_unit_test(counts_relays_up_to_the_limit),
      cmocka_unit_test(is_usable_a_day_before_and_after),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

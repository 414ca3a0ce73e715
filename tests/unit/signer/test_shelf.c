#include "signer/shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundles.h"
#include "signer/calendar.h"

#include <sodium.h>

#define HOUR 3600

struct scene {
  struct bundles bundles;
  char folder[FIXTURE_PATH];
  struct shelf *shelf;
  struct buf said;
  int n_said;
};

static void say(void *ctx, enum log_level level, const char *text)
{
  struct scene *s = ctx;

  assert_true(level >= LOG_LEVEL_WARNING);
  buf_add_str(&s->said, text);
  buf_add_u8(&s->said, '\n');
  s->n_said++;
}

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);
  struct shelf_config config = {.say = say, .ctx = s};

  bundles_init(&s->bundles);
  fixture_folder(s->folder);
  config.path = s->folder;
  config.suite = s->bundles.suite;
  s->shelf = shelf_new(&config);
  bundles_write_key(&s->bundles, s->folder);
  *state = s;
  return 0;
}

static void drop(struct scene *s, const char *name)
{
  char path[FIXTURE_PATH];

  snprintf(path, sizeof path, "%.4000s/%s", s->folder, name);
  unlink(path);
}

static int teardown(void **state)
{
  struct scene *s = *state;

  drop(s, "a.bundle");
  drop(s, "b.bundle");
  drop(s, ".c.bundle");
  drop(s, RECIPIENT_FILE);
  assert_int_equal(rmdir(s->folder), 0);
  shelf_free(s->shelf);
  bundles_deinit(&s->bundles);
  buf_deinit(&s->said);
  free(s);
  return 0;
}

/* A bundle of these periods, made so many seconds after FIXTURE_NOW. */
static void put(struct scene *s, const char *name, uint64_t first, uint64_t last, int64_t made)
{
  struct buf sealed CLEANUP(buf_deinit) = {0};
  char path[FIXTURE_PATH];

  s->bundles.bundling.range = (struct calendar_range){first, last};
  s->bundles.bundling.now = wall_plus(FIXTURE_NOW, made);
  bundles_seal(&s->bundles, &sealed);
  fixture_write(s->folder, name, buf_slice(&sealed), 0644, path);
}

static int find(const struct scene *s, uint64_t number, struct bundle_item *item, struct buf *why)
{
  struct shelf_question q = {.period = {number, 1440}, .now = FIXTURE_NOW};
  uint8_t blinded[32];

  buf_clear(why);
  return shelf_find(s->shelf, &q, item, blinded, why);
}

static void finds_new_files_and_forgets_old_ones(void **state)
{
  struct scene *s = *state;
  struct buf why CLEANUP(buf_deinit) = {0};
  struct bundle_item item;

  assert_false(shelf_scan(s->shelf));
  assert_int_equal(shelf_count(s->shelf), 0);
  put(s, "a.bundle", 20778, 20780, 0);
  put(s, ".c.bundle", 20778, 20790, 0); /* on its way */
  assert_true(shelf_scan(s->shelf));
  assert_false(shelf_scan(s->shelf));
  assert_int_equal(shelf_count(s->shelf), 1);
  assert_hex(shelf_key(s->shelf, 0), 32, FIXTURE_PEM_PUBLIC);
  assert_true(shelf_has(s->shelf, 0, &(struct wire_period){20780, 1440}));
  assert_false(shelf_has(s->shelf, 0, &(struct wire_period){20781, 1440}));
  assert_int_equal(find(s, 20779, &item, &why), 0);
  assert_int_equal(item.number, 20779);
  assert_int_equal(find(s, 20781, &item, &why), ERR_MISSING);
  assert_true(fixture_has(&why, "a.bundle is for 2026-11-"));
  drop(s, "a.bundle");
  assert_false(shelf_scan(s->shelf));
  assert_int_equal(shelf_count(s->shelf), 1);
  assert_int_equal(find(s, 20779, &item, &why), ERR_MISSING);
  assert_true(fixture_has(&why, "any more; install the next one"));
  assert_int_equal(s->n_said, 0);
}

/* The newer one has other keys for the same periods. */
static void the_newer_bundle_is_taken(void **state)
{
  struct scene *s = *state;
  struct buf why CLEANUP(buf_deinit) = {0};
  struct bundle_item old, new;
  struct shelf_question q = {.period = {20780, 1440}, .now = FIXTURE_NOW};
  struct cert cert;
  uint8_t blinded[32];

  put(s, "b.bundle", 20778, 20780, 0);
  assert_true(shelf_scan(s->shelf));
  assert_int_equal(find(s, 20780, &old, &why), 0);
  put(s, "a.bundle", 20780, 20783, 60);
  assert_true(shelf_scan(s->shelf));
  assert_int_equal(find(s, 20780, &new, &why), 0);
  assert_memory_not_equal(old.seed, new.seed, sizeof old.seed);
  assert_int_equal(find(s, 20779, &new, &why), 0);
  /* The certificate of a key that is in use is still found. */
  assert_int_equal(cert_parse(slice_of(old.cert, CERT_SIZE), &cert), 0);
  q.signing_key = cert.key;
  assert_int_equal(shelf_find(s->shelf, &q, &new, blinded, &why), 0);
  assert_memory_equal(old.cert, new.cert, CERT_SIZE);
}

static void damage_is_said_once_and_the_others_stay(void **state)
{
  struct scene *s = *state;
  struct buf why CLEANUP(buf_deinit) = {0};
  struct bundle_item item;
  char path[FIXTURE_PATH];

  put(s, "a.bundle", 20778, 20780, 0);
  fixture_write(s->folder, "b.bundle", slice_str("hello"), 0644, path);
  assert_true(shelf_scan(s->shelf));
  assert_int_equal(s->n_said, 1);
  assert_true(fixture_has(&s->said, "b.bundle is not a bundle"));
  assert_false(shelf_scan(s->shelf));
  assert_int_equal(s->n_said, 1);
  assert_int_equal(find(s, 20779, &item, &why), 0);
  put(s, "b.bundle", 20780, 20783, 5);
  assert_true(shelf_scan(s->shelf));
  assert_int_equal(find(s, 20783, &item, &why), 0);
}

static void a_missing_key_is_said_once(void **state)
{
  struct scene *s = *state;

  put(s, "a.bundle", 20778, 20780, 0);
  drop(s, RECIPIENT_FILE);
  assert_false(shelf_scan(s->shelf));
  assert_false(shelf_scan(s->shelf));
  assert_int_equal(s->n_said, 1);
  assert_true(fixture_has(&s->said, "onionbalance-signer recipient"));
  bundles_write_key(&s->bundles, s->folder);
  assert_true(shelf_scan(s->shelf)); /* no change of the bundle is needed */
}

/* A period is missing from the moment on when it is to be published. */
static void stock_ends_where_a_period_is_missing(void **state)
{
  struct scene *s = *state;
  struct wire_period missing = {20785, 1440};
  struct shelf_stock stock;

  put(s, "a.bundle", 20778, 20780, 0);
  put(s, "b.bundle", 20781, 20784, 0);
  assert_true(shelf_scan(s->shelf));
  stock = shelf_stock_of(s->shelf, 0, FIXTURE_NOW);
  assert_int_equal(stock.until.s, calendar_window_of(&missing).begin.s);
  assert_int_equal(stock.span, 4 * 24 * HOUR);
  drop(s, "b.bundle");
  assert_false(shelf_scan(s->shelf));
  missing.number = 20781;
  assert_int_equal(shelf_stock_of(s->shelf, 0, FIXTURE_NOW).until.s,
                   calendar_window_of(&missing).begin.s);
  stock = shelf_stock_of(s->shelf, 0, wall_plus(FIXTURE_NOW, 30 * 24 * HOUR));
  assert_true(stock.until.s <= FIXTURE_NOW.s + 30 * 24 * HOUR);
  drop(s, "a.bundle");
  assert_false(shelf_scan(s->shelf));
  stock = shelf_stock_of(s->shelf, 0, FIXTURE_NOW);
  assert_int_equal(stock.until.s, FIXTURE_NOW.s);
  assert_int_equal(stock.span, 0);
}

static void another_network_is_told(void **state)
{
  struct scene *s = *state;
  struct buf why CLEANUP(buf_deinit) = {0};
  struct shelf_question q = {.period = {20779, 720}, .now = FIXTURE_NOW};
  struct bundle_item item;
  uint8_t blinded[32];

  put(s, "a.bundle", 20778, 20780, 0);
  assert_true(shelf_scan(s->shelf));
  assert_int_equal(shelf_find(s->shelf, &q, &item, blinded, &why), ERR_MISMATCH);
  assert_true(fixture_has(&why, "of 1440 minutes, but those of this network have 720"));
  assert_true(fixture_has(&why, "--period-minutes 720"));
  q.period.minutes = 1440;
  buf_clear(&why);
  q.now = wall_plus(FIXTURE_NOW, 30 * 24 * HOUR);
  assert_int_equal(shelf_find(s->shelf, &q, &item, blinded, &why), ERR_EXPIRED);
  assert_true(fixture_has(&why, "do the clocks agree"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(finds_new_files_and_forgets_old_ones, setup, teardown),
      cmocka_unit_test_setup_teardown(the_newer_bundle_is_taken, setup, teardown),
      cmocka_unit_test_setup_teardown(damage_is_said_once_and_the_others_stay, setup, teardown),
      cmocka_unit_test_setup_teardown(a_missing_key_is_said_once, setup, teardown),
      cmocka_unit_test_setup_teardown(stock_ends_where_a_period_is_missing, setup, teardown),
      cmocka_unit_test_setup_teardown(another_network_is_told, setup, teardown),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

#include "balance/publication.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void begins_unpublished(void **state)
{
  struct schedule_slot slot = {.period = {20779, 1440}};
  struct publication pub;

  (void)state;
  memset(&pub, 0, sizeof pub);
  publication_init(&pub, &slot);
  assert_true(pub.is_used);
  assert_int_equal(pub.slot.period.number, 20779);
  assert_int_equal(pub.keys, KEY_NONE);
  assert_int_equal(pub.round, 0);
  assert_null(pub.content);
  assert_int_equal(pub.next_publish.ms, MONO_NEVER.ms);
  assert_int_equal(publication_confirmed(&pub), 0);
  publication_deinit(&pub);
  assert_false(pub.is_used);
  publication_deinit(&pub);
}

static void uploads_are_found_by_fingerprint(void **state)
{
  struct schedule_slot slot = {.period = {1, 1440}};
  struct publication pub;
  uint8_t fp[FINGERPRINT_SIZE];

  (void)state;
  publication_init(&pub, &slot);
  memset(fp, 3, sizeof fp);
  assert_null(publication_find_upload(&pub, fp));
  pub.uploads = mem_array(8, sizeof *pub.uploads);
  pub.n_uploads = 8;
  for (size_t i = 0; i < 8; i++) {
    memset(pub.uploads[i].fingerprint, (int)i, FINGERPRINT_SIZE);
  }
  assert_ptr_equal(publication_find_upload(&pub, fp), &pub.uploads[3]);
  fp[19] = 9;
  assert_null(publication_find_upload(&pub, fp));
  publication_deinit(&pub);
}

/* Only what was confirmed, and is not wanted again, counts. */
static void confirmed_are_counted(void **state)
{
  struct schedule_slot slot = {.period = {1, 1440}};
  struct publication pub;

  (void)state;
  publication_init(&pub, &slot);
  pub.uploads = mem_array(4, sizeof *pub.uploads);
  pub.n_uploads = 4;
  pub.uploads[0].confirmed_revision = 5;
  pub.uploads[1].confirmed_revision = 5;
  pub.uploads[1].is_wanted = true;
  pub.uploads[2].is_wanted = true;
  assert_int_equal(publication_confirmed(&pub), 1);
  publication_deinit(&pub);
}

/* Everything it owns is freed (the sanitizers watch). */
static void owns_its_parts(void **state)
{
  struct schedule_slot slot = {.period = {1, 1440}};
  struct publication pub;

  (void)state;
  publication_init(&pub, &slot);
  pub.content = mem_new(sizeof *pub.content);
  pub.uploads = mem_array(4, sizeof *pub.uploads);
  buf_add_str(&pub.inner, "something");
  publication_deinit(&pub);
  assert_null(pub.content);
  assert_null(pub.uploads);
}

static void every_reason_has_a_name(void **state)
{
  (void)state;
  for (enum publication_reason r = PUBLICATION_NOTHING; r <= PUBLICATION_TIMER; r++) {
    assert_non_null(publication_reason_text(r));
    for (enum publication_reason o = PUBLICATION_NOTHING; o < r; o++) {
      assert_string_not_equal(publication_reason_text(r), publication_reason_text(o));
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(begins_unpublished),      cmocka_unit_test(uploads_are_found_by_fingerprint),
      cmocka_unit_test(confirmed_are_counted),   cmocka_unit_test(owns_its_parts),
      cmocka_unit_test(every_reason_has_a_name),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

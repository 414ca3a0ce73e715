#include "report/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND "zt744spobno2bhvsfmgvpxjwoj6bri3r5ukwsuhgxlccqmirhehu54yd"
#define OWN    "opw3edkosjmyrqy75sjhhi35axciepaxwoq4irlrnc66tsrjdg7pgzad"

static struct address read_address(struct suite *suite, const char *text)
{
  struct address a;

  assert_int_equal(address_parse(suite, slice_str(text), &a), 0);
  return a;
}

static void check(const struct snapshot *snapshot, struct suite *suite, const char *expected)
{
  struct buf out CLEANUP(buf_deinit) = {0};

  status_build(snapshot, suite, &out);
  assert_string_equal(buf_str(&out), expected);
}

/* Nothing is known yet: the short form of instances, and null for both
 * attempts. */
static void test_at_start(void **state)
{
  struct suite *suite = suite_new();
  struct snapshot_instance instances[] = {{.address = read_address(suite, SECOND)}};
  struct snapshot_service service = {
      .address = read_address(suite, OWN), .instances = instances, .n_instances = 1};
  struct snapshot snapshot = {.services = &service, .n_services = 1};

  (void)state;
  check(&snapshot, suite,
        "{\"services\": [{\"instances\": [{\"onionAddress\": \"" SECOND
        ".onion\", \"received\": null}], \"onionAddress\": \"" OWN
        ".onion\", \"publishAttemptFirstDescriptor\": null, "
        "\"publishAttemptSecondDescriptor\": null}]}");
  suite_free(suite);
}

/* One instance has answered, one has not; one descriptor is out. */
static void test_running(void **state)
{
  struct suite *suite = suite_new();
  struct snapshot_instance instances[] = {
      {.address = read_address(suite, SECOND),
       .is_known = true,
       .n_intros = 3,
       .received = {1795362280},
       .modified = {1795358680}},
      {.address = read_address(suite, OWN)},
  };
  struct snapshot_service service = {
      .address = read_address(suite, OWN),
      .instances = instances,
      .n_instances = 2,
      .descriptors = {{.is_attempted = true, .attempted = {1795362281}}, {.is_attempted = false}}};
  struct snapshot snapshot = {.services = &service, .n_services = 1};

  (void)state;
  check(&snapshot, suite,
        "{\"services\": [{\"instances\": [{\"descriptorReceived\": \"2026-11-22 15:44:40\", "
        "\"introPointsNum\": 3, \"introSetModified\": \"2026-11-22 14:44:40\", "
        "\"onionAddress\": \"" SECOND ".onion\"}, {\"onionAddress\": \"" OWN
        ".onion\", \"received\": null}], \"onionAddress\": \"" OWN
        ".onion\", \"publishAttemptFirstDescriptor\": \"2026-11-22 15:44:41\", "
        "\"publishAttemptSecondDescriptor\": null}]}");
  suite_free(suite);
}

static void test_several_services(void **state)
{
  struct suite *suite = suite_new();
  struct snapshot_service services[2] = {{.address = read_address(suite, OWN)},
                                         {.address = read_address(suite, SECOND)}};
  struct snapshot snapshot = {.services = services, .n_services = 2};

  (void)state;
  check(&snapshot, suite,
        "{\"services\": [{\"instances\": [], \"onionAddress\": \"" OWN
        ".onion\", \"publishAttemptFirstDescriptor\": null, "
        "\"publishAttemptSecondDescriptor\": null}, "
        "{\"instances\": [], \"onionAddress\": \"" SECOND
        ".onion\", \"publishAttemptFirstDescriptor\": null, "
        "\"publishAttemptSecondDescriptor\": null}]}");
  suite_free(suite);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_at_start),
      cmocka_unit_test(test_running),
      cmocka_unit_test(test_several_services),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "conf/schema.h"

#include "conf/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What the reader relies on, for one map and all below it. */
static void check_map(const struct schema_map *map)
{
  assert_in_range(map->n, 1, SCHEMA_KEYS_MAX);
  assert_non_null(map->name);
  for (size_t i = 0; i < map->n; i++) {
    const struct schema_key *k = &map->keys[i];

    assert_true(strlen(k->help) > 0);
    for (size_t j = 0; j < i; j++) {
      assert_string_not_equal(k->name, map->keys[j].name);
    }
    assert_int_equal(k->map != NULL, k->type == SCHEMA_MAP || k->type == SCHEMA_LIST);
    assert_int_equal(k->append != NULL, k->type == SCHEMA_LIST);
    if (k->type == SCHEMA_TEXT || k->type == SCHEMA_PATH || k->type == SCHEMA_LIST) {
      assert_true(k->max > 0);
    }
    if (k->map != NULL) {
      check_map(k->map);
    }
  }
}

static void test_table_is_sound(void **state)
{
  (void)state;
  check_map(&schema_root);
}

static void test_append(void **state)
{
  const struct schema_key *services = &schema_root.keys[0];
  struct config c = {0};
  struct config_service *s = services->append(&c);

  (void)state;
  assert_string_equal(services->name, "services");
  assert_int_equal(c.n_services, 1);
  assert_null(s->key_path);
  for (size_t i = 0; i < services->map->n; i++) {
    if (services->map->keys[i].type == SCHEMA_LIST) {
      const struct config_instance *instance = services->map->keys[i].append(s);

      assert_null(instance->name);
    }
  }
  assert_int_equal(s->n_instances, 1);
  config_deinit(&c);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_table_is_sound),
      cmocka_unit_test(test_append),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

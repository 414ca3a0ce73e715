#include "tools/recipe.h"

#include "place.h"

#define ADDRESS "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid"
#define OTHER   "gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd"
#define HOLE    "  - address: <Enter the instance onion address here>\n"

static struct recipe one(const char *tag, size_t n)
{
  struct recipe r = {.virtual_port = 8080, .target = "127.0.0.1:80"};

  strcpy(recipe_add(&r, tag, n)->address, ADDRESS);
  return r;
}

static void config(void **state)
{
  struct recipe r CLEANUP(recipe_deinit) = one("node", 2);
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  strcpy(recipe_add(&r, "web", 1)->address, OTHER);
  recipe_config(&r, &out);
  assert_string_equal(buf_str(&out),
                      "# Onionbalance Config File\n"
                      "services:\n"
                      "- instances:\n" HOLE "    name: node1\n" HOLE "    name: node2\n"
                      "  key: " ADDRESS ".key\n"
                      "- instances:\n" HOLE "    name: web1\n"
                      "  key: " OTHER ".key\n");
}

static void names_are_quoted(void **state)
{
  static const struct {
    const char *tag;
    const char *name;
    const char *folder;
  } cases[] = {
      {"eu west-", "name: eu west-1\n", "eu_west-1"},
      {"1", "name: '11'\n", "11"},
      {"it's", "name: 'it''s1'\n", "it_s1"},
      {"a: b", "name: 'a: b1'\n", "a__b1"},
      {" x", "name: ' x1'\n", "_x1"},
      {"../../etc/", "name: '../../etc/1'\n", "_._.._etc_1"},
      {"-rf", "name: '-rf1'\n", "_rf1"},
      {"a #", "name: 'a #1'\n", "a__1"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct recipe r CLEANUP(recipe_deinit) = one(cases[i].tag, 1);
    struct buf out CLEANUP(buf_deinit) = {0};
    struct buf folder CLEANUP(buf_deinit) = {0};

    recipe_config(&r, &out);
    assert_non_null(strstr(buf_str(&out), cases[i].name));
    recipe_folder(&r, 0, 1, &folder);
    assert_string_equal(buf_str(&folder), cases[i].folder);
  }
}

static void backend(void **state)
{
  struct recipe r CLEANUP(recipe_deinit) = one("node", 2);
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  recipe_torrc(&r, 0, 2, &out);
  assert_non_null(strstr(buf_str(&out), "# Backend node2 of " ADDRESS ".onion\n"));
  assert_non_null(strstr(buf_str(&out), "\nHiddenServiceDir /var/lib/tor/node2-2gzyxa5i\n"
                                        "HiddenServicePort 8080 127.0.0.1:80\n"
                                        "HiddenServiceOnionbalanceInstance 1\n"));
  buf_clear(&out);
  recipe_ob_config(&r, 0, &out);
  assert_string_equal(buf_str(&out), "MasterOnionAddress " ADDRESS ".onion\n");
}

static void folders_of_several_services(void **state)
{
  struct recipe r CLEANUP(recipe_deinit) = one("node", 2);
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  strcpy(recipe_add(&r, "node", 2)->address, OTHER);
  recipe_folder(&r, 1, 2, &out);
  assert_string_equal(buf_str(&out), OTHER "/node2");
}

static void steps(void **state)
{
  struct recipe r CLEANUP(recipe_deinit) = one("node", 9);
  struct buf out CLEANUP(buf_deinit) = {0};

  (void)state;
  recipe_steps(&r, "/srv/ob", false, &out);
  assert_non_null(strstr(buf_str(&out), "      " ADDRESS ".onion\n"));
  assert_non_null(strstr(buf_str(&out), "      /srv/ob/node1\n"
                                        "      /srv/ob/node2\n"
                                        "      /srv/ob/node3\n"
                                        "      ... (9 in all)\n"
                                        "      /srv/ob/node9\n"));
  assert_null(strstr(buf_str(&out), "key-passphrase-file"));
  buf_clear(&out);
  recipe_steps(&r, "/srv/it's mine", true, &out);
  assert_non_null(strstr(buf_str(&out), " '/srv/it'\\''s mine'/config.yaml "));
  assert_non_null(strstr(buf_str(&out), "key-passphrase-file"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(config),  cmocka_unit_test(names_are_quoted),
      cmocka_unit_test(backend), cmocka_unit_test(folders_of_several_services),
      cmocka_unit_test(steps),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

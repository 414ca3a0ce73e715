#include "daemon/grant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/command.h"
#include "daemon/program.h"

#define INSTANCE "gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd.onion"
#define INSTANCES                                                                                  \
  "  instances:\n"                                                                                 \
  "  - address: " INSTANCE "\n"
#define FIRST                                                                                      \
  "tor: {control: '127.0.0.1:9051', socks: '127.0.0.1:9050'}\n"                                    \
  "status-socket-location: /run/x/status\n"                                                        \
  "services:\n"                                                                                    \
  "- key: k\n" INSTANCES

struct fixture {
  char folder[64], config[128], key[128];
  struct options options;
  struct grant *grant;
  struct porter_policy policy;
};

static void write_file(const char *path, const char *text)
{
  FILE *f = fopen(path, "w");

  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static int setup(void **state)
{
  struct fixture *f = calloc(1, sizeof *f);

  strcpy(f->folder, "/tmp/obtest.XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  snprintf(f->config, sizeof f->config, "%s/config.yaml", f->folder);
  snprintf(f->key, sizeof f->key, "%s/k", f->folder);
  write_file(f->config, FIRST);
  write_file(f->key, "secret");
  f->options.config_path = f->config;
  f->options.n_control = 1;
  assert_int_equal(endpoint_parse(slice_str("unix:/run/tor/control"), &f->options.control[0]), 0);
  f->grant = grant_new(&f->options);
  assert_non_null(f->grant);
  f->policy = grant_policy(f->grant);
  *state = f;
  return 0;
}

static int teardown(void **state)
{
  struct fixture *f = *state;

  grant_free(f->grant);
  unlink(f->config);
  unlink(f->key);
  rmdir(f->folder);
  free(f);
  return 0;
}

static bool may_dial(const struct fixture *f, const char *place)
{
  struct endpoint e;

  assert_int_equal(endpoint_parse(slice_str(place), &e), 0);
  return f->policy.may_dial(f->policy.ctx, &e);
}

static void connections_of_the_configuration(void **state)
{
  struct fixture *f = *state;
  struct endpoint none = {.kind = ENDPOINT_NONE};

  assert_true(may_dial(f, "unix:/run/tor/control")); /* of the command line */
  assert_true(may_dial(f, "127.0.0.1:9051"));
  assert_true(may_dial(f, "127.0.0.1:9050"));
  assert_false(may_dial(f, "127.0.0.1:22"));
  assert_false(may_dial(f, "127.0.0.2:9051"));
  assert_false(may_dial(f, "unix:/run/signer"));
  assert_false(f->policy.may_dial(f->policy.ctx, &none));
  write_file(f->config, "services:\n- signer: unix:/run/signer\n" INSTANCES);
  assert_true(may_dial(f, "unix:/run/signer")); /* read again */
  assert_true(may_dial(f, "127.0.0.1:9050"));   /* what goes on may go on */
  assert_false(may_dial(f, "127.0.0.1:9052"));
}

static char *const *find(const struct fixture *f, char *const *argv, bool is_standard)
{
  uint8_t digest[SHA512_SIZE];

  porter_digest(argv, is_standard, digest);
  return f->policy.command(f->policy.ctx, digest, is_standard);
}

static void the_child_has_the_keys_of_the_configuration(void **state)
{
  struct fixture *f = *state;
  char *program = program_find_signer();
  struct command_key key = {f->key, NULL}, other = {"/etc/passwd", NULL};
  char **argv = command_build(program, &key, 1);
  char **wrong = command_build(program, &other, 1);
  char *const *found = find(f, argv, false);

  assert_non_null(found);
  assert_string_equal(found[4], f->key);
  assert_null(find(f, wrong, false));
  assert_null(find(f, argv, true));
  command_free(argv);
  command_free(wrong);
  free(program);
}

static void commands_of_the_configuration(void **state)
{
  static char ssh[] = "ssh", vault[] = "vault", evil[] = "evil";
  char *const argv[] = {ssh, vault, NULL};
  char *const wrong[] = {ssh, evil, NULL};
  struct fixture *f = *state;

  assert_null(find(f, argv, true));
  write_file(f->config, "services:\n- signer: exec:ssh vault\n" INSTANCES);
  assert_non_null(find(f, argv, true));
  assert_null(find(f, argv, false));
  assert_null(find(f, wrong, true));
}

/* A generation that goes on, because the next one is no good, starts its signer
 * again. */
static void the_child_of_before(void **state)
{
  struct fixture *f = *state;
  char *program = program_find_signer();
  struct command_key key = {f->key, NULL};
  char **argv = command_build(program, &key, 1);

  assert_non_null(find(f, argv, false));
  write_file(f->config, "services:\n- signer: exec:ssh vault\n" INSTANCES);
  assert_false(may_dial(f, "127.0.0.1:1")); /* reads it */
  assert_non_null(find(f, argv, false));
  command_free(argv);
  free(program);
}

static bool may_open(const struct fixture *f, const char *folder, const char *name)
{
  char path[512];

  snprintf(path, sizeof path, "%s%s", folder, name);
  return f->policy.may_open(f->policy.ctx, path);
}

static void files_of_the_configuration(void **state)
{
  struct fixture *f = *state;

  assert_true(may_open(f, f->config, ""));
  assert_true(may_open(f, f->folder, "/instances.d"));
  assert_true(may_open(f, f->folder, "/instances.d/a.yaml"));
  assert_true(may_open(f, f->folder, "/instances.d/b.yml"));
  assert_false(may_open(f, f->key, ""));
  assert_false(may_open(f, f->folder, ""));
  assert_false(may_open(f, f->folder, "/instances.dx"));
  assert_false(may_open(f, f->folder, "/instances.d/a.pem"));
  assert_false(may_open(f, f->folder, "/instances.d/../k.yaml"));
  assert_false(may_open(f, f->folder, "/instances.d/.hidden.yaml"));
  assert_false(may_open(f, f->folder, "/instances.d/x/a.yaml"));
}

static void files_beside_the_copy(void **state)
{
  struct fixture *f = *state;

  f->options.config_fallback = "/run/handed/config.yaml";
  assert_true(may_open(f, "/run/handed/", "config.yaml"));
  assert_true(may_open(f, "/run/handed/", "instances.d"));
  assert_true(may_open(f, "/run/handed/", "instances.d/a.yaml"));
  assert_false(may_open(f, "/run/handed/", "keys"));
  assert_true(may_open(f, f->folder, "/instances.d/a.yaml"));
}

static void files_of_bundles(void **state)
{
  struct fixture *f = *state;

  assert_false(may_open(f, "/b", "/x.bundle"));
  write_file(f->config, "services:\n- signer: bundle:/b\n" INSTANCES);
  assert_true(may_open(f, "/b", ""));
  assert_true(may_open(f, "/b", "/x.bundle"));
  assert_false(may_open(f, "/b", "/.x.bundle"));
  assert_false(may_open(f, "/b", "/x.key"));
  assert_false(may_open(f, "/b", "/d/x.bundle"));
  assert_false(may_open(f, "/b", "/d/../../x.bundle"));
  assert_false(may_open(f, "/c", "/x.bundle"));
  assert_false(may_open(f, "", "/recipient.key")); /* no folder is there: of the one around */
  write_file(f->config, "services:\n- signer: bundle:/c/one\n" INSTANCES);
  assert_true(may_open(f, "/c", "/one"));
  assert_true(may_open(f, "/c", "/recipient.key"));
  assert_false(may_open(f, "/c", "/two"));
  assert_true(may_open(f, "/b", "/x.bundle")); /* of before: it may go on */
}

static void the_bundles_of_all(void **state)
{
  struct fixture *f = *state;
  struct options options = f->options;
  struct grant *grant;
  struct porter_policy policy;

  options.signer = "bundle:/var/b";
  grant = grant_new(&options);
  assert_non_null(grant);
  policy = grant_policy(grant);
  assert_true(policy.may_open(policy.ctx, "/var/b/x.bundle"));
  assert_false(policy.may_open(policy.ctx, "/var/x.bundle"));
  grant_free(grant);
}

static void secrets_and_sockets(void **state)
{
  struct fixture *f = *state;
  struct stat st;

  assert_int_equal(stat(f->key, &st), 0);
  assert_true(f->policy.is_secret(f->policy.ctx, &st));
  assert_int_equal(stat(f->config, &st), 0);
  assert_false(f->policy.is_secret(f->policy.ctx, &st));
  assert_true(f->policy.may_remove(f->policy.ctx, "/run/x/status"));
  assert_false(f->policy.may_remove(f->policy.ctx, "/run/tor/control"));
}

/* A configuration that cannot be used takes nothing away: it is not in use. */
static void a_bad_configuration(void **state)
{
  struct fixture *f = *state;

  assert_true(may_dial(f, "127.0.0.1:9051"));
  write_file(f->config, "services: 3\n");
  assert_false(may_dial(f, "127.0.0.1:1"));
  assert_true(may_dial(f, "127.0.0.1:9051"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(connections_of_the_configuration, setup, teardown),
      cmocka_unit_test_setup_teardown(the_child_has_the_keys_of_the_configuration, setup, teardown),
      cmocka_unit_test_setup_teardown(commands_of_the_configuration, setup, teardown),
      cmocka_unit_test_setup_teardown(the_child_of_before, setup, teardown),
      cmocka_unit_test_setup_teardown(files_of_the_configuration, setup, teardown),
      cmocka_unit_test_setup_teardown(files_beside_the_copy, setup, teardown),
      cmocka_unit_test_setup_teardown(files_of_bundles, setup, teardown),
      cmocka_unit_test_setup_teardown(the_bundles_of_all, setup, teardown),
      cmocka_unit_test_setup_teardown(secrets_and_sockets, setup, teardown),
      cmocka_unit_test_setup_teardown(a_bad_configuration, setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

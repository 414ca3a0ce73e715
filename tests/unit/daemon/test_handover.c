#include "daemon/handover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INSTANCES                                                                                  \
  "  instances:\n"                                                                                 \
  "  - address: gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd.onion\n"

struct handed {
  char folder[32];
  char config[64], keys[64], copy[64];
};

static void handed_init(struct handed *p, const char *text)
{
  FILE *f;

  strcpy(p->folder, "/tmp/obtest.XXXXXX");
  assert_non_null(mkdtemp(p->folder));
  snprintf(p->config, sizeof p->config, "%s/c", p->folder);
  snprintf(p->keys, sizeof p->keys, "%s/%s", p->folder, HANDOVER_KEYS);
  snprintf(p->copy, sizeof p->copy, "%s/%s", p->folder, HANDOVER_CONFIG);
  f = fopen(p->config, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void handed_deinit(struct handed *p)
{
  unlink(p->config);
  unlink(p->keys);
  unlink(p->copy);
  rmdir(p->folder);
}

static void assert_file(const char *path, mode_t mode, const char *content)
{
  char text[1024] = {0};
  struct stat st;
  FILE *f = fopen(path, "r");

  assert_non_null(f);
  assert_true(fread(text, 1, sizeof text - 1, f) > 0 || content[0] == '\0');
  fclose(f);
  assert_string_equal(text, content);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, mode);
}

static int run(const struct handed *p)
{
  struct options o = {.config_path = p->config, .handover = p->folder};

  return handover_run(&o);
}

static void writes_both_files(void **state)
{
  static const char text[] = "services:\n"
                             "- key: /k/a b.key\n" INSTANCES "- signer: unix:/s\n" INSTANCES
                             "- key: b\n  key-passphrase-file: p\n" INSTANCES;
  struct handed p CLEANUP(handed_deinit);
  char keys[256];

  (void)state;
  handed_init(&p, text);
  snprintf(keys, sizeof keys, "/k/a b.key\n%s/b\n\t%s/p\n", p.folder, p.folder);
  for (int i = 0; i < 2; i++) { /* the second time over the first */
    assert_int_equal(run(&p), 0);
    assert_file(p.keys, 0600, keys);
    assert_file(p.copy, 0640, text);
  }
}

static void write_at(const char *folder, const char *name, const char *text)
{
  char path[128];
  FILE *f;

  snprintf(path, sizeof path, "%s/%s", folder, name);
  f = fopen(path, "w");
  assert_non_null(f);
  fputs(text, f);
  fclose(f);
}

static void remove_at(const char *folder, const char *name)
{
  char path[128];

  snprintf(path, sizeof path, "%s/%s", folder, name);
  assert_int_equal(remove(path), 0);
}

/* The copy has the drop-ins of the original, and those alone. */
static void drop_ins_are_copied(void **state)
{
  struct handed p CLEANUP(handed_deinit);
  char to[64], from[64], path[128];
  struct stat st;

  (void)state;
  handed_init(&p, "services:\n- key: /k\n" INSTANCES);
  snprintf(to, sizeof to, "%s/given", p.folder);
  snprintf(from, sizeof from, "%s/instances.d", p.folder);
  assert_int_equal(mkdir(to, 0700), 0);
  assert_int_equal(mkdir(from, 0700), 0);
  write_at(from, "a.yaml", "of a");
  write_at(from, "b.yml", "of b");
  write_at(from, "c.part", "no drop-in");
  assert_int_equal(handover_run(&(struct options){.config_path = p.config, .handover = to}), 0);
  snprintf(path, sizeof path, "%s/instances.d", to);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 07777, 0750);
  snprintf(path, sizeof path, "%s/instances.d/a.yaml", to);
  assert_file(path, 0640, "of a");
  snprintf(path, sizeof path, "%s/instances.d/c.part", to);
  assert_int_not_equal(access(path, F_OK), 0);
  remove_at(from, "b.yml");
  write_at(from, "a.yaml", "of a later one");
  assert_int_equal(handover_run(&(struct options){.config_path = p.config, .handover = to}), 0);
  snprintf(path, sizeof path, "%s/instances.d/a.yaml", to);
  assert_file(path, 0640, "of a later one");
  snprintf(path, sizeof path, "%s/instances.d/b.yml", to);
  assert_int_not_equal(access(path, F_OK), 0);
  remove_at(from, "a.yaml");
  remove_at(from, "c.part");
  remove_at(p.folder, "instances.d");
  assert_int_equal(handover_run(&(struct options){.config_path = p.config, .handover = to}), 0);
  remove_at(to, "instances.d"); /* it is empty */
  remove_at(to, HANDOVER_CONFIG);
  remove_at(to, HANDOVER_KEYS);
  remove_at(p.folder, "given");
}

/* The signer goes on with what it has been given before; the publisher sees what
 * is wrong. */
static void a_bad_file_changes_no_keys(void **state)
{
  static const char text[] = "services:\n- key: /k\n" INSTANCES;
  struct handed p CLEANUP(handed_deinit);
  FILE *f;

  (void)state;
  handed_init(&p, text);
  assert_int_equal(run(&p), 0);
  f = fopen(p.config, "a");
  fputs("bad: [\n", f);
  fclose(f);
  assert_int_equal(run(&p), 1);
  assert_file(p.keys, 0600, "/k\n");
  assert_file(p.copy, 0640, "services:\n- key: /k\n" INSTANCES "bad: [\n");
  unlink(p.config);
  assert_int_equal(run(&p), 1);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
  struct handed p CLEANUP(handed_deinit);
  struct options o = {.config_path = p.config, .handover = "/nonexistent"};

  (void)state;
  handed_init(&p, "services:\n- key: /k\n" INSTANCES);
  assert_int_equal(handover_run(&o), 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(writes_both_files),
      cmocka_unit_test(drop_ins_are_copied),
      cmocka_unit_test(a_bad_file_changes_no_keys),
      cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

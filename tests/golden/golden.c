/* Compares what the configuration reader says of every NAME.yaml in the
 * current folder with NAME.out. "golden FILE" prints it instead: the way to
 * make a new NAME.out. */
#include "conf/config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_string(struct buf *out, const char *key, const char *value)
{
  if (value != NULL) {
    buf_addf(out, "%s: %s\n", key, value);
  }
}

static void add_health(const char *indent, const struct config_health *h, struct buf *out)
{
  if (h->place.line == 0) {
    return;
  }
  buf_addf(out, "%shealth: probe %u, port %u, path %s, expect %u-%u, text %s, ", indent, h->probe,
           h->port, h->path == NULL ? "(none)" : h->path, h->expect[0], h->expect[1],
           h->text == NULL ? "(none)" : h->text);
  buf_addf(out, "interval %lld ms, timeout %lld ms, rise %u, fall %u\n", (long long)h->interval,
           (long long)h->timeout, h->rise, h->fall);
}

static void add_service(struct suite *suite, const struct config_service *s, struct buf *out)
{
  add_string(out, "service", s->name == NULL ? "(no name)" : s->name);
  add_string(out, "  key", s->key_path);
  add_string(out, "  signer", s->signer.text);
  add_string(out, "  key-passphrase-file", s->key_passphrase_file);
  add_health("  ", &s->health, out);
  if (s->descriptors != CONFIG_DESCRIPTORS_NOT_GIVEN) {
    buf_addf(out, "  descriptors: %u\n", s->descriptors);
  }
  for (size_t i = 0; i < s->n_instances; i++) {
    char address[ADDRESS_TEXT_SIZE];

    address_format(suite, &s->instances[i].address, address);
    add_string(out, "  instance", address);
    add_string(out, "    name", s->instances[i].name);
    if (s->instances[i].weight != CONFIG_WEIGHT || s->instances[i].is_backup) {
      buf_addf(out, "    weight: %u%s\n", s->instances[i].weight,
               s->instances[i].is_backup ? ", backup" : "");
    }
    add_health("    ", &s->instances[i].health, out);
  }
}

static void add_config(struct suite *suite, const struct config *c, struct buf *out)
{
  add_string(out, "status-socket-location", c->status_socket);
  add_string(out, "admin-socket", c->admin_socket);
  add_string(out, "admin-socket-readers", c->admin_readers);
  add_string(out, "state-directory", c->state_directory);
  add_string(out, "tor.control-password-file", c->tor_control_password_file);
  if (c->tor_control.kind != ENDPOINT_NONE) {
    buf_add_str(out, "tor.control: ");
    endpoint_build(&c->tor_control, out);
    buf_add_str(out, "\n");
  }
  if (c->tor_socks.kind != ENDPOINT_NONE) {
    buf_add_str(out, "tor.socks: ");
    endpoint_build(&c->tor_socks, out);
    buf_add_str(out, "\n");
  }
  for (size_t i = 0; i < c->n_services; i++) {
    add_service(suite, &c->services[i], out);
  }
}

/* Appends the messages about a file, then its values or the error. */
static void describe(struct suite *suite, const char *file, struct buf *out)
{
  struct messages m;
  struct config c;
  int err;

  messages_init(&m, file);
  err = config_load(suite, NULL, &c, &m);
  for (size_t i = 0; i < m.n; i++) {
    buf_addf(out, "%s ", log_level_name(m.items[i].level));
    messages_format(&m, i, out);
    buf_add_str(out, "\n");
  }
  if (err < 0) {
    buf_addf(out, "refused (%s), errors: %zu\n", err_text(err), m.n_errors);
  } else {
    add_config(suite, &c, out);
  }
  config_deinit(&c);
  messages_deinit(&m);
}

static void read_expected(const char *file, struct buf *out)
{
  FILE *f = fopen(file, "rb");

  if (f == NULL) {
    buf_addf(out, "(no file %s)\n", file);
    return;
  }
  while (!feof(f) && !ferror(f)) {
    buf_used(out, fread(buf_reserve(out, 4096), 1, 4096, f));
  }
  fclose(f);
}

/* Prints one line of TAP, and both texts if they differ. */
static void compare(struct suite *suite, const char *file, int number)
{
  CLEANUP(buf_deinit) struct buf got = {0};
  CLEANUP(buf_deinit) struct buf want = {0};
  CLEANUP(buf_deinit) struct buf name = {0};

  buf_addf(&name, "%.*s.out", (int)(strlen(file) - strlen(".yaml")), file);
  describe(suite, file, &got);
  read_expected(buf_str(&name), &want);
  if (slice_equal(buf_slice(&got), buf_slice(&want))) {
    printf("ok %d - %s\n", number, file);
    return;
  }
  printf("not ok %d - %s\n", number, file);
  fprintf(stderr, "--- %s: expected\n%s--- got\n%s---\n", file, buf_str(&want), buf_str(&got));
}

static int is_yaml(const struct dirent *entry)
{
  size_t n = strlen(entry->d_name);

  return n > strlen(".yaml") && strcmp(entry->d_name + n - strlen(".yaml"), ".yaml") == 0;
}

static int compare_all(struct suite *suite)
{
  struct dirent **entries;
  int n = scandir(".", &entries, is_yaml, alphasort);

  if (n <= 0) {
    fprintf(stderr, "no *.yaml here\n");
    return 1;
  }
  printf("1..%d\n", n);
  for (int i = 0; i < n; i++) {
    compare(suite, entries[i]->d_name, i + 1);
    free(entries[i]);
  }
  free(entries);
  return 0;
}

int main(int argc, char **argv)
{
  struct suite *suite = suite_new();
  struct buf out = {0};
  int rc = 0;

  if (suite == NULL || argc > 2) {
    fprintf(stderr, "usage: golden [FILE]\n");
    return 2;
  }
  if (argc == 2) {
    describe(suite, argv[1], &out);
    fwrite(out.p, 1, out.n, stdout);
  } else {
    rc = compare_all(suite);
  }
  buf_deinit(&out);
  suite_free(suite);
  return rc;
}

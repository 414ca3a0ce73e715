#include "conf/config.h"

#include "base/limits.h"
#include "base/mem.h"
#include "conf/loader.h"
#include "conf/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file as a whole. */
static const struct place nowhere = {0};

static void service_deinit(struct config_service *s)
{
  for (size_t i = 0; i < s->n_instances; i++) {
    free(s->instances[i].name);
  }
  free(s->instances);
  free(s->key_path);
  free(s->key_passphrase_file);
  keysource_deinit(&s->signer);
  free(s->name);
}

void config_deinit(struct config *c)
{
  for (size_t i = 0; i < c->n_services; i++) {
    service_deinit(&c->services[i]);
  }
  free(c->services);
  free(c->status_socket);
  free(c->admin_socket);
  free(c->admin_readers);
  free(c->state_directory);
  free(c->tor_control_password_file);
  *c = (struct config){0};
}

/* An instance whose address was not read has been reported. */
bool config_is_set(const struct address *a)
{
  static const struct address none = {0};

  return !address_equal(a, &none);
}

/* Orders by address, then by place in the file. */
static int compare_instances(const void *a, const void *b)
{
  const struct config_instance *x = *(const struct config_instance *const *)a;
  const struct config_instance *y = *(const struct config_instance *const *)b;
  int c = memcmp(x->address.public_key, y->address.public_key, sizeof x->address.public_key);

  return c != 0 ? c : (x > y) - (x < y);
}

/* The same instance twice in one service would get twice its share. */
static void check_instances(struct suite *suite, const struct config_service *s, struct messages *m)
{
  CLEANUP(mem_free_at)
  const struct config_instance **order =
      mem_array(s->n_instances, sizeof(struct config_instance *));

  for (size_t i = 0; i < s->n_instances; i++) {
    order[i] = &s->instances[i];
  }
  qsort(order, s->n_instances, sizeof *order, compare_instances);
  for (size_t i = 1; i < s->n_instances; i++) {
    char text[ADDRESS_TEXT_SIZE];

    if (!config_is_set(&order[i]->address) ||
        !address_equal(&order[i]->address, &order[i - 1]->address)) {
      continue;
    }
    address_format(suite, &order[i]->address, text);
    messages_error(m, order[i]->place,
                   "address: \"%s\" stands twice in one service, first at line %u", text,
                   order[i - 1]->place.line);
  }
}

static int compare_services(const void *a, const void *b)
{
  const struct config_service *x = *(const struct config_service *const *)a;
  const struct config_service *y = *(const struct config_service *const *)b;
  int c = strcmp(x->key_path == NULL ? "" : x->key_path, y->key_path == NULL ? "" : y->key_path);

  return c != 0 ? c : (x > y) - (x < y);
}

/* Two services of one key would overwrite each other's descriptors. */
static void check_services(const struct config *c, struct messages *m)
{
  CLEANUP(mem_free_at)
  const struct config_service **order = mem_array(c->n_services, sizeof(struct config_service *));

  for (size_t i = 0; i < c->n_services; i++) {
    order[i] = &c->services[i];
  }
  qsort(order, c->n_services, sizeof *order, compare_services);
  for (size_t i = 1; i < c->n_services; i++) {
    CLEANUP(buf_deinit) struct buf text = {0};

    if (order[i]->key_path == NULL || order[i - 1]->key_path == NULL ||
        strcmp(order[i]->key_path, order[i - 1]->key_path) != 0) {
      continue;
    }
    messages_quote(slice_str(order[i]->key_path), &text);
    messages_error(m, order[i]->place, "key: %s is also the key of the service at line %u",
                   buf_str(&text), order[i - 1]->place.line);
  }
}

/* A key is either in a file or with a signer. */
static void check_source(const struct config_service *s, struct messages *m)
{
  if (s->signer.kind == KEYSOURCE_NONE) {
    return;
  }
  if (s->key_path != NULL) {
    messages_error(m, s->place, "signer: the service has a \"key\", too: only one of them can be");
  }
  if (s->key_passphrase_file != NULL) {
    messages_error(m, s->place,
                   "key-passphrase-file: is of no use here: the signer opens its keys by itself");
  }
}

int config_parse(struct suite *s, struct slice text, struct config *out, struct messages *m)
{
  CLEANUP(tree_deinit) struct tree tree;
  size_t n_errors = m->n_errors;

  *out = (struct config){0};
  TRY(loader_parse(text, &tree, m));
  reader_run(s, &tree, out, m);
  for (size_t i = 0; i < out->n_services; i++) {
    check_instances(s, &out->services[i], m);
    check_source(&out->services[i], m);
  }
  check_services(out, m);
  messages_sort(m);
  if (m->n_errors > n_errors) {
    config_deinit(out);
    return ERR_SYNTAX;
  }
  return 0;
}

static void close_at(const int *fd)
{
  if (*fd >= 0) {
    close(*fd);
  }
}

/* The file, or the fallback if it is there and the file is closed to us. */
static int open_file(const char *path, const char *fallback)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);

  if (fd < 0 && errno == EACCES && fallback != NULL) {
    fd = open(fallback, O_RDONLY | O_CLOEXEC);
    errno = EACCES; /* what is wrong is wrong with the file */
  }
  return fd;
}

/* Appends a whole file, if it is not over the limit. */
static int read_file(struct messages *m, const char *fallback, struct buf *out)
{
  CLEANUP(close_at) int fd = open_file(m->file, fallback);
  ssize_t got = fd < 0 ? -1 : 1;

  while (got > 0) {
    got = read(fd, buf_reserve(out, 1U << 16), 1U << 16);
    if (got > 0) {
      buf_used(out, (size_t)got);
    }
    if (got < 0 && errno == EINTR) {
      got = 1;
    }
    if (out->n > LIMIT_CONFIG_BYTES) {
      messages_error(m, nowhere, "the file has more than %u bytes", LIMIT_CONFIG_BYTES);
      return ERR_TOO_LONG;
    }
  }
  if (got < 0) {
    messages_error(m, nowhere, "cannot be read: %s", strerror(errno));
    return ERR_IO;
  }
  return 0;
}

int config_load(struct suite *s, const char *fallback, struct config *out, struct messages *m)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  *out = (struct config){0};
  TRY(read_file(m, fallback, &text));
  return config_parse(s, buf_slice(&text), out, m);
}

int config_check_frontend(const struct config *c, size_t service, const uint8_t public_key[32],
                          struct messages *m)
{
  const struct config_service *s = &c->services[service];

  if (config_is_set(&s->address) && memcmp(s->address.public_key, public_key, 32) != 0) {
    messages_error(m, s->place, "address: the key of this service belongs to another address");
    return ERR_MISMATCH;
  }
  for (size_t i = 0; i < s->n_instances; i++) {
    if (memcmp(s->instances[i].address.public_key, public_key, 32) == 0) {
      messages_error(m, s->instances[i].place,
                     "address: this is the frontend itself: an instance has an address of its own");
      return ERR_MISMATCH;
    }
  }
  return 0;
}

int config_check_same_key(const struct config *c, size_t first, size_t second, struct messages *m)
{
  messages_error(m, c->services[second].place,
                 "key: holds the same key as that of the service at line %u",
                 c->services[first].place.line);
  return ERR_DUPLICATE;
}

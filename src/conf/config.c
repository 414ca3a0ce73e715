#include "conf/config.h"

#include "base/limits.h"
#include "base/mem.h"
#include "conf/dropin.h"
#include "conf/loader.h"
#include "conf/reader.h"
#include "signer/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file as a whole. */
static const struct place nowhere = {0};

static void health_deinit(struct config_health *h)
{
  free(h->path);
  free(h->text);
}

void config_service_deinit(struct config_service *s)
{
  for (size_t i = 0; i < s->n_instances; i++) {
    free(s->instances[i].name);
    free(s->instances[i].dropin);
    health_deinit(&s->instances[i].health);
  }
  health_deinit(&s->health);
  free(s->instances);
  free(s->changes);
  free(s->key_path);
  free(s->key_passphrase_file);
  keysource_deinit(&s->signer);
  free(s->name);
}

void config_deinit(struct config *c)
{
  for (size_t i = 0; i < c->n_services; i++) {
    config_service_deinit(&c->services[i]);
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

struct config_health config_health_of(const struct config_service *s,
                                      const struct config_instance *in)
{
  const struct config_health *common = &s->health;
  struct config_health h = in->health;

  h.probe = h.probe == CONFIG_PROBE_NOT_GIVEN ? common->probe : h.probe;
  h.port = h.port == 0 ? common->port : h.port;
  h.path = h.path == NULL ? common->path : h.path;
  h.expect[1] = h.expect[0] == 0 ? common->expect[1] : h.expect[1];
  h.expect[0] = h.expect[0] == 0 ? common->expect[0] : h.expect[0];
  h.text = h.text == NULL ? common->text : h.text;
  h.interval = h.interval == 0 ? common->interval : h.interval;
  h.timeout = h.timeout == 0 ? common->timeout : h.timeout;
  h.rise = h.rise == 0 ? common->rise : h.rise;
  h.fall = h.fall == 0 ? common->fall : h.fall;
  return h;
}

/* One section, with what it inherits. */
static void check_section(const struct config_health *section, const struct config_health *whole,
                          struct messages *m)
{
  bool is_asking = section->path != NULL || section->expect[0] != 0 || section->text != NULL;

  if (section->path != NULL && (section->path[0] != '/' || strchr(section->path, ' ') != NULL)) {
    messages_error(m, section->place, "path: must begin with \"/\" and have no space in it");
  }
  if (is_asking && whole->probe != CONFIG_PROBE_HTTP) {
    messages_warn(m, section->place,
                  "\"path\", \"expect\" and \"text\" count only with \"probe: http\"");
  }
}

static void check_health(const struct config_service *s, struct messages *m)
{
  bool is_http_somewhere = s->health.probe == CONFIG_PROBE_HTTP;
  struct config_health common = s->health;

  for (size_t i = 0; i < s->n_instances; i++) {
    struct config_health whole = config_health_of(s, &s->instances[i]);

    is_http_somewhere = is_http_somewhere || whole.probe == CONFIG_PROBE_HTTP;
    check_section(&s->instances[i].health, &whole, m);
  }
  common.probe = is_http_somewhere ? CONFIG_PROBE_HTTP : common.probe;
  check_section(&s->health, &common, m);
}

static bool is_same_text(const char *a, const char *b)
{
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_same_health(const struct config_health *a, const struct config_health *b)
{
  return a->probe == b->probe && a->port == b->port && is_same_text(a->path, b->path) &&
         a->expect[0] == b->expect[0] && a->expect[1] == b->expect[1] &&
         is_same_text(a->text, b->text) && a->interval == b->interval && a->timeout == b->timeout &&
         a->rise == b->rise && a->fall == b->fall;
}

/* An instance with its service. */
struct standing {
  const struct config_service *service;
  const struct config_instance *instance;
};

static int compare_standings(const void *a, const void *b)
{
  const struct standing *x = a, *y = b;
  int c = memcmp(&x->instance->address, &y->instance->address, sizeof x->instance->address);

  return c != 0 ? c : (x->service > y->service) - (x->service < y->service);
}

/* An instance is checked once, whatever number of services it stands under. */
static void check_shared(const struct config *c, struct messages *m)
{
  CLEANUP(mem_free_at) struct standing *all = NULL;
  size_t n = 0, first = 0;

  for (size_t i = 0; i < c->n_services; i++) {
    n += c->services[i].n_instances;
  }
  all = mem_array(n, sizeof *all);
  n = 0;
  for (size_t i = 0; i < c->n_services; i++) {
    for (size_t k = 0; k < c->services[i].n_instances; k++) {
      all[n++] = (struct standing){&c->services[i], &c->services[i].instances[k]};
    }
  }
  qsort(all, n, sizeof *all, compare_standings);
  for (size_t i = 1; i < n; i++) {
    struct config_health one, other;

    first = address_equal(&all[i].instance->address, &all[first].instance->address) ? first : i;
    one = config_health_of(all[first].service, all[first].instance);
    other = config_health_of(all[i].service, all[i].instance);
    if (first < i && config_is_set(&all[i].instance->address) && !is_same_health(&one, &other)) {
      messages_warn(m, all[i].instance->place,
                    "health: differs from that of the same instance at line %u, which counts",
                    all[first].instance->place.line);
    }
  }
}

void config_check_service(struct suite *suite, const struct config_service *s, struct messages *m)
{
  check_instances(suite, s, m);
  check_health(s, m);
}

int config_parse(struct suite *s, struct slice text, struct config *out, struct messages *m)
{
  CLEANUP(tree_deinit) struct tree tree;
  size_t n_errors = m->n_errors;

  *out = (struct config){0};
  TRY(loader_parse(text, &tree, m));
  reader_run(s, &tree, out, m);
  for (size_t i = 0; i < out->n_services; i++) {
    config_check_service(s, &out->services[i], m);
    check_source(&out->services[i], m);
  }
  check_services(out, m);
  check_shared(out, m);
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
static int open_file(const char *path, const char *fallback, bool *is_copy_out)
{
  int fd = opener_open(path, O_RDONLY | O_CLOEXEC);

  *is_copy_out = fd < 0 && errno == EACCES && fallback != NULL;
  if (*is_copy_out) {
    fd = opener_open(fallback, O_RDONLY | O_CLOEXEC);
    errno = EACCES; /* what is wrong is wrong with the file */
  }
  return fd;
}

/* Appends a whole file, if it is not over the limit. */
static int read_file(struct messages *m, const char *fallback, struct buf *out, bool *is_copy_out)
{
  CLEANUP(close_at) int fd = open_file(m->file, fallback, is_copy_out);
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
  bool is_copy;
  int err;

  *out = (struct config){0};
  TRY(read_file(m, fallback, &text, &is_copy));
  TRY(config_parse(s, buf_slice(&text), out, m));
  out->is_copy = is_copy;
  err = dropin_load(s, is_copy ? fallback : m->file, out, m);
  if (err < 0) {
    config_deinit(out);
  }
  return err;
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

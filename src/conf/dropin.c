#include "conf/dropin.h"

#include "base/limits.h"
#include "base/mem.h"
#include "conf/loader.h"
#include "conf/reader.h"
#include "signer/opener.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "instances.d"

/* The file as a whole. */
static const struct place nowhere = {0};

void dropin_folder(const char *config_path, struct buf *out)
{
  const char *slash = strrchr(config_path, '/');

  if (slash != NULL) {
    buf_add(out, config_path, (size_t)(slash - config_path) + 1);
  }
  buf_add_str(out, FOLDER);
}

/* The last part of a path. */
static const char *base_name(const char *path)
{
  const char *slash = strrchr(path, '/');

  return slash == NULL ? path : slash + 1;
}

static bool is_named(struct suite *s, const struct config_service *sv, const char *text)
{
  struct address a;

  if (sv->name != NULL && strcmp(sv->name, text) == 0) {
    return true;
  }
  if (sv->key_path != NULL && strcmp(base_name(sv->key_path), base_name(text)) == 0) {
    return true;
  }
  return config_is_set(&sv->address) && address_parse(s, slice_str(text), &a) == 0 &&
         address_equal(&a, &sv->address);
}

/* How many services the text means; *out is the last of them. */
static size_t find_named(struct suite *s, struct config *c, const char *text,
                         struct config_service **out)
{
  size_t found = 0;

  for (size_t i = 0; i < c->n_services; i++) {
    if (is_named(s, &c->services[i], text)) {
      *out = &c->services[i];
      found++;
    }
  }
  return found;
}

void dropin_reference(struct suite *s, const struct config *c, size_t service, struct buf *out)
{
  const struct config_service *sv = &c->services[service];
  const char *choices[] = {sv->name, sv->key_path == NULL ? NULL : base_name(sv->key_path)};

  for (size_t k = 0; k < 2; k++) {
    size_t n = 0;

    for (size_t i = 0; choices[k] != NULL && i < c->n_services; i++) {
      n += is_named(s, &c->services[i], choices[k]);
    }
    if (n == 1) {
      buf_add_str(out, choices[k]);
      return;
    }
  }
}

/* The service that a drop-in is for, or NULL: that has been reported. */
static struct config_service *find_service(struct suite *s, struct config *c, const char *text,
                                           struct messages *own)
{
  CLEANUP(buf_deinit) struct buf quoted = {0};
  struct config_service *found = NULL;
  size_t n;

  if (text == NULL && c->n_services == 1) {
    return &c->services[0];
  }
  if (text == NULL) {
    messages_error(own, nowhere, "service: is missing, and the configuration has several");
    return NULL;
  }
  n = find_named(s, c, text, &found);
  messages_quote(slice_str(text), &quoted);
  if (n == 0) {
    messages_error(own, nowhere, "service: %s is no service of the configuration",
                   buf_str(&quoted));
  } else if (n > 1) {
    messages_error(own, nowhere, "service: %s means more than one service", buf_str(&quoted));
  }
  return n == 1 ? found : NULL;
}

static bool has_instance(const struct config_service *sv, const struct address *a)
{
  for (size_t i = 0; i < sv->n_instances; i++) {
    if (address_equal(&sv->instances[i].address, a)) {
      return true;
    }
  }
  return false;
}

/* Moves one instance; from is left without it. */
static void move_instance(struct suite *s, struct config_service *to, struct config_instance *from,
                          struct messages *own)
{
  char text[ADDRESS_TEXT_SIZE];

  if (has_instance(to, &from->address)) {
    address_format(s, &from->address, text);
    messages_error(own, from->place, "address: \"%s\" is an instance of this service already",
                   text);
    return;
  }
  if (to->n_instances >= LIMIT_INSTANCES_PER_SERVICE) {
    messages_error(own, from->place, "instances: the service has more than %u",
                   LIMIT_INSTANCES_PER_SERVICE);
    return;
  }
  to->instances =
      mem_grow(to->instances, to->n_instances, &to->cap_instances, sizeof *to->instances);
  to->instances[to->n_instances] = *from;
  to->instances[to->n_instances].place = nowhere; /* its line is one of another file */
  to->instances[to->n_instances].dropin = mem_string(own->file, strlen(own->file));
  to->n_instances++;
  *from = (struct config_instance){0};
}

static void close_at(const int *fd)
{
  if (*fd >= 0) {
    close(*fd);
  }
}

static int read_file(const char *path, struct messages *own, struct buf *out)
{
  CLEANUP(close_at) int fd = opener_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  ssize_t got = fd < 0 ? -1 : 1;

  while (got > 0) {
    got = read(fd, buf_reserve(out, 65536), 65536);
    buf_used(out, got > 0 ? (size_t)got : 0);
    got = got < 0 && errno == EINTR ? 1 : got;
    if (out->n > LIMIT_DROPIN_BYTES) {
      messages_error(own, nowhere, "the file has more than %u bytes", LIMIT_DROPIN_BYTES);
      return ERR_TOO_LONG;
    }
  }
  if (got < 0) {
    messages_error(own, nowhere, "cannot be read: %s", strerror(errno));
  }
  return got < 0 ? ERR_IO : 0;
}

int dropin_parse(struct suite *s, struct slice text, struct config_service *out,
                 struct messages *own)
{
  CLEANUP(tree_deinit) struct tree tree = {0};

  *out = (struct config_service){0};
  TRY(loader_parse(text, &tree, own));
  reader_run_dropin(s, &tree, out, own);
  config_check_service(s, out, own);
  if (own->n_errors > 0) {
    config_service_deinit(out);
    *out = (struct config_service){0};
    return ERR_SYNTAX;
  }
  return 0;
}

/* What there is to say about a drop-in, as messages about the file m is about. */
static void pass_on(const struct messages *own, struct messages *m)
{
  for (size_t i = 0; i < own->n; i++) {
    CLEANUP(buf_deinit) struct buf line = {0};

    messages_format(own, i, &line);
    if (own->items[i].level == LOG_LEVEL_ERROR) {
      messages_error(m, nowhere, "%s", buf_str(&line));
    } else {
      messages_warn(m, nowhere, "%s", buf_str(&line));
    }
  }
}

/* One file of the folder. */
struct part {
  struct buf name; /* as messages call it; own borrows it */
  struct messages own;
  struct config_service read;
  struct config_service *to; /* the service that it names, or NULL */
  bool is_bad;
};

static void part_deinit(struct part *p)
{
  config_service_deinit(&p->read);
  messages_deinit(&p->own);
  buf_deinit(&p->name);
}

/* What the file adds. */
static void load_instances(struct suite *s, const char *path, struct config *c, struct part *p)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  messages_init(&p->own, buf_str(&p->name));
  p->is_bad = read_file(path, &p->own, &text) < 0 ||
              dropin_parse(s, buf_slice(&text), &p->read, &p->own) < 0;
  if (p->is_bad || (p->read.n_instances == 0 && p->read.name == NULL)) {
    return;
  }
  p->to = find_service(s, c, p->read.name, &p->own);
  p->is_bad = p->to == NULL;
  for (size_t i = 0; !p->is_bad && i < p->read.n_instances; i++) {
    move_instance(s, p->to, &p->read.instances[i], &p->own);
  }
}

/* A weight counts in the service that the file names, or in all; a state is the
 * instance's everywhere. How many services have it. */
static size_t change_one(struct config *c, const struct part *p, const struct config_change *wish)
{
  size_t n = 0;

  for (size_t i = 0; i < c->n_services; i++) {
    struct config_service *sv = &c->services[i];

    for (size_t k = 0; k < sv->n_instances; k++) {
      struct config_instance *in = &sv->instances[k];

      if (!address_equal(&in->address, &wish->address)) {
        continue;
      }
      n += p->to == NULL || p->to == sv;
      in->state = wish->state == CONFIG_STATE_NOT_GIVEN ? in->state : wish->state;
      if (wish->weight != CONFIG_WEIGHT_NOT_GIVEN && (p->to == NULL || p->to == sv)) {
        in->weight = wish->weight;
      }
    }
  }
  return n;
}

/* What the file changes. An instance may have been taken away since. */
static void make_changes(struct suite *s, struct config *c, struct part *p)
{
  for (size_t i = 0; !p->is_bad && i < p->read.n_changes; i++) {
    const struct config_change *wish = &p->read.changes[i];
    char text[ADDRESS_TEXT_SIZE];

    if (change_one(c, p, wish) == 0) {
      address_format(s, &wish->address, text);
      messages_warn(&p->own, wish->place,
                    "changes: \"%s\" is no instance: there is nothing to change", text);
    }
  }
}

bool dropin_is_name(const char *name)
{
  const char *dot = strrchr(name, '.');

  return name[0] != '.' && dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* The names of the files that were found. */
struct listed {
  const char *folder;
  char **items;
  size_t n, cap;
};

static void listed_deinit(struct listed *l)
{
  for (size_t i = 0; i < l->n; i++) {
    free(l->items[i]);
  }
  free(l->items);
}

static int compare_names(const void *a, const void *b)
{
  const char *const *left = a;
  const char *const *right = b;

  return strcoll(*left, *right);
}

/* Lists its folder, in the order of names. */
static int list(struct listed *l)
{
  DIR *dir = opener_folder(l->folder);
  const struct dirent *e;

  if (dir == NULL) {
    return ERR_IO;
  }
  while ((e = readdir(dir)) != NULL) {
    if (dropin_is_name(e->d_name)) {
      l->items = mem_grow(l->items, l->n, &l->cap, sizeof *l->items);
      l->items[l->n++] = mem_string(e->d_name, strlen(e->d_name));
    }
  }
  closedir(dir);
  if (l->n > 0) {
    qsort(l->items, l->n, sizeof *l->items, compare_names);
  }
  return 0;
}

/* Reads the first n of them. */
static void load_all(struct suite *s, const struct listed *l, size_t n, struct config *c,
                     struct messages *m)
{
  CLEANUP(mem_free_at) struct part *parts = mem_array(n, sizeof *parts);
  CLEANUP(buf_deinit) struct buf file = {0};

  for (size_t i = 0; i < n; i++) {
    buf_clear(&file);
    buf_addf(&file, "%s/%s", l->folder, l->items[i]);
    dropin_folder(m->file, &parts[i].name);
    buf_addf(&parts[i].name, "/%s", l->items[i]);
    load_instances(s, buf_str(&file), c, &parts[i]);
  }
  for (size_t i = 0; i < n; i++) {
    make_changes(s, c, &parts[i]);
    messages_sort(&parts[i].own);
    pass_on(&parts[i].own, m);
    part_deinit(&parts[i]);
  }
}

int dropin_load(struct suite *s, const char *path, struct config *c, struct messages *m)
{
  CLEANUP(buf_deinit) struct buf folder = {0};
  CLEANUP(listed_deinit) struct listed l = {0};
  size_t n_errors = m->n_errors;

  dropin_folder(path, &folder);
  l.folder = buf_str(&folder);
  if (list(&l) < 0) {
    if (errno != ENOENT) {
      messages_warn(m, nowhere, "%s: cannot be read: %s", buf_str(&folder), strerror(errno));
    }
    return 0;
  }
  load_all(s, &l, l.n < LIMIT_DROPINS ? l.n : LIMIT_DROPINS, c, m);
  if (l.n > LIMIT_DROPINS) {
    messages_error(m, nowhere, FOLDER " has more than %u files", LIMIT_DROPINS);
  }
  return m->n_errors > n_errors ? ERR_SYNTAX : 0;
}

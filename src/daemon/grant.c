#include "daemon/grant.h"

#include "base/mem.h"
#include "conf/dropin.h"
#include "conf/keysource.h"
#include "daemon/access.h"
#include "daemon/clerk.h"
#include "daemon/command.h"
#include "daemon/history.h"
#include "daemon/program.h"
#include "io/inquiry.h"
#include "io/logger.h"
#include "io/random.h"
#include "signer/bundlefile.h"
#include "signer/shelf.h"

#include <stdlib.h>
#include <string.h>

struct grant {
  const struct options *options;
  struct suite *suite;
  struct logger *logger;
  char *program;
  struct keysource common; /* the signer of all keys, if it is given */
  struct config config;    /* as it was read last */
  char **child;            /* the command of the child that has the keys, if there is one */
  struct endpoint socks[INQUIRY_MAX]; /* where tor said that it listens */
  size_t n_socks;
  struct history history; /* what was granted because the file named it */
};

/* The words that signers starts a child with: the keys of the services that have no
 * signer of their own, in order. */
static char **build_child(const struct grant *g)
{
  CLEANUP(mem_free_at)
  struct command_key *keys = mem_array(g->config.n_services + 1, sizeof *keys);
  size_t n = 0;

  for (size_t i = 0; i < g->config.n_services; i++) {
    const struct config_service *sv = &g->config.services[i];

    if (sv->signer.kind == KEYSOURCE_NONE) {
      keys[n++] = (struct command_key){sv->key_path, sv->key_passphrase_file};
    }
  }
  return n == 0 || g->common.kind != KEYSOURCE_NONE ? NULL : command_build(g->program, keys, n);
}

/* Reads the configuration; one that is no good leaves what was there. */
static void refresh(struct grant *g)
{
  CLEANUP(messages_deinit) struct messages m;
  struct config fresh = {0};

  messages_init(&m, g->options->config_path);
  if (config_load(g->suite, g->options->config_fallback, &fresh, &m) == 0) {
    config_deinit(&g->config);
    command_free(g->child);
    g->config = fresh;
    g->child = build_child(g);
  }
}

struct grant *grant_new(const struct options *options)
{
  struct grant *g = mem_new(sizeof *g);

  g->options = options;
  g->suite = suite_new();
  if (g->suite == NULL) {
    free(g);
    return NULL;
  }
  g->logger = logger_new(LOG_LEVEL_CRITICAL);
  g->program = program_find_signer();
  if (options->signer != NULL && keysource_parse(slice_str(options->signer), &g->common) < 0) {
    g->common = (struct keysource){0};
  }
  return g;
}

void grant_free(struct grant *g)
{
  if (g == NULL) {
    return;
  }
  config_deinit(&g->config);
  history_deinit(&g->history);
  keysource_deinit(&g->common);
  command_free(g->child);
  free(g->program);
  logger_free(g->logger);
  suite_free(g->suite);
  free(g);
}

/* ---- connections ---- */

static bool is_control(const struct grant *g, const struct endpoint *e)
{
  for (size_t i = 0; i < g->options->n_control; i++) {
    if (endpoint_equal(&g->options->control[i], e)) {
      return true;
    }
  }
  return endpoint_equal(&g->config.tor_control, e);
}

static bool is_signer(const struct keysource *source, const struct endpoint *e)
{
  return source->kind == KEYSOURCE_UNIX && endpoint_equal(&source->endpoint, e);
}

static bool is_named(const struct grant *g, const struct endpoint *e)
{
  bool found =
      is_control(g, e) || endpoint_equal(&g->config.tor_socks, e) || is_signer(&g->common, e);

  for (size_t i = 0; i < g->config.n_services && !found; i++) {
    found = is_signer(&g->config.services[i].signer, e);
  }
  return found;
}

static bool is_listener(const struct grant *g, const struct endpoint *e)
{
  for (size_t i = 0; i < g->n_socks; i++) {
    if (endpoint_equal(&g->socks[i], e)) {
      return true;
    }
  }
  return false;
}

/* Asks tor where it listens: nobody else is to say what tor's SOCKS port is. */
static void ask_tor(struct grant *g)
{
  struct inquiry q = {.suite = g->suite, .rng = &random_rng};
  struct access access = {0};

  if (access_init(&access, g->options, &g->config, g->logger) == 0) {
    q.password = access.password.n > 0 ? buf_slice(&access.password) : (struct slice){0};
    g->n_socks = 0;
    for (size_t i = 0; i < access.n_endpoints; i++) {
      if (inquiry_socks(&q, &access.endpoints[i], g->socks, &g->n_socks) == 0) {
        break;
      }
    }
  }
  access_deinit(&access);
}

static bool may_dial(void *ctx, const struct endpoint *e)
{
  struct grant *g = ctx;

  if (e->kind == ENDPOINT_NONE) {
    return false;
  }
  if (!is_named(g, e)) {
    if (history_has_place(&g->history, e) || is_listener(g, e)) {
      return true;
    }
    refresh(g);
  }
  if (is_named(g, e)) {
    history_note_place(&g->history, e);
    return true;
  }
  if (g->config.tor_socks.kind != ENDPOINT_NONE) {
    return false;
  }
  ask_tor(g);
  return is_listener(g, e);
}

/* ---- commands ---- */

static bool is_command(char *const *argv, bool is_standard, const uint8_t digest[SHA512_SIZE])
{
  uint8_t own[SHA512_SIZE];

  if (argv == NULL) {
    return false;
  }
  porter_digest(argv, is_standard, own);
  return memcmp(own, digest, sizeof own) == 0;
}

static char *const *find_command(const struct grant *g, const uint8_t digest[SHA512_SIZE],
                                 bool is_standard)
{
  if (!is_standard) {
    return is_command(g->child, false, digest) ? g->child : NULL;
  }
  if (is_command(g->common.argv, true, digest)) {
    return g->common.argv;
  }
  for (size_t i = 0; i < g->config.n_services; i++) {
    if (is_command(g->config.services[i].signer.argv, true, digest)) {
      return g->config.services[i].signer.argv;
    }
  }
  return NULL;
}

static char *const *command(void *ctx, const uint8_t digest[SHA512_SIZE], bool is_standard)
{
  struct grant *g = ctx;
  char *const *found = find_command(g, digest, is_standard);

  if (found == NULL) {
    found = history_command(&g->history, digest, is_standard);
  }
  if (found == NULL) {
    refresh(g);
    found = find_command(g, digest, is_standard);
  }
  if (found != NULL) {
    history_note_command(&g->history, found, is_standard);
  }
  return history_command(&g->history, digest, is_standard);
}

/* ---- files ---- */

/* Whether path is a drop-in beside that configuration file, or their folder. */
static bool is_dropin(const char *path, const char *config_path)
{
  CLEANUP(buf_deinit) struct buf folder = {0};

  dropin_folder(config_path, &folder);
  if (strncmp(path, buf_str(&folder), folder.n) != 0) {
    return false;
  }
  path += folder.n;
  return path[0] == '\0' ||
         (path[0] == '/' && strchr(path + 1, '/') == NULL && dropin_is_name(path + 1));
}

static bool is_configuration(const struct options *o, const char *path)
{
  return strcmp(path, o->config_path) == 0 || is_dropin(path, o->config_path) ||
         (o->config_fallback != NULL &&
          (strcmp(path, o->config_fallback) == 0 || is_dropin(path, o->config_fallback)));
}

/* Whether path is what publishers read of the bundles at a place: that itself, a
 * bundle in it, or the key that opens them. */
static bool is_bundle(const char *path, const char *place)
{
  CLEANUP(buf_deinit) struct buf key = {0};
  size_t n = strlen(place);

  bundlefile_folder(place, &key);
  buf_addf(&key, "/" RECIPIENT_FILE);
  return strcmp(path, place) == 0 || strcmp(path, buf_str(&key)) == 0 ||
         (strncmp(path, place, n) == 0 && path[n] == '/' && strchr(path + n + 1, '/') == NULL &&
          shelf_is_name(path + n + 1));
}

/* The bundles of the configuration that path belongs to, or NULL. */
static const char *find_bundles(const struct grant *g, const char *path)
{
  if (g->common.kind == KEYSOURCE_BUNDLE && is_bundle(path, g->common.bundle)) {
    return g->common.bundle;
  }
  for (size_t i = 0; i < g->config.n_services; i++) {
    const struct keysource *source = &g->config.services[i].signer;

    if (source->kind == KEYSOURCE_BUNDLE && is_bundle(path, source->bundle)) {
      return source->bundle;
    }
  }
  return NULL;
}

static bool was_bundle(const struct history *h, const char *path)
{
  for (size_t i = h->n_bundles; i > 0; i--) {
    if (is_bundle(path, h->bundles[i - 1])) {
      return true;
    }
  }
  return false;
}

static bool may_open(void *ctx, const char *path)
{
  struct grant *g = ctx;
  const char *bundles;

  if (is_configuration(g->options, path) || was_bundle(&g->history, path)) {
    return true;
  }
  bundles = find_bundles(g, path);
  if (bundles == NULL) {
    refresh(g);
    bundles = find_bundles(g, path);
  }
  if (bundles != NULL) {
    history_note_bundle(&g->history, bundles);
  }
  return bundles != NULL;
}

static bool may_remove(void *ctx, const char *path)
{
  struct grant *g = ctx;
  CLEANUP(buf_deinit) struct buf admin = {0};
  const char *status;

  refresh(g);
  status = g->options->status_socket == NULL ? g->config.status_socket : g->options->status_socket;
  if (status != NULL && strcmp(path, status) == 0) {
    return true;
  }
  return clerk_find_socket(g->options, &g->config, &admin) && strcmp(path, buf_str(&admin)) == 0;
}

static bool is_same_file(const char *path, const struct stat *st)
{
  struct stat own;

  return path != NULL && stat(path, &own) == 0 && own.st_dev == st->st_dev &&
         own.st_ino == st->st_ino;
}

static bool is_secret(void *ctx, const struct stat *st)
{
  struct grant *g = ctx;

  refresh(g);
  if (is_same_file(g->config.tor_control_password_file, st)) {
    return true;
  }
  for (size_t i = 0; i < g->config.n_services; i++) {
    if (is_same_file(g->config.services[i].key_path, st) ||
        is_same_file(g->config.services[i].key_passphrase_file, st)) {
      return true;
    }
  }
  return false;
}

struct porter_policy grant_policy(struct grant *g)
{
  return (struct porter_policy){.may_dial = may_dial,
                                .command = command,
                                .may_open = may_open,
                                .may_remove = may_remove,
                                .is_secret = is_secret,
                                .log_path = g->options->log_location,
                                .ctx = g};
}

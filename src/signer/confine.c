#include "signer/confine.h"

#include "base/mem.h"
#include "signer/calls.h"
#include "signer/sandbox.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The folders that stay open. */
struct folders {
  struct landlock_place *items; /* own their paths */
  size_t n, cap;
};

static void folders_deinit(struct folders *f)
{
  for (size_t i = 0; i < f->n; i++) {
    free((char *)(uintptr_t)f->items[i].path);
  }
  free(f->items);
}

/* Keys mostly lie side by side: what is there already is found at the end. */
static bool has(const struct folders *f, const char *path, enum landlock_use use)
{
  for (size_t i = f->n; i > 0; i--) {
    if (f->items[i - 1].use == use && strcmp(f->items[i - 1].path, path) == 0) {
      return true;
    }
  }
  return false;
}

/* Adds the folder that a path leads into. */
static void add_parent(struct folders *f, const char *path, enum landlock_use use)
{
  const char *slash = strrchr(path, '/');
  CLEANUP(buf_deinit) struct buf folder = {0};

  buf_add_str(&folder, slash == NULL ? "." : slash == path ? "/" : "");
  buf_add(&folder, path, slash == NULL ? 0 : (size_t)(slash - path));
  if (has(f, buf_str(&folder), use)) {
    return;
  }
  f->items = mem_grow(f->items, f->n, &f->cap, sizeof *f->items);
  f->items[f->n++] = (struct landlock_place){mem_string(buf_str(&folder), folder.n), use};
}

/* A new file of that name will lie in its folder; a link leads to another one,
 * too. */
static void add(struct folders *f, const char *path)
{
  char real[PATH_MAX];

  if (path == NULL) {
    return;
  }
  add_parent(f, path, LANDLOCK_READ);
  if (realpath(path, real) != NULL) {
    add_parent(f, real, LANDLOCK_READ);
  }
}

static void find_folders(const struct arguments *a, struct folders *out)
{
  const char *credentials = getenv("CREDENTIALS_DIRECTORY");
  CLEANUP(buf_deinit) struct buf inside = {0};

  for (size_t i = 0; i < a->n_keys; i++) {
    add(out, a->keys[i].path);
    add(out, a->keys[i].passphrase);
  }
  for (size_t i = 0; i < a->n_lists; i++) {
    add(out, a->lists[i]);
  }
  if (a->socket_path != NULL) {
    add_parent(out, a->socket_path, LANDLOCK_REMOVE);
  }
  if (credentials != NULL) {
    buf_addf(&inside, "%s/.", credentials);
    add(out, buf_str(&inside));
  }
}

bool confine_is_wanted(const struct arguments *a)
{
  return !a->has_no_sandbox && sandbox_is_wanted();
}

int confine_signer(const struct arguments *a, struct buf *how)
{
  CLEANUP(folders_deinit) struct folders folders = {0};
  struct sandbox_needs needs = {.program = "onionbalance-signer"};

  if (!confine_is_wanted(a)) {
    buf_add_str(how, "none");
    return 0;
  }
  tzset(); /* reads its file now */
  if (a->is_listening) {
    find_folders(a, &folders);
  }
  needs.calls = calls_get(a->is_listening, &needs.n_calls);
  needs.places = folders.items;
  needs.n_places = folders.n;
  return sandbox_close(&needs, how);
}

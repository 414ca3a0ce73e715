#include "daemon/history.h"

#include "base/mem.h"
#include "daemon/command.h"
#include "io/porter.h"

#include <stdlib.h>
#include <string.h>

void history_deinit(struct history *h)
{
  for (size_t i = 0; i < h->n_commands; i++) {
    command_free(h->commands[i].argv);
  }
  for (size_t i = 0; i < h->n_bundles; i++) {
    free(h->bundles[i]);
  }
  *h = (struct history){0};
}

static char **copy_words(char *const *argv)
{
  size_t n = 0;
  char **copy;

  while (argv[n] != NULL) {
    n++;
  }
  copy = mem_array(n + 1, sizeof *copy);
  for (size_t i = 0; i < n; i++) {
    copy[i] = mem_string(argv[i], strlen(argv[i]));
  }
  return copy;
}

static size_t find_command(const struct history *h, const uint8_t digest[SHA512_SIZE],
                           bool is_standard)
{
  size_t i = 0;

  while (i < h->n_commands && (h->commands[i].is_standard != is_standard ||
                               memcmp(h->commands[i].digest, digest, SHA512_SIZE) != 0)) {
    i++;
  }
  return i;
}

void history_note_command(struct history *h, char *const *argv, bool is_standard)
{
  struct history_command c = {.is_standard = is_standard};
  size_t i;

  porter_digest(argv, is_standard, c.digest);
  i = find_command(h, c.digest, is_standard);
  c.argv = copy_words(argv); /* argv may be ours */
  if (i == h->n_commands && i == HISTORY_COMMANDS) {
    i = 0; /* the oldest */
  }
  if (i < h->n_commands) {
    command_free(h->commands[i].argv);
    h->n_commands--;
    memmove(&h->commands[i], &h->commands[i + 1], (h->n_commands - i) * sizeof c);
  }
  h->commands[h->n_commands++] = c;
}

char *const *history_command(const struct history *h, const uint8_t digest[SHA512_SIZE],
                             bool is_standard)
{
  size_t i = find_command(h, digest, is_standard);

  return i < h->n_commands ? h->commands[i].argv : NULL;
}

static size_t find_place(const struct history *h, const struct endpoint *e)
{
  size_t i = 0;

  while (i < h->n_places && !endpoint_equal(&h->places[i], e)) {
    i++;
  }
  return i;
}

void history_note_place(struct history *h, const struct endpoint *e)
{
  size_t i = find_place(h, e);
  struct endpoint copy = *e;

  if (i == HISTORY_PLACES) {
    i = 0;
  }
  if (i < h->n_places) {
    h->n_places--;
    memmove(&h->places[i], &h->places[i + 1], (h->n_places - i) * sizeof copy);
  }
  h->places[h->n_places++] = copy;
}

bool history_has_place(const struct history *h, const struct endpoint *e)
{
  return find_place(h, e) < h->n_places;
}

void history_note_bundle(struct history *h, const char *path)
{
  char *copy = mem_string(path, strlen(path));
  size_t i = 0;

  while (i < h->n_bundles && strcmp(h->bundles[i], path) != 0) {
    i++;
  }
  if (i == HISTORY_BUNDLES) {
    i = 0;
  }
  if (i < h->n_bundles) {
    free(h->bundles[i]);
    h->n_bundles--;
    memmove(&h->bundles[i], &h->bundles[i + 1], (h->n_bundles - i) * sizeof copy);
  }
  h->bundles[h->n_bundles++] = copy;
}

/* What the configuration has named since the start, and was asked for: a generation
 * that goes on because a newer file is no good needs it again, although the file does
 * not name it any more. */
#ifndef DAEMON_HISTORY_H
#define DAEMON_HISTORY_H

#include "conf/endpoint.h"
#include "crypto/sha512.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last ones of each kind are kept. */
#define HISTORY_COMMANDS 16
#define HISTORY_PLACES   64
#define HISTORY_BUNDLES  64

/* Owns everything. All zero is an empty one. */
struct history {
  struct history_command {
    char **argv;
    uint8_t digest[SHA512_SIZE];
    bool is_standard;
  } commands[HISTORY_COMMANDS];
  struct endpoint places[HISTORY_PLACES];
  char *bundles[HISTORY_BUNDLES];
  size_t n_commands, n_places, n_bundles;
};

/* Leaves an empty one. */
void history_deinit(struct history *h);

/* Each takes note of a copy; what is there already becomes the newest. */
void history_note_command(struct history *h, char *const *argv, bool is_standard);
void history_note_place(struct history *h, const struct endpoint *e);
void history_note_bundle(struct history *h, const char *path);

/* The command of that digest (porter_digest), borrowed until the next one is noted; or NULL. */
char *const *history_command(const struct history *h, const uint8_t digest[SHA512_SIZE],
                             bool is_standard);

/* Whether it has been noted, and is still known. */
bool history_has_place(const struct history *h, const struct endpoint *e);

#endif

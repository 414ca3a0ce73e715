/* Names of users and groups, for messages: a publisher in its sandbox asks the
 * porter for them. */
#ifndef IO_NAMES_H
#define IO_NAMES_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* A name and its NUL; longer ones are cut short. */
#define NAMES_SIZE 64

/* Appends the name of a user or group, or its number if it has none. */
void names_user(uint32_t id, struct buf *out);
void names_group(uint32_t id, struct buf *out);

/* Looks one up without the porter; an empty text if there is none. */
void names_find(bool is_group, uint32_t id, char out[NAMES_SIZE]);

#endif

/* The keys of the configuration file: one table that drives reading, bounds
 * and messages. A new key is a row here and a field in struct config. */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

enum schema_type {
  SCHEMA_TEXT,     /* char *: printable, 1 to max bytes */
  SCHEMA_PATH,     /* char *: 1 to max bytes; relative ones start at the file's folder */
  SCHEMA_SOCKET,   /* char *: path of a unix socket, as it stands */
  SCHEMA_ADDRESS,  /* struct address */
  SCHEMA_ENDPOINT, /* struct endpoint */
  SCHEMA_SIGNER,   /* struct keysource */
  SCHEMA_CHOICE,   /* unsigned: the place of the word in words, from 1 */
  SCHEMA_NUMBER,   /* unsigned: min to max */
  SCHEMA_DURATION, /* int64_t, milliseconds: min to max */
  SCHEMA_STATUS,   /* unsigned[2]: a range of HTTP statuses */
  SCHEMA_FLAG,     /* bool */
  SCHEMA_MAP,      /* a map of its own; its owner is at offset */
  SCHEMA_LIST,     /* of maps: 1 to max items made by append */
};

struct schema_map;

struct schema_key {
  const char *name;
  const char *help; /* what it is: "the onion address of a backend" */
  enum schema_type type;
  bool is_required;
  const char *instead;          /* another key that is as good as this required one */
  const char *automatic;        /* of an endpoint: the word for none given */
  bool is_lenient;              /* a bad value is left out with a warning, not an error */
  size_t min;                   /* of a number or a duration */
  size_t max;                   /* the same, bytes of a text, items of a list */
  const char *const *words;     /* of a choice; NULL behind the last */
  size_t offset;                /* of the value in the struct of the owner */
  const struct schema_map *map; /* of a map, or of each item of a list */
  void *(*append)(void *owner); /* of a list: a new, empty item */
};

/* The keys of one map. */
struct schema_map {
  const char *name; /* "a service" */
  const struct schema_key *keys;
  size_t n;            /* at most SCHEMA_KEYS_MAX */
  size_t place_offset; /* of the struct place in the owner; SCHEMA_NO_PLACE */
};

#define SCHEMA_KEYS_MAX 32
#define SCHEMA_NO_PLACE ((size_t)-1)

/* The map at the top of the file; its owner is a struct config. */
extern const struct schema_map schema_root;

/* The map at the top of a file of instances.d; its owner is a struct
 * config_service, whose name is that of the service that it is for. */
extern const struct schema_map schema_dropin;

#endif

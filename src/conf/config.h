/* The configuration: the values of a YAML file, checked. */
#ifndef CONF_CONFIG_H
#define CONF_CONFIG_H

#include "conf/choice.h"
#include "conf/endpoint.h"
#include "conf/keysource.h"
#include "conf/messages.h"
#include "hs/address.h"

#include <limits.h>

/* What "health" says; zero and NULL where it does not. Owns its strings. */
struct config_health {
  unsigned probe; /* enum config_probe */
  unsigned port;
  char *path;
  unsigned expect[2]; /* HTTP statuses, from .. to */
  char *text;
  int64_t interval; /* milliseconds */
  int64_t timeout;
  unsigned rise;
  unsigned fall;
  struct place place; /* line 0: there is no such section */
};

/* The weight of an instance that has none. */
#define CONFIG_WEIGHT 100

/* A backend. Owns name and health. */
struct config_instance {
  struct address address;
  char *name; /* NULL if it has none */
  unsigned weight;
  unsigned state; /* enum config_state: what drop-ins say */
  bool is_backup;
  struct config_health health;
  struct place place; /* of its item in "instances" */
  char *dropin;       /* the file of instances.d that it stands in; NULL: the configuration
                         file itself. Owned, as are name and health */
};

/* What a drop-in changes about an instance that stands elsewhere. */
struct config_change {
  struct address address;
  unsigned state;  /* enum config_state */
  unsigned weight; /* CONFIG_WEIGHT_NOT_GIVEN */
  struct place place;
};

#define CONFIG_WEIGHT_NOT_GIVEN UINT_MAX

/* A frontend. Owns its strings, instances and changes. */
struct config_service {
  char *key_path;            /* as to be opened: relative paths start at the file's folder;
                                NULL if there is a signer in its place */
  char *key_passphrase_file; /* the same; NULL if not given */
  struct keysource signer;   /* that has the key; not given if key_path is */
  struct address address;    /* all zero if not given */
  char *name;                /* NULL if it has none */
  struct config_health health;
  enum config_descriptors descriptors;
  struct config_instance *instances;
  size_t n_instances; /* at least 1 */
  size_t cap_instances;
  struct config_change *changes; /* only of a drop-in */
  size_t n_changes;
  size_t cap_changes;
  struct place place; /* of its item in "services" */
};

/* Everything that the file says. Owns its strings and services. */
struct config {
  struct config_service *services;
  size_t n_services; /* at least 1 */
  size_t cap_services;
  char *status_socket;             /* NULL if not given */
  char *admin_socket;              /* the same */
  char *admin_readers;             /* name of a group; the same */
  char *state_directory;           /* the same */
  struct endpoint tor_control;     /* ENDPOINT_NONE if not given */
  char *tor_control_password_file; /* NULL if not given */
  struct endpoint tor_socks;       /* ENDPOINT_NONE: tor is to be asked */
  bool is_copy;                    /* read from the fallback, drop-ins too */
};

/* Reads and checks the file that m is about with its drop-ins, or if it may not be
 * read the copy of it that fallback names (NULL: none) with those beside that. 0 if it can be used
 * (there may be warnings in m); otherwise ERR_IO, ERR_TOO_LONG or ERR_SYNTAX, at least one error in
 * m, and *out is empty. Freed by config_deinit. */
int config_load(struct suite *s, const char *fallback, struct config *out,
                struct messages *m) MUST_USE;

/* The same for a text in memory; paths in it are relative to the folder of
 * m->file. */
int config_parse(struct suite *s, struct slice text, struct config *out,
                 struct messages *m) MUST_USE;

/* Frees what a service owns; for one that is no part of a struct config. */
void config_service_deinit(struct config_service *s);

/* Checks the instances of one service: each address once, settings of health
 * that go together. */
void config_check_service(struct suite *suite, const struct config_service *s, struct messages *m);

/* Frees what c owns; *c is empty afterwards. */
void config_deinit(struct config *c);

/* What the file asks for about the health of an instance: its own section above
 * that of its service. Borrows the strings; zero and NULL where neither says. */
struct config_health config_health_of(const struct config_service *s,
                                      const struct config_instance *in);

/* Whether an address was given: not all zero. */
bool config_is_set(const struct address *a);

/* For when the public key of a service (by its place in services) is known:
 * ERR_MISMATCH, and an error in m, if it is not that of the service's address,
 * or one of its instances is the frontend itself. */
int config_check_frontend(const struct config *c, size_t service, const uint8_t public_key[32],
                          struct messages *m) MUST_USE;

/* The same for two services whose keys turned out to be one and the same:
 * ERR_DUPLICATE and an error in m, always. */
int config_check_same_key(const struct config *c, size_t first, size_t second,
                          struct messages *m) MUST_USE;

#endif

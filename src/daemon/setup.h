/* From the configuration file and the signer's public keys to what the core
 * is configured with. */
#ifndef DAEMON_SETUP_H
#define DAEMON_SETUP_H

#include "balance/core.h"
#include "conf/config.h"

/* Owns everything that core points to. */
struct setup {
  struct core_config core;
  struct core_service *services;
  struct core_instance *instances;
  void **parts; /* labels and lists of the two */
  size_t n_parts;
  size_t cap_parts;
};

/* Joins both; keys has the public key of each service in the file's order. An
 * instance that stands under several services becomes one. Log lines call
 * services and instances by their names in the file, or by their places in
 * it: addresses do not belong into logs. */
void setup_init(struct setup *out, const struct config *config, const struct address *keys);
void setup_deinit(struct setup *s);

/* Checks what only the public keys show: a frontend that is its own instance,
 * two services with one key. Adds errors to m; ERR_MISMATCH or
 * ERR_DUPLICATE. */
int setup_check(const struct config *config, const struct address *keys,
                struct messages *m) MUST_USE;

#endif

/* What onionbalance-config writes, as texts: pure. */
#ifndef TOOLS_RECIPE_H
#define TOOLS_RECIPE_H

#include "base/buf.h"
#include "hs/address.h"

/* A frontend. Owns tag. */
struct recipe_service {
  char address[ADDRESS_TEXT_SIZE];
  char *tag; /* printable ASCII */
  size_t n_instances;
};

/* All of it. Owns services, borrows the strings. */
struct recipe {
  struct recipe_service *services;
  size_t n;
  size_t cap;
  unsigned virtual_port; /* 1 to 65535 */
  const char *target;    /* what tor takes behind the port */
};

/* Adds a service, with a copy of the tag, and returns it. */
struct recipe_service *recipe_add(struct recipe *r, const char *tag, size_t n_instances);

/* Frees what r owns; *r is empty afterwards. */
void recipe_deinit(struct recipe *r);

/* Appends config.yaml. */
void recipe_config(const struct recipe *r, struct buf *out);

/* Appends the folder of instance i (from 1) of service s (from 0), relative to
 * the output folder: "node1", or below the frontend's address if there are
 * several services. Only letters, digits and "._-/". */
void recipe_folder(const struct recipe *r, size_t s, size_t i, struct buf *out);

/* Appends the lines for the torrc of that instance, with what to do with them
 * in comments. */
void recipe_torrc(const struct recipe *r, size_t s, size_t i, struct buf *out);

/* Appends its ob_config. */
void recipe_ob_config(const struct recipe *r, size_t s, struct buf *out);

/* Appends what is to be done next, for people; output is the folder that all
 * has been written to, is_encrypted whether a key has a password. */
void recipe_steps(const struct recipe *r, const char *output, bool is_encrypted, struct buf *out);

#endif

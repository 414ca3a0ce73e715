/* The folder instances.d beside the configuration file: each file in it adds
 * backends to a frontend.
 *
 *   service: shop          # its name, onion address or key file
 *   instances:
 *   - {address: ....onion, name: node9}
 *
 * or changes what is said of them elsewhere, in one service or in all:
 *
 *   changes:
 *   - {address: ....onion, state: drain, weight: 50}
 */
#ifndef CONF_DROPIN_H
#define CONF_DROPIN_H

#include "conf/config.h"

/* Reads all files *.yaml and *.yml of the folder beside path, in the order of
 * their names, and adds what they say to c; changes come last. They are named as
 * if they stood beside m->file, of which path may be a copy. What is wrong goes to m;
 * ERR_SYNTAX if any of it is an error. No folder is no error, and one that
 * cannot be read is a warning. */
int dropin_load(struct suite *s, const char *path, struct config *c, struct messages *m) MUST_USE;

/* Reads one such text; *out has the instances, and as its name that of the
 * service that they are for, or NULL. ERR_SYNTAX and at least one error in own;
 * *out is then empty. Freed with config_service_deinit. */
int dropin_parse(struct suite *s, struct slice text, struct config_service *out,
                 struct messages *own) MUST_USE;

/* True for a name that a file of the folder must have to be read. */
bool dropin_is_name(const char *name);

/* Appends the folder of a configuration file. */
void dropin_folder(const char *config_path, struct buf *out);

/* Appends how a drop-in can name a service, so that it means no other one: by its
 * name, the name of its key file, or nothing if neither does. */
void dropin_reference(struct suite *s, const struct config *c, size_t service, struct buf *out);

#endif

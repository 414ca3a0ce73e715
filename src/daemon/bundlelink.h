/* What signerlink is for a signer, for a place with bundles (signer/shelf): it
 * tells of their keys and answers from them. It looks for new files now and
 * then, and whenever a period is missing. */
#ifndef DAEMON_BUNDLELINK_H
#define DAEMON_BUNDLELINK_H

#include "daemon/signerlink.h"

struct bundlelink;

/* Looks at the bundles when the loop runs. Of the config, source is of
 * KEYSOURCE_BUNDLE, and program and paths mean nothing. Of the handler, key is
 * called for each address that is new, ready after each of them or when a
 * bundle is new, lost never; event for EVENT_STOCKED, too. Freed with
 * bundlelink_free. */
struct bundlelink *bundlelink_new(const struct signerlink_config *config);
void bundlelink_free(struct bundlelink *l);

/* "the bundles at PATH"; borrowed. */
const char *bundlelink_label(const struct bundlelink *l);

/* Whether it has looked. */
bool bundlelink_is_ready(const struct bundlelink *l);

/* Does ACTION_BLIND, whose answer has the signing key that the bundle's
 * certificate is for, or ACTION_CERTIFY, whose answer is that certificate
 * whatever expiration is asked for. Answers come from the loop. */
void bundlelink_do(struct bundlelink *l, const struct action *a, uint32_t index);

#endif

/* PEM armour (RFC 7468) around something secret: what is decoded never leaves
 * guarded memory. */
#ifndef SIGNER_PEM_H
#define SIGNER_PEM_H

#include "base/err.h"
#include "crypto/secret.h"

/* label borrows from the text: "PRIVATE KEY". Owns der, of which size bytes
 * are in use. All zero is an empty one. */
struct pem {
  struct slice label;
  struct secret *der;
  size_t size;
};

/* Decodes the first object of the text; what stands before it is skipped.
 * ERR_MISSING: there is none; ERR_TRUNCATED: it does not end; ERR_ENCODING. The
 * caller ends out with pem_deinit, after an error too. */
int pem_parse(struct slice text, struct pem *out) MUST_USE;

/* Wipes and frees. */
void pem_deinit(struct pem *p);

#endif

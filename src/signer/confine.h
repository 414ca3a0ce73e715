/* The signer's sandbox: what it may still do when its keys are read. */
#ifndef SIGNER_CONFINE_H
#define SIGNER_CONFINE_H

#include "signer/arguments.h"

/* Whether these arguments and the environment want a sandbox. */
bool confine_is_wanted(const struct arguments *a);

/* Closes everything that a signer of these arguments does not need: one on a
 * single connection reads no file any more; one that listens reads the
 * folders of its keys, passphrases and lists, to do so again, and may remove its
 * socket. Appends to how what
 * there is, as sandbox_close does, or "none". ERR_IO with errno set: it should
 * end, since part of it may be closed. */
int confine_signer(const struct arguments *a, struct buf *how) MUST_USE;

#endif

/* Identity keys on paper: words that a person can copy, proquints
 * (arXiv:0901.4016) of five letters for each two bytes. doc/keys.md describes
 * the format. Letters come from tables, so that the time tells something of the
 * key to who shares the machine: a signer that serves never does this. */
#ifndef SIGNER_PAPER_H
#define SIGNER_PAPER_H

#include "base/buf.h"
#include "crypto/suite.h"
#include "signer/keyfile.h"
#include "signer/onion.h"

/* What paper_build writes at most. */
#define PAPER_TEXT_SIZE 512

/* Writes a key as text: its seed if there is one, otherwise the expanded key.
 * out is guarded memory of PAPER_TEXT_SIZE; the number of bytes in use is
 * returned. */
size_t paper_build(struct suite *s, const struct keyfile_key *key, struct secret *out);

/* Reads such a text, as typed by a person: of either case, words apart by blanks
 * or hyphens, with blank lines, and comments behind a '#'. key should be in
 * guarded memory. 0 only if all check words fit and the key is that of the
 * address; otherwise key is zeros, why says what is wrong where, without a word
 * of the text, and the result is ERR_SYNTAX, ERR_MISMATCH (a check word, or the
 * address), ERR_MISSING (the text ends too soon), ERR_TOO_LONG, or ERR_KEY. */
int paper_parse(struct suite *s, struct slice text, struct keyfile_key *key,
                struct buf *why) MUST_USE;

#endif

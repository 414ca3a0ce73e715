/* The lines of a signer's journal, and of the approvals of its operator:
 *
 *   2026-11-23 15:44:40 ADDRESS.onion period 20780/1440 key HEX until 2026-11-25 22:00:00 by WHO
 *   2026-11-23 15:44:40 ADDRESS.onion period 20780/1440 keys 1
 *
 * Times are UTC; a period is its number and its length in minutes. Pure. */
#ifndef SIGNER_JOURNAL_H
#define SIGNER_JOURNAL_H

#include "base/buf.h"
#include "base/wall.h"
#include "crypto/suite.h"
#include "signer/ledger.h"

/* A certificate. */
struct journal_entry {
  struct ledger_entry what;
  uint32_t expiration_hours; /* since 1970 */
  const char *peer;          /* who asks: text of one line, borrowed */
};

/* So many more keys for a frontend and a period. */
struct journal_approval {
  uint8_t identity[32];
  struct wire_period period;
  uint64_t keys;
};

/* What one approval can be for. */
#define JOURNAL_KEYS_MAX 1000U

/* Appends a line with its '\n'. */
void journal_entry_build(struct suite *s, const struct journal_entry *e, struct wall now,
                         struct buf *out);
void journal_approval_build(struct suite *s, const struct journal_approval *a, struct wall now,
                            struct buf *out);

/* Reads a line, without its '\n': what was certified and when, or the approval. ERR_SYNTAX,
 * ERR_RANGE, ERR_ENCODING, ERR_TRUNCATED. */
int journal_entry_parse(struct suite *s, struct slice line, struct ledger_entry *out,
                        struct wall *when_out) MUST_USE;
int journal_approval_parse(struct suite *s, struct slice line,
                           struct journal_approval *out) MUST_USE;

/* Reads "20780/1440". Errors as above. */
int journal_period_parse(struct slice text, struct wire_period *out) MUST_USE;

#endif

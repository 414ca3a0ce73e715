/* Memos: what outlives the program, one text for each thing. The shell keeps
 * them under their names, as files for example, and gives them back at the next
 * start; what is in them is believed only as far as it can be checked. */
#ifndef BALANCE_MEMO_H
#define BALANCE_MEMO_H

#include "hs/address.h"

/* Kinds that a version does not know are left alone, so that it can be replaced
 * by another one and come back. */
enum memo_kind {
  MEMO_COUNTERS, /* of all services: balance/lease */
  MEMO_INSTANCE, /* of one instance: its newest descriptor, balance/memory */
  MEMO_RUNTIME,  /* what an operator has changed: balance/runtime */
  MEMO_HEALTH,   /* what probes have shown: balance/chart */
};

#define MEMO_KINDS (MEMO_HEALTH + 1)

/* Borrows its body. */
struct memo {
  enum memo_kind kind;
  struct address address; /* of what it is about; all zero if of everything */
  struct slice body;
};

/* Appends the name: "counters", "instance-" and an onion address. */
void memo_name(struct suite *s, enum memo_kind kind, const struct address *address,
               struct buf *out);

/* Appends the whole text: a line with the version and the name, the length, the
 * body, its hash. */
void memo_build(struct suite *s, const struct memo *m, struct buf *out);

/* Reads such a text, kept under that name. ERR_UNSUPPORTED: of another version
 * or kind, or not ours at all: to be left alone. Everything else means that it is damaged:
 * ERR_TRUNCATED, ERR_SYNTAX, ERR_TOO_LONG, ERR_CHECKSUM, ERR_MISMATCH (it was
 * kept under another name), and errors of address_parse. */
int memo_parse(struct suite *s, const char *name, struct slice text, struct memo *out) MUST_USE;

#endif

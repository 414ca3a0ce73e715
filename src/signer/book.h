/* The book of a signer: which certificates it has made. It holds the number of
 * keys of each frontend and time period down (signer/ledger), and writes a line
 * for each certificate, before that leaves, to a journal that is only ever
 * appended to. What it refuses an operator may approve of (signer/approvals). All
 * sessions of a signer share it. */
#ifndef SIGNER_BOOK_H
#define SIGNER_BOOK_H

#include "base/log.h"
#include "signer/journal.h"
#include "signer/policy.h"

#define BOOK_PEER_SIZE 64

/* Borrowed for the life of the book. */
struct book_config {
  const char *journal;   /* a path; NULL: none, then a new book counts from 0 */
  const char *approvals; /* likewise; NULL: nothing can be approved of */
  void (*say)(void *ctx, enum log_level level, const char *text);
  void *ctx;
};

struct book;

/* Opens the files, made with mode 0600 if they are not there, and counts what
 * the journal has. ERR_IO with the reason appended to why; ERR_UNSUPPORTED: this
 * OpenSSL lacks an algorithm. The files stay open until the process ends: a signer in its
 * sandbox cannot close them. Freed with book_free. */
int book_open(const struct book_config *c, struct wall now, struct book **out,
              struct buf *why) MUST_USE;
void book_free(struct book *b);

/* As policy_period, but a period that is only too far from now is granted if it
 * is approved of for this frontend. */
enum policy_verdict book_period(struct book *b, const uint8_t identity[32],
                                const struct wire_period *p, struct wall now);

/* Notes a certificate that is about to be made. ERR_REFUSED: too many keys. */
int book_enter(struct book *b, const struct journal_entry *e, struct wall now) MUST_USE;

/* Writes down what has been entered since the last time: when this returns 0 it
 * is on the disk. ERR_IO with errno set, which has been told: none of these
 * certificates may leave. */
int book_commit(struct book *b) MUST_USE;

#endif

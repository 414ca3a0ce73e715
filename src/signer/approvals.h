/* What an operator has approved of beyond the policy: more keys for a frontend
 * and time period, and a period that is far from now. A file of lines
 * (signer/journal) that is only ever appended to, and read on as it grows. */
#ifndef SIGNER_APPROVALS_H
#define SIGNER_APPROVALS_H

#include "crypto/suite.h"
#include "signer/wire.h"

struct approvals;

/* Opens the file, made with mode 0600 if it is not there; nothing is read yet. ERR_IO
 * with errno set, EPERM if others may write it, EINVAL if it is
 * none. It stays open until the process ends: a signer
 * in its sandbox cannot close it. Freed with approvals_free; suite is
 * borrowed. */
int approvals_open(const char *path, struct suite *s, struct approvals **out) MUST_USE;
void approvals_free(struct approvals *a);

/* Reads what has been appended since then. Returns how many lines are damaged,
 * or too many (over LIMIT_SIGNER_APPROVALS), and do not count. */
size_t approvals_update(struct approvals *a);

/* How many keys are approved of, as far as that has been read. */
uint64_t approvals_get(const struct approvals *a, const uint8_t identity[32],
                       const struct wire_period *p);

#endif

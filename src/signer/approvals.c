#include "signer/approvals.h"

#include "base/limits.h"
#include "base/mem.h"
#include "signer/journal.h"
#include "signer/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES 4096

struct approvals {
  struct suite *suite;
  int fd;
  struct lines lines;
  struct journal_approval *items;
  size_t n, cap;
};

/* A file that nobody else may write, and that ends. */
static int check(int fd)
{
  struct stat st;

  if (fstat(fd, &st) < 0) {
    return ERR_IO;
  }
  if (!S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    errno = S_ISREG(st.st_mode) ? EPERM : EINVAL;
    return ERR_IO;
  }
  return 0;
}

int approvals_open(const char *path, struct suite *s, struct approvals **out)
{
  int fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
  int kept;

  *out = NULL;
  if (fd < 0) {
    return ERR_IO;
  }
  if (check(fd) < 0) {
    kept = errno;
    close(fd);
    errno = kept;
    return ERR_IO;
  }
  *out = mem_new(sizeof **out);
  (*out)->suite = s;
  (*out)->fd = fd;
  return 0;
}

void approvals_free(struct approvals *a)
{
  if (a == NULL) {
    return;
  }
  lines_deinit(&a->lines);
  free(a->items);
  free(a);
}

static int take(void *ctx, struct slice line)
{
  struct approvals *a = ctx;
  struct journal_approval one;

  TRY(journal_approval_parse(a->suite, line, &one));
  if (a->n == LIMIT_SIGNER_APPROVALS) {
    return ERR_TOO_LONG;
  }
  a->items = mem_grow(a->items, a->n, &a->cap, sizeof *a->items);
  a->items[a->n++] = one;
  return 0;
}

size_t approvals_update(struct approvals *a)
{
  uint8_t piece[READ_BYTES];
  size_t n_bad = 0;
  ssize_t n;

  while ((n = read(a->fd, piece, sizeof piece)) > 0) {
    n_bad += lines_feed(&a->lines, slice_of(piece, (size_t)n), take, a);
  }
  return n_bad;
}

uint64_t approvals_get(const struct approvals *a, const uint8_t identity[32],
                       const struct wire_period *p)
{
  uint64_t keys = 0;

  for (size_t i = 0; i < a->n; i++) {
    const struct journal_approval *one = &a->items[i];

    if (one->period.number == p->number && one->period.minutes == p->minutes &&
        memcmp(one->identity, identity, sizeof one->identity) == 0) {
      keys += one->keys;
    }
  }
  return keys;
}

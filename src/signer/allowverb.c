#include "signer/allowverb.h"

#include "signer/journal.h"
#include "signer/onion.h"
#include "signer/refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Opens a file that a signer has made: a mistyped name would allow nothing.
 * *is_broken_out: its last line has no end. -1 with errno set. */
static int open_approvals(const char *path, bool *is_broken_out)
{
  int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY);
  off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
  char last = '\n';

  if (end > 0 && pread(fd, &last, 1, end - 1) < 1) {
    last = '\n';
  }
  *is_broken_out = last != '\n';
  return fd;
}

static int append(const char *path, struct slice lines)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  bool is_broken = false;
  int fd = open_approvals(path, &is_broken);
  ssize_t n = -1;

  if (is_broken) {
    buf_add_u8(&text, '\n');
  }
  buf_add_slice(&text, lines);
  if (fd >= 0) {
    n = write(fd, text.p, text.n);
    if (n == (ssize_t)text.n && fsync(fd) == 0 && close(fd) == 0) {
      return 0;
    }
  }
  return refusal_say(REFUSAL_FAILED, "allow: cannot write %s: %s%s", path,
                     n >= 0 ? "it was cut off" : strerror(errno),
                     errno == ENOENT ? " (a signer makes it, with --approvals)" : "");
}

static int check_allow(const struct arguments *a, struct journal_approval *out)
{
  if (a->approvals == NULL || a->period == NULL || a->n_operands == 0) {
    return refusal_say(REFUSAL_USAGE,
                       "allow: needs --approvals FILE, --period N/MINUTES and addresses, as the "
                       "signer's log has them");
  }
  if (journal_period_parse(slice_str(a->period), &out->period) < 0) {
    return refusal_say(REFUSAL_USAGE, "--period: '%s' is not NUMBER/MINUTES", a->period);
  }
  out->keys = a->keys_more == 0 ? 1 : a->keys_more;
  return 0;
}

int allowverb_allow(const struct arguments *a, struct suite *suite)
{
  CLEANUP(buf_deinit) struct buf lines = {0};
  struct journal_approval one;
  int status = check_allow(a, &one);

  if (status != 0) {
    return status;
  }
  for (size_t i = 0; i < a->n_operands; i++) {
    if (onion_parse(suite, slice_str(a->operands[i]), one.identity) < 0) {
      return refusal_say(REFUSAL_USAGE,
                         "allow: '%.80s' is no address of a frontend; is it mistyped?",
                         a->operands[i]);
    }
    journal_approval_build(suite, &one, (struct wall){time(NULL)}, &lines);
  }
  status = append(a->approvals, buf_slice(&lines));
  if (status == 0) {
    fputs(buf_str(&lines), stdout);
  }
  return status == 0 && fflush(stdout) != 0 ? REFUSAL_FAILED : status;
}

/* A journal and approvals, line by line: what is read is built again as the line
 * that it was, but for the case of letters in a key, leading zeros, and who
 * has asked. */
#include "base/limits.h"
#include "signer/journal.h"
#include "signer/lines.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(struct suite *s, struct slice line)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct journal_entry e = {.peer = "x"};
  struct ledger_entry again;
  struct wall when, when_again;

  if (journal_entry_parse(s, line, &e.what, &when) < 0) {
    return;
  }
  journal_entry_build(s, &e, when, &text);
  text.n--;
  if (journal_entry_parse(s, buf_slice(&text), &again, &when_again) < 0 ||
      memcmp(again.identity, e.what.identity, 32) != 0 || memcmp(again.key, e.what.key, 32) != 0 ||
      again.period.number != e.what.period.number || when.s != when_again.s) {
    abort();
  }
}

static void check_approval(struct suite *s, struct slice line)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct journal_approval a, again;

  if (journal_approval_parse(s, line, &a) < 0) {
    return;
  }
  journal_approval_build(s, &a, (struct wall){0}, &text);
  text.n--;
  if (a.keys > JOURNAL_KEYS_MAX || journal_approval_parse(s, buf_slice(&text), &again) < 0 ||
      memcmp(again.identity, a.identity, 32) != 0 || again.keys != a.keys) {
    abort();
  }
}

static int take(void *ctx, struct slice line)
{
  if (line.n > LIMIT_SIGNER_LINE_BYTES) {
    abort();
  }
  check_entry(ctx, line);
  check_approval(ctx, line);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct suite *s = suite_new();
  struct lines l CLEANUP(lines_deinit) = {0};
  size_t half = size / 2;

  if (s == NULL) {
    abort();
  }
  (void)lines_feed(&l, slice_of(data, half), take, s);
  (void)lines_feed(&l, slice_of(data + half, size - half), take, s);
  suite_free(s);
  return 0;
}

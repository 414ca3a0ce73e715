/* A question at the admin socket: what is read can be written, and reads the
 * same again. */
#include "report/query.h"

#include "report/verb.h"

#include <assert.h>
#include <string.h>

static void check_again(const struct query *q)
{
  struct buf line = {0};
  struct query again;
  enum verb_id verb;
  size_t used;

  if (query_build(&q->form, q->words, q->n, &line) == 0) {
    assert(query_parse(slice_of(line.p, line.n - 1), &again) == 0);
    assert(again.n == q->n);
    for (size_t i = 0; i < q->n; i++) {
      assert(strcmp(again.words[i], q->words[i]) == 0);
    }
    query_deinit(&again);
  }
  if (verb_find(q->words, q->n, &verb, &used) == VERB_FOUND) {
    assert(verb < VERBS && used <= q->n);
  }
  buf_deinit(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct query q;

  if (query_parse(slice_of(data, size), &q) == 0) {
    assert(q.n > 0 && q.n <= LIMIT_ADMIN_WORDS);
    for (size_t i = 0; i < q.n; i++) {
      assert(q.words[i][0] != 0);
    }
    check_again(&q);
  } else {
    assert(q.n == 0 && q.texts.p == NULL);
  }
  query_deinit(&q);
  return 0;
}

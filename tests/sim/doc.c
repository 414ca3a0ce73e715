#include "doc.h"

#include "base/mem.h"

#include <stdlib.h>

struct doc *doc_new(struct slice text, struct wall now)
{
  struct doc *d = mem_new(sizeof *d);

  d->holders = 1;
  buf_add_slice(&d->text, text);
  d->outer_err = desc_outer_parse(buf_slice(&d->text), now, &d->outer);
  return d;
}

struct doc *doc_hold(struct doc *d)
{
  d->holders++;
  return d;
}

void doc_release(struct doc *d)
{
  if (d != NULL && --d->holders == 0) {
    buf_deinit(&d->text);
    free(d);
  }
}

#include "disk.h"

#include "world.h"

#include "base/mem.h"

#include <stdlib.h>

void disk_wipe(struct disk *d)
{
  for (size_t i = 0; i < d->n; i++) {
    buf_deinit(&d->items[i].text);
  }
  d->n = 0;
}

void disk_deinit(struct disk *d)
{
  disk_wipe(d);
  free(d->items);
  *d = (struct disk){0};
}

void disk_keep(struct disk *d, const struct action *a)
{
  size_t i = 0;

  if (!d->is_on) {
    return;
  }
  while (i < d->n &&
         (d->items[i].memo != a->memo || !address_equal(&d->items[i].address, &a->address))) {
    i++;
  }
  if (i == d->n) {
    d->items = mem_grow(d->items, d->n, &d->cap, sizeof *d->items);
    d->items[d->n++] = (struct action){.memo = a->memo, .address = a->address};
  }
  buf_clear(&d->items[i].text);
  buf_add_slice(&d->items[i].text, buf_slice(&a->text));
}

void disk_damage(struct disk *d)
{
  for (size_t i = 0; i < d->n; i++) {
    if (d->items[i].text.n > 0) {
      d->items[i].text.p[d->items[i].text.n / 2] ^= 4;
    }
  }
}

static void restore_one(struct balancer *b, const struct action *kept)
{
  CLEANUP(buf_deinit) struct buf name = {0};
  CLEANUP(buf_deinit) struct buf text = {0}; /* the step may replace what is kept */
  struct suite *suite = b->world->suite;
  struct memo m;
  struct event e = {.kind = EVENT_RESTORED, .memo = &m};

  memo_name(suite, kept->memo, &kept->address, &name);
  buf_add_slice(&text, buf_slice(&kept->text));
  if (memo_parse(suite, buf_str(&name), buf_slice(&text), &m) == 0) {
    balancer_step(b, &e);
  }
}

void disk_restore(struct disk *d, struct balancer *b)
{
  for (size_t i = 0; i < d->n; i++) {
    restore_one(b, &d->items[i]);
  }
}

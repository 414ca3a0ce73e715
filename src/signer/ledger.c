#include "signer/ledger.h"

#include "base/mem.h"
#include "signer/policy.h"

#include <stdlib.h>
#include <string.h>

/* What is remembered of a key. To find two that look the same takes far more than
 * certificates are worth. */
#define MARK_SIZE 16

#define FIRST_SLOTS 64U

struct page {
  struct wire_period period;
  struct wall begun;           /* with its first key */
  uint64_t more;               /* approved of */
  uint8_t (*marks)[MARK_SIZE]; /* owned */
  size_t n, cap;
};

/* The pages of one frontend. */
struct account {
  uint8_t identity[32];
  struct page *pages;
  size_t n, cap;
};

/* The accounts by their identity: each in the first free slot from that on which
 * its first bytes name. */
struct ledger {
  struct account **slots; /* NULL: free */
  size_t n_slots;         /* a power of two, more than n */
  size_t n;
};

struct ledger *ledger_new(void)
{
  struct ledger *l = mem_new(sizeof *l);

  l->n_slots = FIRST_SLOTS;
  l->slots = mem_array(l->n_slots, sizeof(struct account *));
  return l;
}

static void account_free(struct account *a)
{
  if (a == NULL) {
    return;
  }
  for (size_t i = 0; i < a->n; i++) {
    free(a->pages[i].marks);
  }
  free(a->pages);
  free(a);
}

void ledger_free(struct ledger *l)
{
  if (l == NULL) {
    return;
  }
  for (size_t i = 0; i < l->n_slots; i++) {
    account_free(l->slots[i]);
  }
  free(l->slots);
  free(l);
}

/* The slot of an identity, which is free if it has no account. */
static struct account **slot_of(const struct ledger *l, const uint8_t identity[32])
{
  size_t i = 0;

  memcpy(&i, identity, sizeof i);
  i &= l->n_slots - 1;
  while (l->slots[i] != NULL && memcmp(l->slots[i]->identity, identity, 32) != 0) {
    i = (i + 1) & (l->n_slots - 1);
  }
  return &l->slots[i];
}

static void grow(struct ledger *l)
{
  struct account **old = l->slots;
  size_t n_old = l->n_slots;

  l->n_slots *= 2;
  l->slots = mem_array(l->n_slots, sizeof(struct account *));
  for (size_t i = 0; i < n_old; i++) {
    if (old[i] != NULL) {
      *slot_of(l, old[i]->identity) = old[i];
    }
  }
  free(old);
}

static struct account *account_of(struct ledger *l, const uint8_t identity[32])
{
  struct account **slot = slot_of(l, identity);

  if (*slot != NULL) {
    return *slot;
  }
  if (++l->n > l->n_slots / 2) {
    grow(l);
    slot = slot_of(l, identity);
  }
  *slot = mem_new(sizeof **slot);
  memcpy((*slot)->identity, identity, 32);
  return *slot;
}

static bool is_granted(const struct wire_period *p, struct wall now)
{
  return policy_period(p, now) == POLICY_GRANTED;
}

/* Drops pages of periods that nobody can ask for any more. */
static void drop_old(struct account *a, struct wall now)
{
  size_t kept = 0;

  for (size_t i = 0; i < a->n; i++) {
    if (a->pages[i].more > 0 || is_granted(&a->pages[i].period, now)) {
      a->pages[kept++] = a->pages[i];
    } else {
      free(a->pages[i].marks);
    }
  }
  a->n = kept;
}

/* The page of a period, or NULL if there is no room for another one. */
static struct page *page_of(struct account *a, const struct wire_period *p, uint64_t more,
                            struct wall now)
{
  for (size_t i = 0; i < a->n; i++) {
    if (a->pages[i].period.number == p->number && a->pages[i].period.minutes == p->minutes) {
      return &a->pages[i];
    }
  }
  drop_old(a, now);
  if (a->n >= LEDGER_PERIODS && more == 0) {
    return NULL;
  }
  a->pages = mem_grow(a->pages, a->n, &a->cap, sizeof *a->pages);
  a->pages[a->n] = (struct page){.period = *p, .begun = now};
  return &a->pages[a->n++];
}

/* How many keys it may have now. */
static uint64_t bound_of(const struct page *page, struct wall now)
{
  int64_t open_s = now.s - page->begun.s;

  if (!is_granted(&page->period, now)) {
    return page->more;
  }
  return LEDGER_KEYS + page->more + (open_s > 0 ? (uint64_t)(open_s / LEDGER_REGAINED_S) : 0);
}

int ledger_note(struct ledger *l, const struct ledger_entry *e, uint64_t more, struct wall now)
{
  struct page *page;

  if (more == 0 && !is_granted(&e->period, now)) {
    return ERR_REFUSED;
  }
  page = page_of(account_of(l, e->identity), &e->period, more, now);
  if (page == NULL) {
    return ERR_REFUSED;
  }
  page->more = more;
  for (size_t i = 0; i < page->n; i++) {
    if (memcmp(page->marks[i], e->key, MARK_SIZE) == 0) {
      return 0;
    }
  }
  if (page->n >= bound_of(page, now)) {
    return ERR_REFUSED;
  }
  page->marks = mem_grow(page->marks, page->n, &page->cap, sizeof *page->marks);
  memcpy(page->marks[page->n++], e->key, MARK_SIZE);
  return 0;
}

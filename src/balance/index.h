/* Finds things by onion address: addresses come with every event of tor. */
#ifndef BALANCE_INDEX_H
#define BALANCE_INDEX_H

#include "hs/address.h"

struct index_entry {
  struct address address;
  uint32_t place;
};

/* Owns its entries, which are sorted by address. All zero is an empty one. */
struct index {
  struct index_entry *entries;
  size_t n;
};

/* Room for n entries, which the caller fills in before index_sort. */
void index_init(struct index *x, size_t n);
void index_sort(struct index *x);
void index_deinit(struct index *x);

/* Leaves only one entry of each address; after index_sort. */
void index_unique(struct index *x);

/* Where the place of an address is kept, or NULL if it is not there. Borrowed. */
uint32_t *index_at(const struct index *x, const struct address *a);

/* The place that belongs to the address. False if there is none. */
bool index_find(const struct index *x, const struct address *a, uint32_t *place_out);

#endif

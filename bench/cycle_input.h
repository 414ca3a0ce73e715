/* What a full cycle works on: frontends, instances and their descriptors,
 * made up from a seed. The descriptors lie in a file, so that they do not
 * count as memory of whoever reads them one by one. */
#ifndef BENCH_CYCLE_INPUT_H
#define BENCH_CYCLE_INPUT_H

#include "crypto/ed25519.h"
#include "hs/address.h"
#include "hs/schedule.h"

#include <stdio.h>

/* How much to make. */
struct cycle_size {
  size_t n_relays;
  size_t n_services;
  size_t n_instances; /* of each service */
};

/* Owns its texts and the open file. */
struct cycle_input {
  struct cycle_size size;
  struct wall now;
  FILE *file; /* consensus, microdescriptors, one descriptor for each instance */
  size_t consensus_size;
  size_t microdescs_size;
};

/* Makes everything, in a child process whose memory is gone afterwards. Ends
 * the program if it fails. */
void cycle_input_init(struct cycle_input *in, const struct cycle_size *size);
void cycle_input_deinit(struct cycle_input *in);

/* The expanded secret key of a frontend (is_instance false) or an instance. */
void cycle_input_secret(bool is_instance, size_t i, uint8_t expanded[ED25519_EXPANDED_SIZE]);
struct address cycle_input_address(bool is_instance, size_t i);

/* Appends the two texts of the network, or the descriptor of instance i. */
void cycle_input_network(struct cycle_input *in, struct buf *consensus, struct buf *microdescs);
void cycle_input_descriptor(struct cycle_input *in, size_t i, struct buf *out);

#endif

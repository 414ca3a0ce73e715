/* Consensuses as GETINFO gives them. */
#include "netdoc/consensus.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct consensus c;

  if (consensus_parse(slice_of(data, size), &c) < 0) {
    if (c.hsdirs != NULL || c.n_hsdirs != 0) {
      abort();
    }
    return 0;
  }
  if (c.n_hsdirs > c.n_relays || consensus_voting_interval(&c) < 1 ||
      c.params.hsdir_n_replicas < 1 || c.params.hsdir_n_replicas > 16 ||
      c.params.hsdir_interval < 5 || !consensus_is_usable(&c, c.valid_after)) {
    abort();
  }
  consensus_deinit(&c);
  return 0;
}

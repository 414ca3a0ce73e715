/* hsdirs CONSENSUS MICRODESCS ADDRESS...: where the two descriptors of each
 * address belong, on a testing network. The files hold what a tor said to
 * GETINFO dir/status-vote/current/consensus-microdesc and md/all. Prints for
 * each slot one line: address, "client" (the one that clients fetch) or
 * "other", number of the period, blinded key in base64, fingerprints. */
#include "balance/network.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/limits.h"
#include "crypto/blind.h"
#include "hs/address.h"
#include "io/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void check(int err, const char *what)
{
  if (err < 0) {
    fprintf(stderr, "hsdirs: %s: %s\n", what, err_text(err));
    exit(EXIT_FAILURE);
  }
}

static void load(struct suite *s, const char *consensus, const char *microdescs,
                 struct network *out)
{
  CLEANUP(buf_deinit) struct buf consensus_text = {0};
  CLEANUP(buf_deinit) struct buf microdescs_text = {0};
  struct netview view;

  check(file_read(consensus, LIMIT_CONSENSUS_BYTES, &consensus_text), consensus);
  check(file_read(microdescs, LIMIT_MICRODESCS_BYTES, &microdescs_text), microdescs);
  check(netview_build(s, buf_slice(&consensus_text), buf_slice(&microdescs_text), &view),
        "reading both");
  if (view.n_missing > 0) {
    fprintf(stderr, "hsdirs: %zu microdescriptors are missing\n", view.n_missing);
    exit(EXIT_FAILURE);
  }
  check(network_adopt(out, s, &view, true), "time arithmetic");
}

static void print_slot(struct suite *s, const struct network *net, unsigned slot,
                       const char *address)
{
  const struct period *period = &net->slots[slot].period;
  CLEANUP(buf_deinit) struct buf line = {0};
  uint8_t factor[32], blinded[ED25519_PUBLIC_SIZE];
  uint32_t places[NETWORK_HSDIRS_MAX];
  struct address a;
  size_t n;

  check(address_parse(s, slice_str(address), &a), address);
  blind_factor(s, a.public_key, period->number, period->minutes, factor);
  check(ed25519_blind_public(a.public_key, factor, blinded), address);
  n = network_hsdirs_to_store(net, s, slot, blinded, places);
  buf_addf(&line, "%s %s %" PRIu64 " ", address, slot == net->client_slot ? "client" : "other",
           period->number);
  base64_build(slice_of(blinded, sizeof blinded), &line);
  for (size_t i = 0; i < n; i++) {
    buf_add_u8(&line, ' ');
    hex_build(slice_of(net->view.nodes[places[i]].fingerprint, FINGERPRINT_SIZE), &line);
  }
  puts(buf_str(&line));
}

int main(int argc, char **argv)
{
  CLEANUP(network_deinit) struct network net = {0};
  struct suite *s = suite_new();

  if (argc < 4) {
    fputs("usage: hsdirs CONSENSUS MICRODESCS ADDRESS...\n", stderr);
    return EXIT_FAILURE;
  }
  load(s, argv[1], argv[2], &net);
  for (int i = 3; i < argc; i++) {
    print_slot(s, &net, 0, argv[i]);
    print_slot(s, &net, 1, argv[i]);
  }
  suite_free(s);
  return EXIT_SUCCESS;
}

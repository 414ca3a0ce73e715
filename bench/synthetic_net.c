#include "synthetic_net.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char protocols[] =
    "Conflux=1 Cons=1-2 Desc=1-2 DirCache=2 FlowCtrl=1-2 HSDir=2 HSIntro=4-5 HSRend=1-2 "
    "Link=1-5 LinkAuth=1,3 Microdesc=1-2 Padding=2 Relay=1-4";

static void fill(void *ctx, uint8_t *out, size_t n)
{
  struct synthetic_rng *r = ctx;

  for (size_t i = 0; i < n; i += 8) {
    uint64_t z = r->state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    z ^= z >> 31;
    memcpy(out + i, &z, n - i < 8 ? n - i : 8);
  }
}

struct rng synthetic_rng_from(struct synthetic_rng *state, uint64_t seed)
{
  state->state = seed;
  return (struct rng){.fill = fill, .ctx = state};
}

struct relay {
  uint8_t fingerprint[20];
};

static int compare(const void *a, const void *b)
{
  return memcmp(a, b, sizeof(struct relay));
}

static void add_random(const struct rng *rng, size_t n, struct buf *out)
{
  uint8_t bytes[64];

  rng_bytes(rng, bytes, n);
  base64_build(slice_of(bytes, n), out);
}

/* Onion key, ntor key, a family for every fourth, policy and identity. */
static void add_microdesc(const struct rng *rng, size_t number, struct buf *out)
{
  uint8_t rsa[140];

  buf_add_str(out, "onion-key\n-----BEGIN RSA PUBLIC KEY-----\n");
  rng_bytes(rng, rsa, sizeof rsa);
  base64_build_lines(slice_of(rsa, sizeof rsa), out);
  buf_add_str(out, "-----END RSA PUBLIC KEY-----\nntor-onion-key ");
  add_random(rng, 32, out);
  buf_add_str(out, "\n");
  if (number % 4 == 0) {
    buf_add_str(out, "family");
    for (size_t i = 0; i < 36; i++) {
      rng_bytes(rng, rsa, 20);
      buf_add_str(out, " $");
      hex_build(slice_of(rsa, 20), out);
    }
    buf_add_str(out, "\n");
  }
  buf_add_str(out, "p accept 20-23,43,53,79-81,88,110,143,194,220,389,443,464-465,531,543-544\n");
  buf_add_str(out, "id ed25519 ");
  add_random(rng, 32, out);
  buf_add_str(out, "\n");
}

static void add_header(const struct rng *rng, const struct synthetic_options *o, struct buf *out)
{
  static const char *const names[] = {"valid-after", "fresh-until", "valid-until"};
  static const int64_t intervals[] = {0, 1, 3};
  char text[WALL_TEXT_SIZE];

  buf_add_str(out, "network-status-version 3 microdesc\nvote-status consensus\n"
                   "consensus-method 33\n");
  for (size_t i = 0; i < 3; i++) {
    wall_format(wall_plus(o->valid_after, intervals[i] * o->interval), text);
    buf_addf(out, "%s %s\n", names[i], text);
  }
  buf_add_str(out, "voting-delay 300 300\n"
                   "known-flags Authority BadExit Exit Fast Guard HSDir Running Stable V2Dir\n"
                   "params CircuitPriorityHalflifeMsec=30000 hsdir_spread_store=4\n"
                   "shared-rand-previous-value 9 ");
  add_random(rng, 32, out);
  buf_add_str(out, "=\nshared-rand-current-value 9 ");
  add_random(rng, 32, out);
  buf_add_str(out, "=\n");
}

static void add_entry(const struct rng *rng, const struct relay *relay, bool is_hsdir,
                      const uint8_t digest[SHA256_SIZE], struct buf *out)
{
  uint8_t ip[4];

  rng_bytes(rng, ip, sizeof ip);
  buf_addf(out, "r relay%u ", ip[0] * 256U + ip[1]);
  base64_build(slice_of(relay->fingerprint, sizeof relay->fingerprint), out);
  buf_addf(out, " 2038-01-01 00:00:00 %u.%u.%u.%u 9001 0\n", ip[0], ip[1], ip[2], ip[3]);
  buf_add_str(out, "m ");
  base64_build(slice_of(digest, SHA256_SIZE), out);
  buf_addf(out, "\ns Fast Guard %sRunning Stable V2Dir Valid\n", is_hsdir ? "HSDir " : "");
  buf_addf(out, "v Tor 0.4.8.%u\npr %s\nw Bandwidth=%u\n", ip[2] % 20U, protocols, ip[3] * 100U);
}

static void add_relay(struct synthetic_net *net, struct suite *s, const struct rng *rng,
                      const struct relay *relay, bool is_hsdir)
{
  size_t number = relay->fingerprint[19]; /* any will do */
  size_t start = net->microdescs.n;
  uint8_t digest[SHA256_SIZE];
  struct slice text;

  add_microdesc(rng, number, &net->microdescs);
  text = slice_of(net->microdescs.p + start, net->microdescs.n - start);
  suite_sha256(s, &text, 1, digest);
  add_entry(rng, relay, is_hsdir, digest, &net->consensus);
  net->n_hsdirs += is_hsdir ? 1 : 0;
}

static void add_footer(const struct rng *rng, struct buf *out)
{
  uint8_t signature[256];

  buf_add_str(out, "directory-footer\nbandwidth-weights Wbd=0 Wbe=0 Wbg=4145 Wbm=10000\n");
  for (size_t i = 0; i < 9; i++) {
    rng_bytes(rng, signature, sizeof signature);
    buf_add_str(out, "directory-signature sha256 ");
    hex_build(slice_of(signature, 20), out);
    buf_add_str(out, " ");
    hex_build(slice_of(signature + 20, 20), out);
    buf_add_str(out, "\n-----BEGIN SIGNATURE-----\n");
    base64_build_lines(slice_of(signature, sizeof signature), out);
    buf_add_str(out, "-----END SIGNATURE-----\n");
  }
}

void synthetic_net_init(struct synthetic_net *net, struct suite *s, const struct rng *rng,
                        const struct synthetic_options *options)
{
  CLEANUP(mem_free_at) struct relay *relays = mem_array(options->n_relays, sizeof *relays);

  *net = (struct synthetic_net){0};
  rng_bytes(rng, relays, options->n_relays * sizeof *relays);
  qsort(relays, options->n_relays, sizeof *relays, compare);
  add_header(rng, options, &net->consensus);
  for (size_t i = 0; i < options->n_relays; i++) {
    add_relay(net, s, rng, &relays[i], i % 100 < options->hsdir_percent);
  }
  add_footer(rng, &net->consensus);
  net->microdescs.n -= net->microdescs.n > 0 ? 1 : 0;
}

void synthetic_net_deinit(struct synthetic_net *net)
{
  buf_deinit(&net->consensus);
  buf_deinit(&net->microdescs);
  *net = (struct synthetic_net){0};
}

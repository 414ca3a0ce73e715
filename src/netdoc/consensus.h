/* The microdescriptor consensus (dir-spec.txt section 3.4.1), as far as an
 * onion service needs it. tor has verified its signatures. */
#ifndef NETDOC_CONSENSUS_H
#define NETDOC_CONSENSUS_H

#include "base/err.h"
#include "base/slice.h"
#include "base/wall.h"

#define FINGERPRINT_SIZE 20
#define MD_DIGEST_SIZE   32
#define SRV_SIZE         32

/* One relay that is an HSDir: flag HSDir, protocol HSDir=2. */
struct consensus_hsdir {
  uint8_t fingerprint[FINGERPRINT_SIZE]; /* RSA identity */
  uint8_t md_digest[MD_DIGEST_SIZE];     /* of its microdescriptor */
};

/* Parameters of the hash ring, within tor's bounds, defaults where the
 * consensus says nothing (rend-spec-v3.txt section 2.2.3). */
struct consensus_params {
  uint32_t hsdir_interval;     /* minutes */
  uint32_t hsdir_n_replicas;   /* 1 .. 16 */
  uint32_t hsdir_spread_store; /* 1 .. 128 */
  uint32_t hsdir_spread_fetch; /* 1 .. 128 */
};

/* Owns its array. */
struct consensus {
  struct wall valid_after;
  struct wall fresh_until;
  struct wall valid_until;
  struct consensus_params params;
  bool has_srv_current;
  uint8_t srv_current[SRV_SIZE];
  bool has_srv_previous;
  uint8_t srv_previous[SRV_SIZE];
  struct consensus_hsdir *hsdirs;
  size_t n_hsdirs;
  size_t n_relays; /* all relays, HSDir or not */
};

/* Parses a whole consensus. It must reach its directory-footer (ERR_TRUNCATED)
 * and have plausible times (ERR_RANGE). One malformed relay entry makes it
 * malformed. On error *out is empty. */
int consensus_parse(struct slice text, struct consensus *out) MUST_USE;

/* Frees the array; *c is empty afterwards. */
void consensus_deinit(struct consensus *c);

/* Seconds between two consensuses: fresh-until minus valid-after. */
int64_t consensus_voting_interval(const struct consensus *c);

/* True from valid-after - 24 h to valid-until + 24 h: what tor calls
 * reasonably live. */
bool consensus_is_usable(const struct consensus *c, struct wall now);

#endif

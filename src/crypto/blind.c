#include "crypto/blind.h"

/* The base point of Ed25519 as the specification writes it into the hash:
 * "(x, y)" in decimal (rend-spec-v3.txt appendix A.2). */
static const char base_point[] =
    "(15112221349535400772501151409588531511454012693041857206046113283949847762202, "
    "46316835694926478169428394003475163141307993866256225615783033603165251855960)";

void blind_factor(struct suite *s, const uint8_t public_key[ED25519_PUBLIC_SIZE],
                  uint64_t period_number, uint64_t period_minutes, uint8_t factor_out[32])
{
  static const char label[] = "Derive temporary signing key"; /* hashed with its NUL */
  uint8_t numbers[16];
  struct slice parts[] = {
      slice_of(label, sizeof label),
      slice_of(public_key, ED25519_PUBLIC_SIZE),
      slice_of(base_point, sizeof base_point - 1),
      slice_str("key-blind"),
      slice_of(numbers, sizeof numbers),
  };

  for (size_t i = 0; i < 8; i++) {
    numbers[i] = (uint8_t)(period_number >> (8 * (7 - i)));
    numbers[8 + i] = (uint8_t)(period_minutes >> (8 * (7 - i)));
  }
  suite_sha3_256(s, parts, sizeof parts / sizeof parts[0], factor_out);
  factor_out[0] &= 248;
  factor_out[31] &= 63;
  factor_out[31] |= 64;
}

void blind_revision_key(struct suite *s, const uint8_t blinded[ED25519_EXPANDED_SIZE],
                        uint8_t key_out[SHA3_256_SIZE])
{
  static const char label[] = "rev-counter-generation";
  struct slice parts[] = {
      slice_of(label, sizeof label),
      slice_of(blinded, ED25519_EXPANDED_SIZE),
  };

  suite_sha3_256(s, parts, sizeof parts / sizeof parts[0], key_out);
  suite_forget(s);
}

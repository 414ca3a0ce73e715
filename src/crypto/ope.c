#include "crypto/ope.h"

/* The key stream is made in pieces of this many bytes; a multiple of the AES
 * block, so that a piece begins with a counter of its own. */
#define PIECE     8192
#define AES_BLOCK 16

/* The sum of n words of the key stream that begins with the given AES
 * counter, each plus one so that every step rises. */
static uint64_t sum_words(struct suite *s, const uint8_t key[AES256_KEY_SIZE], uint32_t counter,
                          uint32_t n)
{
  static const uint8_t zeros[PIECE];
  uint8_t stream[PIECE];
  uint8_t iv[AES_IV_SIZE] = {0};
  uint64_t sum = n;

  for (size_t i = 0; i < 4; i++) {
    iv[AES_IV_SIZE - 1 - i] = (uint8_t)(counter >> (8 * i));
  }
  suite_aes256_ctr(s, key, iv, slice_of(zeros, (size_t)n * 2), stream);
  for (size_t i = 0; i < n; i++) {
    sum += stream[2 * i] | (uint32_t)stream[2 * i + 1] << 8;
  }
  return sum;
}

int ope_encrypt(struct suite *s, const uint8_t key[AES256_KEY_SIZE], uint32_t plaintext,
                uint64_t *out)
{
  uint64_t sum = 0;

  if (plaintext < 1 || plaintext > OPE_MAX) {
    return ERR_RANGE;
  }
  for (uint32_t done = 0; done < plaintext; done += PIECE / 2) {
    uint32_t left = plaintext - done;

    sum += sum_words(s, key, done * 2 / AES_BLOCK, left < PIECE / 2 ? left : PIECE / 2);
  }
  *out = sum;
  return 0;
}

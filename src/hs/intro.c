#include "hs/intro.h"

#include <string.h>

/* Compared member by member: padding between members has no fixed value. */
bool intro_equal(const struct intro *a, const struct intro *b)
{
  return a->linkspecs_size == b->linkspecs_size &&
         memcmp(a->linkspecs, b->linkspecs, a->linkspecs_size) == 0 &&
         memcmp(a->relay_id, b->relay_id, sizeof a->relay_id) == 0 &&
         memcmp(a->onion_key, b->onion_key, sizeof a->onion_key) == 0 &&
         memcmp(a->auth_key, b->auth_key, sizeof a->auth_key) == 0 &&
         memcmp(a->enc_key, b->enc_key, sizeof a->enc_key) == 0 &&
         memcmp(a->enc_key_certified, b->enc_key_certified, sizeof a->enc_key_certified) == 0;
}

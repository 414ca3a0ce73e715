#include "balance/publication.h"

#include <stdlib.h>
#include <string.h>

const char *publication_reason_text(enum publication_reason r)
{
  static const char *const texts[] = {
      [PUBLICATION_NOTHING] = "nothing due",
      [PUBLICATION_FIRST] = "first upload",
      [PUBLICATION_POINTS] = "changed introduction points",
      [PUBLICATION_HSDIRS] = "a new HSDir",
      [PUBLICATION_TIMER] = "timer",
      [PUBLICATION_COMMAND] = "command",
  };

  return texts[r];
}

void publication_init(struct publication *pub, const struct schedule_slot *slot)
{
  *pub = (struct publication){.is_used = true, .slot = *slot, .next_publish = MONO_NEVER};
}

void publication_deinit(struct publication *pub)
{
  if (pub->frame.signing_secret != NULL) {
    desc_frame_deinit(&pub->frame);
  }
  secret_free(pub->revision_key);
  content_free(pub->content);
  buf_deinit(&pub->inner);
  free(pub->uploads);
  *pub = (struct publication){0};
}

bool publication_is_confirmed(const struct upload *u)
{
  return u->confirmed_revision != 0 && !u->is_wanted;
}

size_t publication_confirmed(const struct publication *pub)
{
  size_t n = 0;

  for (size_t i = 0; i < pub->n_uploads; i++) {
    n += publication_is_confirmed(&pub->uploads[i]);
  }
  return n;
}

struct upload *publication_find_upload(const struct publication *pub,
                                       const uint8_t fingerprint[FINGERPRINT_SIZE])
{
  for (size_t i = 0; i < pub->n_uploads; i++) {
    if (memcmp(pub->uploads[i].fingerprint, fingerprint, FINGERPRINT_SIZE) == 0) {
      return &pub->uploads[i];
    }
  }
  return NULL;
}

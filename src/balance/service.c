#include "balance/service.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

const char *publish_reason_text(enum publish_reason r)
{
  static const char *const texts[] = {
      [PUBLISH_NOTHING] = "nothing due",
      [PUBLISH_FIRST] = "first upload",
      [PUBLISH_POINTS] = "changed introduction points",
      [PUBLISH_HSDIRS] = "a new HSDir",
      [PUBLISH_TIMER] = "timer",
  };

  return texts[r];
}

void service_init(struct service *s, const struct address *address, const char *label)
{
  *s = (struct service){.address = *address, .wake = MONO_NEVER};
  s->label = mem_string(label, strlen(label));
}

void service_deinit(struct service *s)
{
  free(s->label);
  free(s->instances);
  free(s->strays);
  desc_deinit(&s->descs[0]);
  desc_deinit(&s->descs[1]);
  *s = (struct service){0};
}

void desc_init(struct desc *d, const struct schedule_slot *slot)
{
  *d = (struct desc){.is_used = true, .slot = *slot, .next_publish = MONO_NEVER};
}

void desc_deinit(struct desc *d)
{
  if (d->frame.signing_secret != NULL) {
    desc_frame_deinit(&d->frame);
  }
  secret_free(d->revision_key);
  free(d->content);
  buf_deinit(&d->inner);
  free(d->uploads);
  *d = (struct desc){0};
}

size_t desc_confirmed(const struct desc *d)
{
  size_t n = 0;

  for (size_t i = 0; i < d->n_uploads; i++) {
    n += d->uploads[i].confirmed_revision != 0 && !d->uploads[i].is_wanted;
  }
  return n;
}

struct upload *desc_find_upload(const struct desc *d, const uint8_t fingerprint[FINGERPRINT_SIZE])
{
  for (size_t i = 0; i < d->n_uploads; i++) {
    if (memcmp(d->uploads[i].fingerprint, fingerprint, FINGERPRINT_SIZE) == 0) {
      return &d->uploads[i];
    }
  }
  return NULL;
}

bool content_equal(const struct content *a, const struct content *b)
{
  return a->is_single_onion == b->is_single_onion && a->has_flow_control == b->has_flow_control &&
         (!a->has_flow_control || strcmp(a->flow_control, b->flow_control) == 0) &&
         plan_equal(&a->plan, &b->plan);
}

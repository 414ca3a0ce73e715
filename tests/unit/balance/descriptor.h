/* Descriptors of instances, good and bad. */
#ifndef TESTS_BALANCE_DESCRIPTOR_H
#define TESTS_BALANCE_DESCRIPTOR_H

#include "maker.h"

/* What a descriptor is made of. */
struct descriptor {
  struct period period;
  uint64_t revision;
  struct wall now;
  const struct intro *intros;
  size_t n_intros; /* 0: an inner layer without any point */
  const char *flow_control;
  bool is_single_onion;
};

/* Appends a descriptor of a service. */
static inline void descriptor_build(struct maker *m, const struct identity *id,
                                    const struct descriptor *d, struct buf *out)
{
  struct desc_content content = {.intros = d->intros,
                                 .n_intros = d->n_intros,
                                 .is_single_onion = d->is_single_onion,
                                 .flow_control = d->flow_control};
  struct desc_payload payload = {.revision = d->revision};
  struct desc_frame frame;
  struct buf inner = {0};
  uint8_t secret[64];

  desc_frame_init(&frame, &m->rng);
  maker_blind(m, id, d->period, secret, frame.blinded_key);
  subcredential_of(m->suite, &id->address, frame.blinded_key, frame.subcredential);
  maker_certify(secret, frame.blinded_key, frame.signing_key, cert_desc_expiration(d->now),
                frame.cert);
  if (d->n_intros == 0) {
    buf_add_str(&inner, "create2-formats 2\n");
  } else {
    maker_must(desc_inner_build(&frame, &content, d->now, &inner) == 0);
  }
  payload.inner = buf_slice(&inner);
  maker_must(desc_encode(m->suite, &frame, &payload, &m->rng, out) == 0);
  buf_deinit(&inner);
  desc_frame_deinit(&frame);
}

#endif

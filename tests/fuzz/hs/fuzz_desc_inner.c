/* The plaintext of the inner layer, as a hostile instance can write it.
 * Whatever of it is kept must come out of a descriptor of ours as it went in,
 * and nothing else with it. */
#include "../../unit/hs/sample.h"

#include "hs/desc_plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
  if (!holds) {
    abort();
  }
}

/* Builds an inner layer from what was read, and reads it again. */
static void check_round(struct sample *s, const struct desc_point_context *context,
                        const struct desc_inner *d)
{
  struct desc_content content = {.intros = d->intros,
                                 .n_intros = d->n_intros > 3 ? 3 : d->n_intros,
                                 .is_single_onion = d->is_single_onion,
                                 .flow_control = d->has_flow_control ? d->flow_control : NULL};
  struct buf text = {0};
  struct desc_inner again;

  sample_must(desc_inner_build(&s->frame, &content, SAMPLE_NOW, &text));
  sample_must(desc_plain_inner(buf_slice(&text), context, &again));
  must(again.n_intros == content.n_intros && again.n_skipped == 0);
  must(again.is_single_onion == d->is_single_onion);
  must(again.has_flow_control == d->has_flow_control);
  must(strcmp(again.flow_control, d->flow_control) == 0);
  must(!again.has_pow && !again.requires_auth);
  for (size_t i = 0; i < again.n_intros; i++) {
    must(intro_equal(&again.intros[i], &d->intros[i]));
  }
  buf_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct sample sample;
  struct desc_point_context context;
  struct desc_inner d;

  if (sample.suite == NULL) {
    sample_init(&sample, 5, SAMPLE_NOW);
  }
  context = (struct desc_point_context){.signing_key = sample.frame.signing_key, .now = SAMPLE_NOW};
  if (desc_plain_inner(slice_of(data, size), &context, &d) == 0) {
    must(d.n_intros + d.n_skipped <= LIMIT_INTRO_POINTS);
    if (d.n_intros > 0) {
      check_round(&sample, &context, &d);
    }
  }
  return 0;
}

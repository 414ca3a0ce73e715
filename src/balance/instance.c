#include "balance/instance.h"

#include "base/mem.h"
#include "crypto/blind.h"

#include <stdlib.h>
#include <string.h>

void instance_init(struct instance *in, const struct address *address, const char *label,
                   const struct health_config *health)
{
  struct health_config fallback = health_config_default();

  *in = (struct instance){.address = *address, .next_round = MONO_NEVER};
  in->label = mem_string(label, strlen(label));
  health_init(&in->health, health == NULL ? &fallback : health);
}

void instance_deinit(struct instance *in)
{
  free(in->label);
  health_deinit(&in->health);
  free(in->knowledge.intros);
  free(in->services);
  *in = (struct instance){0};
}

bool instance_is_usable(const struct instance *in)
{
  return in->knowledge.is_known && in->knowledge.n_intros > 0 && !in->is_gone;
}

int instance_enter_period(struct instance *in, struct suite *s, struct period p)
{
  uint8_t factor[32];

  blind_factor(s, in->address.public_key, p.number, p.minutes, factor);
  TRY(ed25519_blind_public(in->address.public_key, factor, in->blinded_key));
  subcredential_of(s, &in->address, in->blinded_key, in->subcredential);
  if (in->knowledge.is_remembered) {
    free(in->knowledge.intros);
    in->knowledge = (struct knowledge){0};
  }
  in->period = p;
  in->has_period = true;
  in->in_round = false;
  in->n_targets = 0;
  in->failed_rounds = 0;
  in->absent_rounds = 0;
  in->is_settled = false;
  return 0;
}

static bool has_intro(const struct knowledge *k, const struct intro *point)
{
  for (size_t i = 0; i < k->n_intros; i++) {
    if (intro_equal(&k->intros[i], point)) {
      return true;
    }
  }
  return false;
}

static bool has_same_intros(const struct knowledge *k, const struct desc_inner *inner)
{
  for (size_t i = 0; i < inner->n_intros; i++) {
    if (!has_intro(k, &inner->intros[i])) {
      return false;
    }
  }
  return k->n_intros == inner->n_intros;
}

/* Replaces what is known by the inner layer of a newer descriptor. */
static void take(struct knowledge *k, const struct desc_inner *inner)
{
  free(k->intros);
  k->intros = mem_array(inner->n_intros, sizeof *k->intros);
  memcpy(k->intros, inner->intros, inner->n_intros * sizeof *k->intros);
  k->n_intros = inner->n_intros;
  k->is_single_onion = inner->is_single_onion;
  k->has_flow_control = inner->has_flow_control;
  memcpy(k->flow_control, inner->flow_control, sizeof k->flow_control);
  k->n_copies = 0;
}

static bool is_copy(const struct knowledge *k, const uint8_t digest[SHA256_SIZE])
{
  for (size_t i = 0; i < k->n_copies; i++) {
    if (memcmp(k->copies[i], digest, SHA256_SIZE) == 0) {
      return true;
    }
  }
  return false;
}

static void remember_copy(struct knowledge *k, const uint8_t digest[SHA256_SIZE])
{
  if (k->n_copies < INSTANCE_COPIES_MAX) {
    memcpy(k->copies[k->n_copies++], digest, SHA256_SIZE);
  }
}

/* Verifies a text that was not seen before, and takes it if it is newer. */
static int read_text(struct instance *in, struct suite *s, struct slice text, struct moment now,
                     enum instance_news *news_out)
{
  struct knowledge *k = &in->knowledge;
  CLEANUP(mem_free_at) struct desc_inner *inner = NULL;
  struct desc_outer outer;

  TRY(desc_outer_parse(text, now.wall, &outer));
  if (!in->has_period || memcmp(outer.blinded_key, in->blinded_key, 32) != 0) {
    return ERR_MISMATCH;
  }
  if (k->is_known && k->period_number == in->period.number && outer.revision <= k->revision) {
    *news_out = outer.revision == k->revision ? INSTANCE_NO_NEWS : INSTANCE_OLD;
    return 0;
  }
  inner = mem_new(sizeof *inner);
  TRY(desc_inner_decrypt(s, &outer, in->subcredential, now.wall, inner));
  if (inner->n_intros == 0) {
    return ERR_MISSING;
  }
  if (!has_same_intros(k, inner)) {
    k->modified = now.wall;
  }
  take(k, inner);
  k->is_known = true;
  k->period_number = in->period.number;
  k->revision = outer.revision;
  k->since = now.mono;
  *news_out = INSTANCE_NEWS;
  return 0;
}

int instance_learn(struct instance *in, struct suite *s, struct slice text, struct moment now,
                   enum instance_news *news_out)
{
  struct knowledge *k = &in->knowledge;
  uint8_t digest[SHA256_SIZE];

  suite_sha256(s, &text, 1, digest);
  *news_out = INSTANCE_NO_NEWS;
  if (k->period_number != in->period.number || !is_copy(k, digest)) {
    TRY(read_text(in, s, text, now, news_out));
    if (*news_out == INSTANCE_OLD) {
      return 0;
    }
    remember_copy(k, digest);
  }
  k->is_remembered = false;
  k->received = now.wall;
  return 0;
}

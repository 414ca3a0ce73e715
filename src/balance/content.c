#include "balance/content.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *content_mode_text(enum content_mode m)
{
  static const char *const texts[] = {
      [CONTENT_AUTO] = "auto",
      [CONTENT_SINGLE] = "single",
      [CONTENT_DISTINCT] = "distinct",
  };

  return texts[m];
}

struct content *content_new(size_t n)
{
  struct content *c = mem_new(sizeof *c);

  assert(n > 0);
  c->variants = mem_array(n, sizeof *c->variants);
  c->n = n;
  return c;
}

/* A copy of n items of a size; NULL if there is nothing to copy. */
static void *copy_array(const void *from, size_t n, size_t size)
{
  void *copy;

  if (from == NULL) {
    return NULL;
  }
  copy = mem_array(n, size);
  memcpy(copy, from, n * size);
  return copy;
}

struct content *content_copy(const struct content *c)
{
  struct content *copy = mem_new(sizeof *copy);

  *copy = *c;
  copy->variants = copy_array(c->variants, c->n, sizeof *c->variants);
  copy->slots = copy_array(c->slots, c->n, sizeof *c->slots);
  copy->credits = copy_array(c->credits, c->n_credits, sizeof *c->credits);
  return copy;
}

void content_free(struct content *c)
{
  if (c == NULL) {
    return;
  }
  free(c->variants);
  free(c->slots);
  free(c->credits);
  free(c);
}

struct content *content_of_spread(struct spread *s)
{
  struct content *c = content_new(s->n);

  c->is_distinct = true;
  for (size_t i = 0; i < s->n; i++) {
    c->variants[i].plan = s->plans[i];
  }
  c->slots = s->slots;
  c->credits = s->credits;
  c->n_credits = s->n_credits;
  free(s->plans);
  *s = (struct spread){0};
  return c;
}

void content_spread(const struct content *c, struct spread *out)
{
  *out = (struct spread){0};
  if (c == NULL || !c->is_distinct) {
    return;
  }
  out->n = c->n;
  out->plans = mem_array(c->n, sizeof *out->plans);
  for (size_t i = 0; i < c->n; i++) {
    out->plans[i] = c->variants[i].plan;
  }
  out->slots = copy_array(c->slots, c->n, sizeof *c->slots);
  out->credits = copy_array(c->credits, c->n_credits, sizeof *c->credits);
  out->n_credits = c->n_credits;
}

void content_renew(struct content *c, struct content *fresh)
{
  struct content old = *c;

  c->slots = fresh->slots;
  c->credits = fresh->credits;
  c->n_credits = fresh->n_credits;
  fresh->slots = old.slots;
  fresh->credits = old.credits;
  fresh->n_credits = old.n_credits;
}

bool content_fill(struct content *c)
{
  const struct variant *fullest = &c->variants[0];

  for (size_t i = 1; i < c->n; i++) {
    fullest = c->variants[i].plan.n > fullest->plan.n ? &c->variants[i] : fullest;
  }
  for (size_t i = 0; i < c->n; i++) {
    if (c->variants[i].plan.n == 0) {
      c->variants[i] = *fullest;
    }
  }
  return fullest->plan.n > 0;
}

const struct variant *content_for(const struct content *c,
                                  const uint8_t fingerprint[FINGERPRINT_SIZE])
{
  for (size_t i = 0; c->is_distinct && i < c->n; i++) {
    if (memcmp(c->slots[i].fingerprint, fingerprint, FINGERPRINT_SIZE) == 0) {
      return &c->variants[i];
    }
  }
  return &c->variants[fingerprint[0] % c->n];
}

unsigned content_count_in(const struct variant *v, const struct address *instance)
{
  unsigned n = 0;

  for (size_t i = 0; i < v->plan.n; i++) {
    n += address_equal(&v->owners[i], instance);
  }
  return n;
}

unsigned content_count(const struct content *c, const struct address *instance)
{
  unsigned n = 0;

  for (size_t i = 0; i < c->n; i++) {
    n += content_count_in(&c->variants[i], instance);
  }
  return n;
}

/* True if a variant before the one at `end` has the point too. */
static bool has_before(const struct content *c, size_t end, const struct intro *point)
{
  struct plan_source one = {.intros = point, .n = 1};

  for (size_t i = 0; i < end; i++) {
    if (plan_has_source(&c->variants[i].plan, &one)) {
      return true;
    }
  }
  return false;
}

size_t content_points(const struct content *c)
{
  size_t n = 0;

  for (size_t i = 0; i < c->n; i++) {
    for (size_t k = 0; k < c->variants[i].plan.n; k++) {
      n += !has_before(c, i, &c->variants[i].plan.intros[k]);
    }
  }
  return n;
}

unsigned content_share(const struct content *c, const struct address *instance)
{
  uint64_t sum = 0, asked = 0;

  for (size_t i = 0; i < c->n; i++) {
    const struct variant *v = &c->variants[i];
    uint64_t fetch = c->is_distinct ? c->slots[i].fetch : 1;

    sum += fetch * content_count_in(v, instance) * 1000000 / (v->plan.n == 0 ? 1 : v->plan.n);
    asked += fetch;
  }
  return asked == 0 ? 0 : (unsigned)(sum / asked);
}

static bool are_lines_equal(const struct content *a, const struct content *b)
{
  return a->is_single_onion == b->is_single_onion && a->has_flow_control == b->has_flow_control &&
         (!a->has_flow_control || strcmp(a->flow_control, b->flow_control) == 0);
}

bool content_equal(const struct content *a, const struct content *b)
{
  if (a->is_distinct != b->is_distinct || a->n != b->n || !are_lines_equal(a, b)) {
    return false;
  }
  for (size_t i = 0; i < a->n; i++) {
    if (a->is_distinct &&
        memcmp(a->slots[i].fingerprint, b->slots[i].fingerprint, FINGERPRINT_SIZE) != 0) {
      return false;
    }
    if (!plan_equal(&a->variants[i].plan, &b->variants[i].plan)) {
      return false;
    }
  }
  return true;
}

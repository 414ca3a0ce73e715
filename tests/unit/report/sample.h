/* A balancer at one moment: two services, one of them published. */
#ifndef TESTS_REPORT_SAMPLE_H
#define TESTS_REPORT_SAMPLE_H

#include "parts.h"

#include "base/mem.h"

/* Freed with sample_deinit; must not be copied or moved. */
static inline void sample_init(struct sample *s)
{
  memset(s, 0, sizeof *s);
  s->view = (struct view){.snapshot = &s->snapshot,
                          .suite = suite_new(),
                          .now = {.wall = {NOW}, .mono = {1000000}},
                          .version = "1.2.3"};
  sample_instances(s);
  sample_uploads(s);
  sample_services(s);
  s->snapshot = (struct snapshot){.outside = {.tor_is_up = true,
                                              .tor_is_ready = true,
                                              .can_probe = true,
                                              .signer_is_up = true,
                                              .has_network = true,
                                              .is_usable = true,
                                              .valid_after = {NOW - 2680},
                                              .valid_until = {NOW + 8120},
                                              .n_relays = 5823,
                                              .n_instances = 3,
                                              .n_uploads = 1},
                                  .services = s->services,
                                  .n_services = 2};
}

static inline void sample_deinit(struct sample *s)
{
  suite_free(s->view.suite);
}

static inline int sample_setup(void **state)
{
  struct sample *s = test_malloc(sizeof *s);

  sample_init(s);
  *state = s;
  return 0;
}

static inline int sample_teardown(void **state)
{
  sample_deinit(*state);
  test_free(*state);
  return 0;
}

/* A test that is given a sample. */
#define SAMPLE_TEST(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)

/* True if text stands in the buffer. */
static inline bool sample_has(struct buf *b, const char *text)
{
  return strstr(buf_str(b), text) != NULL;
}

/* Makes the first descriptor of the first service distinct: node1 and node2
 * have a point each at the first HSDir, node1 alone at the second one. Whoever
 * calls it frees s->content. */
static inline void sample_make_distinct(struct sample *s)
{
  struct snapshot_descriptor *d = &s->services[0].descriptors[0];
  struct content *c = content_new(2);

  c->is_distinct = true;
  c->slots = mem_array(2, sizeof *c->slots);
  for (size_t i = 0; i < 2; i++) {
    memcpy(c->slots[i].fingerprint, s->uploads[0][i].fingerprint, FINGERPRINT_SIZE);
    c->slots[i].fetch = 1;
    for (size_t k = 0; k + i < 2; k++) {
      c->variants[i].plan.intros[k].auth_key[0] = (uint8_t)(k + 1);
      c->variants[i].owners[k] = s->shop[k].address;
      c->variants[i].plan.n = k + 1;
    }
  }
  d->is_distinct = true;
  d->n_points = 2;
  d->content = c;
  s->content = c;
}

#endif

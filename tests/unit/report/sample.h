/* A balancer at one moment: two services, one of them published. */
#ifndef TESTS_REPORT_SAMPLE_H
#define TESTS_REPORT_SAMPLE_H

#include "parts.h"

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

#endif

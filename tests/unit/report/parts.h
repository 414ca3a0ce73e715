/* What the sample consists of: see sample.h. */
#ifndef TESTS_REPORT_PARTS_H
#define TESTS_REPORT_PARTS_H

#include "report/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#define SHOP  "opw3edkosjmyrqy75sjhhi35axciepaxwoq4irlrnc66tsrjdg7pgzad"
#define WIKI  "zt744spobno2bhvsfmgvpxjwoj6bri3r5ukwsuhgxlccqmirhehu54yd"
#define NODE1 "gf3jximivdhyucaqa6eqi6so37h3xhkshifpqamdyhy7prjgtkyreiyd"
#define NODE2 "kcx3l55uw24t22wzebaa4hnqcskkhvn7aihk5s7mzyjykncok4aw7hid"

/* 2026-11-22 15:44:40. */
#define NOW 1795362280

struct sample {
  struct upload uploads[2][2];
  struct snapshot_instance shop[2]; /* node1 is up, node2 is down */
  struct snapshot_instance wiki[2]; /* node1 is there, too; node3 has never been seen */
  struct snapshot_service services[2];
  struct snapshot snapshot;
  struct view view;
  struct content *content; /* of sample_make_distinct */
};

static inline struct address sample_address(struct suite *suite, const char *text)
{
  struct address a;

  assert_int_equal(address_parse(suite, slice_str(text), &a), 0);
  return a;
}

static inline void sample_instances(struct sample *s)
{
  s->shop[0] = (struct snapshot_instance){.address = sample_address(s->view.suite, NODE1),
                                          .label = "node1",
                                          .is_known = true,
                                          .is_usable = true,
                                          .is_serving = true,
                                          .n_intros = 3,
                                          .received = {NOW - 40},
                                          .modified = {NOW - 7200},
                                          .weight = 100,
                                          .n_points = {6, 6},
                                          .share = 1000000,
                                          .health = {.check = HEALTH_AUTO,
                                                     .is_probed = true,
                                                     .state = HEALTH_UP,
                                                     .why = HEALTH_JOINED,
                                                     .since = {NOW - 7500},
                                                     .is_checked = true,
                                                     .checked = {NOW - 12},
                                                     .took = 1234,
                                                     .next = {1013000}}};
  s->shop[1] = (struct snapshot_instance){.address = sample_address(s->view.suite, NODE2),
                                          .label = "node2",
                                          .is_known = true,
                                          .is_usable = true,
                                          .n_intros = 3,
                                          .received = {NOW - 95},
                                          .modified = {NOW - 95},
                                          .weight = 50,
                                          .is_weight_set = true,
                                          .is_backup = true,
                                          .health = {.is_probed = true,
                                                     .state = HEALTH_DOWN,
                                                     .why = HEALTH_REFUSED,
                                                     .since = {NOW - 30},
                                                     .is_checked = true,
                                                     .checked = {NOW - 2},
                                                     .bads = 2,
                                                     .next = MONO_NEVER}};
  s->wiki[0] = s->shop[0];
  s->wiki[0].n_points[0] = s->wiki[0].n_points[1] = s->wiki[0].share = 0;
  s->wiki[1] = (struct snapshot_instance){.address = sample_address(s->view.suite, WIKI),
                                          .label = "node3",
                                          .weight = 100,
                                          .health = {.next = MONO_NEVER}};
}

static inline void sample_uploads(struct sample *s)
{
  for (size_t i = 0; i < 2; i++) {
    for (size_t k = 0; k < 2; k++) {
      memset(s->uploads[i][k].fingerprint, (int)(0x10 * (i + 1) + k), FINGERPRINT_SIZE);
      s->uploads[i][k].confirmed_revision = 7;
      s->uploads[i][k].is_asked = true;
    }
  }
  s->uploads[1][1].confirmed_revision = 0;
  s->uploads[1][1].is_wanted = true;
  s->uploads[1][1].attempts = 3;
  s->uploads[1][1].is_asked = false;
  s->uploads[1][1].next_try = (struct mono){1020000};
}

static inline void sample_services(struct sample *s)
{
  struct snapshot_descriptor first = {.is_used = true,
                                      .is_current = true,
                                      .has_keys = true,
                                      .has_points = true,
                                      .is_attempted = true,
                                      .attempted = {NOW - 720},
                                      .reason = PUBLICATION_POINTS,
                                      .next_publish = {1000000 + 34 * 60000},
                                      .period_number = 20779,
                                      .n_points = 6,
                                      .n_hsdirs = 2,
                                      .n_confirmed = 2,
                                      .uploads = s->uploads[0]};
  struct snapshot_descriptor second = first;

  second.is_current = false;
  second.attempted.s = NOW - 700;
  second.reason = PUBLICATION_TIMER;
  second.next_publish.ms += 60000;
  second.period_number = 20780;
  second.n_confirmed = 1;
  second.uploads = s->uploads[1];
  s->services[0] = (struct snapshot_service){.address = sample_address(s->view.suite, SHOP),
                                             .label = "shop",
                                             .instances = s->shop,
                                             .n_instances = 2,
                                             .descriptors = {first, second}};
  s->services[1] = (struct snapshot_service){.address = sample_address(s->view.suite, NODE2),
                                             .label = "wiki",
                                             .instances = s->wiki,
                                             .n_instances = 2};
}

#endif

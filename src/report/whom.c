#include "report/whom.h"

#include <string.h>

/* How well a text fits. */
enum fit {
  FIT_NOT,
  FIT_BEGIN, /* the first letters */
  FIT_WHOLE,
};

/* What was found so far. */
struct search {
  enum fit fit;
  bool is_several;
  struct address address; /* of the first one that fits so well */
  struct whom_instance at;
};

/* Fewer letters of an address are a matter of luck. */
#define ADDRESS_LETTERS 4

static enum fit fit_text(struct slice text, struct slice whole)
{
  if (slice_equal(text, whole)) {
    return FIT_WHOLE;
  }
  return text.n > 0 && text.n < whole.n && memcmp(text.p, whole.p, text.n) == 0 ? FIT_BEGIN
                                                                                : FIT_NOT;
}

static enum fit fit_address(const struct view *v, struct slice text, const struct address *a)
{
  CLEANUP(buf_deinit) struct buf with_onion = {0};
  struct slice whole;

  if (text.n < ADDRESS_LETTERS) {
    return FIT_NOT;
  }
  view_address(v, a, &with_onion);
  whole = slice_of(with_onion.p, ADDRESS_TEXT_SIZE - 1);
  return fit_text(text, whole) == FIT_WHOLE ? FIT_WHOLE : fit_text(text, buf_slice(&with_onion));
}

static enum fit best_fit(const struct view *v, struct slice text, const char *label,
                         const struct address *a)
{
  enum fit by_name = fit_text(text, slice_str(label));
  enum fit by_address = by_name == FIT_WHOLE ? FIT_NOT : fit_address(v, text, a);

  return by_name > by_address ? by_name : by_address;
}

static void note(struct search *s, enum fit fit, const struct address *a, struct whom_instance at)
{
  if (fit == FIT_NOT || fit < s->fit) {
    return;
  }
  if (fit > s->fit) {
    *s = (struct search){.fit = fit, .address = *a, .at = at};
  } else if (!address_equal(a, &s->address)) {
    s->is_several = true;
  }
}

static enum whom_outcome judge(const struct search *s)
{
  return s->fit == FIT_NOT ? WHOM_NOBODY : s->is_several ? WHOM_SEVERAL : WHOM_FOUND;
}

enum whom_outcome whom_service(const struct view *v, struct slice text, size_t *out)
{
  struct search s = {0};

  for (size_t i = 0; i < v->snapshot->n_services; i++) {
    const struct snapshot_service *sv = &v->snapshot->services[i];

    note(&s, best_fit(v, text, sv->label, &sv->address), &sv->address,
         (struct whom_instance){.service = i});
  }
  *out = s.at.service;
  return judge(&s);
}

/* Looks at the instances of one service. */
static void search_service(const struct view *v, size_t service, struct slice text,
                           struct search *s)
{
  const struct snapshot_service *sv = &v->snapshot->services[service];

  for (size_t i = 0; i < sv->n_instances; i++) {
    const struct snapshot_instance *in = &sv->instances[i];

    note(s, best_fit(v, text, in->label, &in->address), &in->address,
         (struct whom_instance){.service = service, .instance = i});
  }
}

/* "SERVICE/INSTANCE". */
static void search_path(const struct view *v, struct slice text, struct search *s)
{
  const uint8_t *slash = text.n == 0 ? NULL : memchr(text.p, '/', text.n);
  size_t before, service;

  if (slash == NULL) {
    return;
  }
  before = (size_t)(slash - text.p);
  if (whom_service(v, slice_of(text.p, before), &service) == WHOM_FOUND) {
    search_service(v, service, slice_skip(text, before + 1), s);
  }
}

enum whom_outcome whom_instance(const struct view *v, struct slice text, struct whom_instance *out)
{
  struct search s = {0};

  for (size_t i = 0; i < v->snapshot->n_services; i++) {
    search_service(v, i, text, &s);
  }
  if (s.fit == FIT_NOT) {
    search_path(v, text, &s);
    s.at.is_chosen = true;
  }
  *out = s.at;
  return judge(&s);
}

bool whom_find(const struct view *v, const struct address *a, size_t n, struct whom_instance *out)
{
  for (size_t i = 0; i < v->snapshot->n_services; i++) {
    const struct snapshot_service *sv = &v->snapshot->services[i];

    for (size_t k = 0; k < sv->n_instances; k++) {
      if (address_equal(&sv->instances[k].address, a) && n-- == 0) {
        *out = (struct whom_instance){.service = i, .instance = k};
        return true;
      }
    }
  }
  return false;
}

const struct snapshot_instance *whom_get(const struct view *v, struct whom_instance at)
{
  return &v->snapshot->services[at.service].instances[at.instance];
}

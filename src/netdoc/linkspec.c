#include "netdoc/linkspec.h"

#include "base/cursor.h"
#include "base/limits.h"

#include <string.h>

/* Bodies of the known types. */
static const size_t sizes[] = {
    [LINKSPEC_IPV4] = 6,
    [LINKSPEC_IPV6] = 18,
    [LINKSPEC_LEGACY_ID] = 20,
    [LINKSPEC_ED25519_ID] = 32,
};

#define N_KNOWN (sizeof sizes / sizeof sizes[0])

static bool is_zero(const uint8_t *p, size_t n)
{
  uint8_t sum = 0;

  for (size_t i = 0; i < n; i++) {
    sum |= p[i];
  }
  return sum == 0;
}

/* Takes one specifier of a known type. */
static int take(uint8_t type, struct slice body, struct linkspec_summary *out)
{
  switch ((enum linkspec_type)type) {
  case LINKSPEC_IPV4:
    out->has_ipv4 = true;
    /* A client cannot connect to address 0 or port 0. */
    return is_zero(body.p, 4) || is_zero(body.p + 4, 2) ? ERR_RANGE : 0;
  case LINKSPEC_IPV6:
    return is_zero(body.p, 16) || is_zero(body.p + 16, 2) ? ERR_RANGE : 0;
  case LINKSPEC_LEGACY_ID:
    out->has_legacy_id = true;
    memcpy(out->legacy_id, body.p, sizeof out->legacy_id);
    return is_zero(body.p, body.n) ? ERR_KEY : 0;
  case LINKSPEC_ED25519_ID:
    out->has_ed25519_id = true;
    memcpy(out->ed25519_id, body.p, sizeof out->ed25519_id);
    return is_zero(body.p, body.n) ? ERR_KEY : 0;
  }
  return 0;
}

/* Reads one specifier; *seen notes the known types. */
static int read_one(struct cursor *c, unsigned *seen, struct linkspec_summary *out)
{
  uint8_t type = cursor_u8(c);
  struct slice body = cursor_take(c, cursor_u8(c));

  if (c->err < 0 || type >= N_KNOWN) {
    return c->err;
  }
  if (body.n != sizes[type]) {
    return ERR_SYNTAX;
  }
  if ((*seen >> type & 1) != 0) {
    return ERR_DUPLICATE;
  }
  *seen |= 1U << type;
  return take(type, body, out);
}

int linkspec_check(struct slice list, struct linkspec_summary *out)
{
  struct cursor c = cursor_from(list);
  unsigned seen = 0;
  size_t n = cursor_u8(&c);

  *out = (struct linkspec_summary){.n = n};
  if (n > LIMIT_LINK_SPECIFIERS) {
    return ERR_TOO_LONG;
  }
  for (size_t i = 0; i < n; i++) {
    TRY(read_one(&c, &seen, out));
  }
  TRY(cursor_finish(&c));
  return out->has_ipv4 && out->has_legacy_id ? 0 : ERR_MISSING;
}

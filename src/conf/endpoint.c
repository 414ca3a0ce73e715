#include "conf/endpoint.h"

#include "base/cursor.h"

#include <arpa/inet.h>
#include <string.h>

#define PORT_MAX 65535

int endpoint_unix(struct slice path, struct endpoint *out)
{
  if (path.n == 0 || memchr(path.p, 0, path.n) != NULL) {
    return ERR_SYNTAX;
  }
  if (path.n >= sizeof out->path) {
    return ERR_TOO_LONG;
  }
  *out = (struct endpoint){.kind = ENDPOINT_UNIX};
  memcpy(out->path, path.p, path.n);
  return 0;
}

int endpoint_tcp(struct slice host, uint64_t port, struct endpoint *out)
{
  struct endpoint e = {.kind = ENDPOINT_TCP, .port = (uint16_t)port};
  struct slice numeric = slice_is(host, "localhost") ? slice_str("127.0.0.1") : host;
  uint8_t scratch[16];

  if (port < 1 || port > PORT_MAX) {
    return ERR_RANGE;
  }
  if (numeric.n == 0 || numeric.n >= sizeof e.host || memchr(numeric.p, 0, numeric.n) != NULL) {
    return ERR_ENCODING;
  }
  memcpy(e.host, numeric.p, numeric.n);
  if (inet_pton(AF_INET, e.host, scratch) != 1 && inet_pton(AF_INET6, e.host, scratch) != 1) {
    return ERR_ENCODING;
  }
  *out = e;
  return 0;
}

/* The place of the last ':' of s, or its length. */
static size_t last_colon(struct slice s)
{
  const uint8_t *found = s.n == 0 ? NULL : memrchr(s.p, ':', s.n);

  return found == NULL ? s.n : (size_t)(found - s.p);
}

int endpoint_parse(struct slice text, struct endpoint *out)
{
  size_t colon = last_colon(text);
  struct slice host = slice_of(text.p, colon);
  uint64_t port;

  if (slice_has_prefix(text, "unix:")) {
    return endpoint_unix(slice_skip(text, strlen("unix:")), out);
  }
  if (colon == text.n || colon == 0) {
    return ERR_SYNTAX;
  }
  if (host.p[0] == '[') {
    if (host.p[host.n - 1] != ']') {
      return ERR_SYNTAX;
    }
    host = slice_of(host.p + 1, host.n - 2);
  } else if (memchr(host.p, ':', host.n) != NULL) {
    return ERR_SYNTAX; /* IPv6 without brackets: where does the port begin? */
  }
  TRY(cursor_parse_decimal(slice_skip(text, colon + 1), PORT_MAX, &port));
  return endpoint_tcp(host, port, out);
}

static void build_unix(const struct endpoint *e, struct buf *out)
{
  buf_addf(out, "unix:%s", e->path);
}

static void build_tcp(const struct endpoint *e, struct buf *out)
{
  bool is_ipv6 = strchr(e->host, ':') != NULL;

  buf_addf(out, is_ipv6 ? "[%s]:%u" : "%s:%u", e->host, e->port);
}

void endpoint_build(const struct endpoint *e, struct buf *out)
{
  switch (e->kind) {
  case ENDPOINT_NONE:
    buf_add_str(out, "none");
    break;
  case ENDPOINT_UNIX:
    build_unix(e, out);
    break;
  case ENDPOINT_TCP:
    build_tcp(e, out);
    break;
  }
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
  if (a->kind != b->kind) {
    return false;
  }
  switch (a->kind) {
  case ENDPOINT_NONE:
    return true;
  case ENDPOINT_UNIX:
    return strcmp(a->path, b->path) == 0;
  case ENDPOINT_TCP:
    return strcmp(a->host, b->host) == 0 && a->port == b->port;
  }
  return false;
}

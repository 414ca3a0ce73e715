#include "io/listeners.h"

#include "control/keyval.h"

#include <string.h>

/* A listener as we can reach it from tor's machine. */
static bool read_listener(struct slice text, struct endpoint *out)
{
  if (endpoint_parse(text, out) < 0) {
    return false;
  }
  if (strcmp(out->host, "0.0.0.0") == 0) {
    return endpoint_tcp(slice_str("127.0.0.1"), out->port, out) == 0;
  }
  if (strcmp(out->host, "::") == 0) {
    return endpoint_tcp(slice_str("::1"), out->port, out) == 0;
  }
  return true;
}

int listeners_init(struct listeners *l, const struct reply *reply)
{
  struct slice list;

  TRY(reply_value(reply, LISTENERS_KEY, &list));
  l->rest = cursor_from(list);
  return 0;
}

bool listeners_next(struct listeners *l, struct endpoint *out)
{
  struct keyval kv;

  while (keyval_next(&l->rest, &kv)) {
    if (read_listener(kv.value, out)) {
      return true;
    }
  }
  return false;
}

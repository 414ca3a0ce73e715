#include "report/json.h"

#include <inttypes.h>

static void begin(struct json *j, const char *key)
{
  buf_add_str(j->out, j->has_item ? ", " : "");
  j->has_item = true;
  if (key != NULL) {
    buf_addf(j->out, "\"%s\": ", key);
  }
}

static void open(struct json *j, const char *key, char bracket)
{
  begin(j, key);
  buf_add_u8(j->out, (uint8_t)bracket);
  j->has_item = false;
}

static void end(struct json *j, char bracket)
{
  buf_add_u8(j->out, (uint8_t)bracket);
  j->has_item = true;
}

void json_object(struct json *j, const char *key)
{
  open(j, key, '{');
}

void json_list(struct json *j, const char *key)
{
  open(j, key, '[');
}

void json_object_end(struct json *j)
{
  end(j, '}');
}

void json_list_end(struct json *j)
{
  end(j, ']');
}

/* Bytes of the UTF-8 character that s begins with (RFC 3629 section 4, without
 * its rarer exclusions), or 0 if it begins with none. */
static size_t character_size(struct slice s)
{
  uint8_t first = s.p[0];
  size_t n = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

  if (first > 0xf4 || n > s.n) {
    return 0;
  }
  for (size_t i = 1; i < n; i++) {
    if ((s.p[i] & 0xc0) != 0x80) {
      return 0;
    }
  }
  return n;
}

static bool is_utf8(struct slice s)
{
  while (s.n > 0) {
    size_t n = character_size(s);

    if (n == 0) {
      return false;
    }
    s = slice_skip(s, n);
  }
  return true;
}

void json_text(struct json *j, const char *key, struct slice value)
{
  uint8_t last = is_utf8(value) ? 0xff : 0x7e;

  begin(j, key);
  buf_add_u8(j->out, '"');
  for (size_t i = 0; i < value.n; i++) {
    uint8_t c = value.p[i];

    if (c == '"' || c == '\\') {
      buf_addf(j->out, "\\%c", c);
    } else if (c < ' ' || c == 0x7f || c > last) {
      buf_addf(j->out, "\\u%04x", c);
    } else {
      buf_add_u8(j->out, c);
    }
  }
  buf_add_u8(j->out, '"');
}

void json_string(struct json *j, const char *key, const char *value)
{
  json_text(j, key, slice_str(value));
}

void json_number(struct json *j, const char *key, int64_t value)
{
  begin(j, key);
  buf_addf(j->out, "%" PRId64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
  begin(j, key);
  buf_add_str(j->out, value ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
  begin(j, key);
  buf_add_str(j->out, "null");
}

void json_time(struct json *j, const char *key, struct wall value)
{
  char text[WALL_TEXT_SIZE];

  wall_format(value, text);
  json_string(j, key, text);
}

void json_milli(struct json *j, const char *key, int64_t value)
{
  uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

  begin(j, key);
  buf_addf(j->out, "%s%" PRIu64 ".%03" PRIu64, value < 0 ? "-" : "", size / 1000, size % 1000);
}

void json_micro(struct json *j, const char *key, uint64_t value)
{
  begin(j, key);
  buf_addf(j->out, "%" PRIu64 ".%06" PRIu64, value / 1000000, value % 1000000);
}

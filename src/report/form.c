#include "report/form.h"

#include "base/cursor.h"

#define WIDTH_MAX 10000

int form_parse(struct slice text, struct form *out)
{
  struct cursor c = cursor_from(text);

  *out = (struct form){0};
  if (cursor_accept(&c, "json")) {
    out->is_json = true;
    return cursor_finish(&c);
  }
  cursor_expect(&c, "text");
  if (cursor_accept(&c, ":")) {
    out->width = (unsigned)cursor_decimal(&c, WIDTH_MAX);
    out->has_colour = cursor_accept(&c, ":colour");
  }
  return cursor_finish(&c);
}

void form_build(const struct form *f, struct buf *out)
{
  buf_add_str(out, f->is_json ? "json" : "text");
  if (!f->is_json && (f->width > 0 || f->has_colour)) {
    buf_addf(out, ":%u%s", f->width, f->has_colour ? ":colour" : "");
  }
}

void form_text(struct slice text, struct buf *out)
{
  for (size_t i = 0; i < text.n; i++) {
    if (text.p[i] >= ' ' && text.p[i] <= '~') {
      buf_add_u8(out, text.p[i]);
    } else {
      buf_addf(out, "\\x%02X", text.p[i]);
    }
  }
}

void form_add(const struct form *f, enum form_tone tone, struct slice text, struct buf *out)
{
  static const char *const codes[] = {
      [FORM_PLAIN] = "",        [FORM_STRONG] = "\x1b[1m", [FORM_GOOD] = "\x1b[32m",
      [FORM_WARN] = "\x1b[33m", [FORM_BAD] = "\x1b[31m",
  };
  bool is_toned = f->has_colour && tone != FORM_PLAIN;

  buf_add_str(out, is_toned ? codes[tone] : "");
  form_text(text, out);
  buf_add_str(out, is_toned ? "\x1b[0m" : "");
}

void form_span(int64_t ms, struct buf *out)
{
  static const struct {
    int64_t ms;
    const char *name;
    const char *below;
    int64_t below_ms;
  } units[] = {
      {86400000, "d", "h", 3600000},
      {3600000, "h", "min", 60000},
      {60000, "min", "s", 1000},
      {1000, "s", NULL, 0},
  };

  if (ms > 0 && ms < 1000) {
    buf_addf(out, "%lld ms", (long long)ms);
    return;
  }
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    int64_t rest = ms % units[i].ms;

    if (ms < units[i].ms) {
      continue;
    }
    buf_addf(out, "%lld %s", (long long)(ms / units[i].ms), units[i].name);
    if (units[i].below != NULL && rest >= units[i].below_ms) {
      buf_addf(out, " %lld %s", (long long)(rest / units[i].below_ms), units[i].below);
    }
    return;
  }
  buf_add_str(out, "0 s");
}

void form_percent(unsigned millionths, struct buf *out)
{
  unsigned tenths = (millionths + 500) / 1000;

  buf_addf(out, "%u.%u %%", tenths / 10, tenths % 10);
}

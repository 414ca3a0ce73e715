#include "tools/notice.h"

#include <unistd.h>

void notice_text(const struct notice *n, enum log_level level, struct slice text)
{
  if (level >= n->least) {
    (void)!write(n->fd, text.p, text.n);
  }
}

void notice_write(const struct notice *n, enum log_level level, const char *fmt, ...)
{
  struct buf line CLEANUP(buf_deinit) = {0};
  va_list ap;

  buf_addf(&line, "[%s]: ", log_level_name(level));
  va_start(ap, fmt);
  buf_addv(&line, fmt, ap);
  va_end(ap);
  for (size_t i = 0; i < line.n; i++) {
    line.p[i] = line.p[i] < ' ' || line.p[i] == 0x7f ? '?' : line.p[i];
  }
  buf_add_u8(&line, '\n');
  notice_text(n, level, buf_slice(&line));
}

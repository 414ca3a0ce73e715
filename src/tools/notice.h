/* What onionbalance-config says on the way: "[INFO]: text" to stderr. */
#ifndef TOOLS_NOTICE_H
#define TOOLS_NOTICE_H

#include "base/log.h"

/* A value. */
struct notice {
  int fd;
  enum log_level least; /* what is below is not written */
};

/* Writes one line. Control characters, which a path may have, become '?'. */
void notice_write(const struct notice *n, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes a text of several lines as it is, if that level is written. */
void notice_text(const struct notice *n, enum log_level level, struct slice text);

#endif

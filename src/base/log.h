/* Log levels and lines. Pure code returns lines; the shell writes them. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"
#include "base/wall.h"

enum log_level {
  LOG_LEVEL_DEBUG,
  LOG_LEVEL_INFO,
  LOG_LEVEL_WARNING,
  LOG_LEVEL_ERROR,
  LOG_LEVEL_CRITICAL,
};

/* "DEBUG" ... "CRITICAL". */
const char *log_level_name(enum log_level level);

/* Reads one of debug, info, warning (or warn), error, critical (or fatal) in
 * any case. ERR_SYNTAX for any other word. */
int log_level_parse(struct slice text, enum log_level *out) MUST_USE;

/* Appends one line, "2026-11-22 15:44:40,569 [LEVEL]: text\n". Bytes of the
 * text that are not printable ASCII are written as \xHH, so that hostile
 * input can neither end the line nor reach a terminal. The time stands in
 * the zone that the caller has already added to t. */
void log_line_build(struct wall t, int ms, enum log_level level, struct slice text,
                    struct buf *out);

#endif

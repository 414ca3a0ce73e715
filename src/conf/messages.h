/* What there is to say about a configuration file: errors and warnings with
 * their places, gathered so that one pass reports all of them. */
#ifndef CONF_MESSAGES_H
#define CONF_MESSAGES_H

#include "base/log.h"

/* A place in a file: line and column count from 1; line 0 means the file as a
 * whole. */
struct place {
  uint32_t line;
  uint32_t column;
};

struct message {
  struct place place;
  enum log_level level; /* LOG_LEVEL_WARNING or LOG_LEVEL_ERROR */
  char *text;           /* printable ASCII, NUL-terminated */
};

/* Owns its items and the name. At most LIMIT_CONFIG_MESSAGES are kept; later
 * ones are only counted. */
struct messages {
  char *file;
  struct message *items;
  size_t n;
  size_t cap;
  size_t n_errors; /* all errors, those not kept included */
  size_t n_left_out;
};

/* An empty list about a file of that name; freed by messages_deinit. */
void messages_init(struct messages *m, const char *file);
void messages_deinit(struct messages *m);

/* Adds an error or a warning. Text from input goes in only by
 * messages_quote. */
void messages_error(struct messages *m, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void messages_warn(struct messages *m, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends the value in double quotes, what is not printable ASCII as \xHH,
 * and a long one cut. */
void messages_quote(struct slice value, struct buf *out);

/* Brings the messages into the order of their places. */
void messages_sort(struct messages *m);

/* Appends the i-th message as "FILE:LINE:COL: text", or "FILE: text" where
 * there is no place, without a newline. */
void messages_format(const struct messages *m, size_t i, struct buf *out);

#endif

/* Writes JSON: the commas and the quoting. Separators are ", " and ": ", as in
 * the document of the status socket. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "base/buf.h"
#include "base/wall.h"

/* Borrows out for its life. */
struct json {
  struct buf *out;
  bool has_item; /* the list or object that is open has one already */
};

/* A value begins: key is its name in an object, NULL in a list or outside. */
void json_object(struct json *j, const char *key);
void json_list(struct json *j, const char *key);

/* The object or list that was opened last ends. */
void json_object_end(struct json *j);
void json_list_end(struct json *j);

/* Whole values. Text that is not UTF-8 is written as if it were Latin-1;
 * control characters are escaped. A time is "2026-11-22 15:44:40", UTC. */
void json_text(struct json *j, const char *key, struct slice value);
void json_string(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
void json_time(struct json *j, const char *key, struct wall value);

/* Millionths as a decimal fraction: 1234 as 0.001234. */
void json_micro(struct json *j, const char *key, uint64_t value);

/* Thousandths as a decimal fraction: 1234 as 1.234. */
void json_milli(struct json *j, const char *key, int64_t value);

#endif

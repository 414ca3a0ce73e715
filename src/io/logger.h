/* Where log lines go: stderr, or a file that is appended to and can be
 * reopened after logrotate has moved it. */
#ifndef IO_LOGGER_H
#define IO_LOGGER_H

#include "base/log.h"

struct logger;

/* Writes lines of that level and above to stderr. The caller frees it with
 * logger_free. */
struct logger *logger_new(enum log_level level);
void logger_free(struct logger *l);

/* From now on appends to the file at path, made if it is missing. ERR_IO with
 * errno set; lines then go where they went before. */
int logger_open(struct logger *l, const char *path) MUST_USE;

/* The file at path, opened to append to it. ERR_IO with errno set. */
int logger_open_file(const char *path) MUST_USE;

/* Opens the same path again; nothing to do for stderr. Errors as above. */
int logger_reopen(struct logger *l) MUST_USE;

/* Whether onion addresses are left out of lines of level info and below; they
 * are not at first. */
void logger_set_scrub(struct logger *l, bool is_on);

/* From now on writes lines of that level and above. */
void logger_set_level(struct logger *l, enum log_level level);

/* From now on also gives each line of level warning or above, written or not,
 * to hear; NULL: to nobody. */
void logger_set_ear(struct logger *l,
                    void (*hear)(void *ctx, enum log_level level, struct slice text), void *ctx);

/* True if a line of that level would be written: to spare the work of making
 * it. */
bool logger_has(const struct logger *l, enum log_level level);

/* One line: local time, level, text (log_line_build says how). A failure to
 * write is not reported: there is nowhere to report it. */
void logger_write(struct logger *l, enum log_level level, struct slice text);
void logger_writef(struct logger *l, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif

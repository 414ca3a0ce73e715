/* Small values of the configuration: durations, ranges, yes and no. */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

/* Milliseconds of a whole number with its unit behind it: "500ms", "20s",
 * "5m", "1h". ERR_SYNTAX: another form; ERR_RANGE: over a year. */
int value_duration(struct slice text, int64_t *ms_out) MUST_USE;

/* Appends a duration in the largest unit that leaves a whole number. */
void value_duration_build(int64_t ms, struct buf *out);

/* "200" or "200-399", both ends from low to high. ERR_SYNTAX: another form;
 * ERR_RANGE: an end is out of range, or the first above the last. */
int value_range(struct slice text, const unsigned bounds[2], unsigned out[2]) MUST_USE;

/* "true", "yes", "on"; "false", "no", "off". ERR_SYNTAX: something else. */
int value_flag(struct slice text, bool *out) MUST_USE;

#endif

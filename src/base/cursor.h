/* The one reader of input, for bytes and for text.
 *
 * A cursor remembers its first error: after that every read returns zero or
 * an empty slice and does not move, so a parser reads what it needs and asks
 * for the error once, before it believes anything it read. */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/err.h"
#include "base/slice.h"

struct cursor {
  const uint8_t *at;
  const uint8_t *end;
  int err; /* 0 or the first error */
};

/* A cursor at the begin of s. Borrows what s borrows. */
struct cursor cursor_from(struct slice s);

/* Bytes not read yet; 0 after an error. */
size_t cursor_left(const struct cursor *c);

/* Notes an error, if there is none yet. */
void cursor_fail(struct cursor *c, int err);

/* 0 if there was no error and everything has been read; otherwise the error,
 * ERR_SYNTAX for bytes left over. */
int cursor_finish(const struct cursor *c) MUST_USE;

/* Big-endian integers; ERR_TRUNCATED past the end. */
uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);

/* The next n bytes, borrowed; ERR_TRUNCATED if there are fewer. */
struct slice cursor_take(struct cursor *c, size_t n);

/* Copies the next n bytes to out (zeros after an error). */
void cursor_copy(struct cursor *c, void *out, size_t n);

/* Everything that is left. */
struct slice cursor_rest(struct cursor *c);

/* A cursor over the next n bytes alone; this one moves behind them. */
struct cursor cursor_sub(struct cursor *c, size_t n);

/* The text up to the next '\n' or the end, without it; the cursor moves
 * behind the '\n'. At the end: ERR_TRUNCATED. */
struct slice cursor_line(struct cursor *c);

/* The text up to the next ' ' or the end, and moves behind that one space. At
 * the end: an empty slice, no error. */
struct slice cursor_word(struct cursor *c);

/* Reads the given text, or fails with ERR_SYNTAX. */
void cursor_expect(struct cursor *c, const char *text);

/* True, and moves behind it, if the given text comes next. */
bool cursor_accept(struct cursor *c, const char *text);

/* A decimal number of digits only, without leading '+', up to the first
 * other byte. No digit: ERR_SYNTAX; more than max: ERR_RANGE. */
uint64_t cursor_decimal(struct cursor *c, uint64_t max);

/* The whole of s as a decimal number from 0 to max. */
int cursor_parse_decimal(struct slice s, uint64_t max, uint64_t *out) MUST_USE;

#endif

#include "signer/paper.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "signer/proof.h"

#include <sodium.h>
#include <string.h>

#define ROW_BYTES 8
#define ROW_WORDS (ROW_BYTES / 2)
#define WORD_SIZE 5
#define SEED_ROWS (ED25519_SEED_SIZE / ROW_BYTES)
#define ROWS_MAX  (ED25519_EXPANDED_SIZE / ROW_BYTES)

/* A proquint is one of each, in turn: 4, 2, 4, 2 and 4 bits. */
static const char consonants[] = "bdfghjklmnprstvz";
static const char vowels[] = "aiou";

/* What is on the paper besides the address. */
struct kind {
  const char *title; /* the first line, and the begin of what check words are made of */
  const char *name;  /* the last word of it */
  size_t rows;
};

static const struct kind seed_kind = {"onionbalance-key 1 seed", "seed", SEED_ROWS};
static const struct kind expanded_kind = {"onionbalance-key 1 expanded", "expanded", ROWS_MAX};

/* ---- words ---- */

static void write_word(const uint8_t *in, char out[WORD_SIZE])
{
  unsigned value = (unsigned)in[0] << 8 | in[1];

  out[0] = consonants[value >> 12];
  out[1] = vowels[value >> 10 & 3];
  out[2] = consonants[value >> 6 & 15];
  out[3] = vowels[value >> 4 & 3];
  out[4] = consonants[value & 15];
}

static uint8_t lower(uint8_t c)
{
  return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool read_word(struct slice word, uint8_t out[2])
{
  unsigned value = 0;

  if (word.n != WORD_SIZE) {
    return false;
  }
  for (size_t i = 0; i < WORD_SIZE; i++) {
    const char *set = i % 2 == 0 ? consonants : vowels;
    uint8_t c = lower(word.p[i]);
    const char *at = c == '\0' ? NULL : strchr(set, c);

    if (at == NULL) {
      return false;
    }
    value = (value << (i % 2 == 0 ? 4 : 2)) | (unsigned)(at - set);
  }
  out[0] = (uint8_t)(value >> 8);
  out[1] = (uint8_t)value;
  return true;
}

/* The two bytes of a row's check word; row counts from 1. */
static void make_check(struct suite *s, const struct kind *kind, size_t row, const uint8_t *bytes,
                       uint8_t out[2])
{
  uint8_t number = (uint8_t)row;
  const struct slice parts[] = {slice_str(kind->title), slice_of(&number, 1),
                                slice_of(bytes, ROW_BYTES)};
  uint8_t digest[SHA256_SIZE];

  suite_sha256(s, parts, sizeof parts / sizeof parts[0], digest);
  memcpy(out, digest, 2);
  sodium_memzero(digest, sizeof digest);
}

/* ---- building ---- */

/* Where the text goes on. Everything has room: the formats are fixed. */
struct writer {
  char *at;
};

static void put(struct writer *w, const char *text)
{
  size_t n = strlen(text);

  memcpy(w->at, text, n);
  w->at += n;
}

static void put_word(struct writer *w, const uint8_t *bytes)
{
  *w->at++ = ' ';
  write_word(bytes, w->at);
  w->at += WORD_SIZE;
}

static void put_row(struct suite *s, const struct kind *kind, size_t row, const uint8_t *bytes,
                    struct writer *w)
{
  uint8_t check[2];

  *w->at++ = (char)('0' + row);
  for (size_t i = 0; i < ROW_WORDS; i++) {
    put_word(w, bytes + i * 2);
  }
  make_check(s, kind, row, bytes, check);
  put_word(w, check);
  *w->at++ = '\n';
}

size_t paper_build(struct suite *s, const struct keyfile_key *key, struct secret *out)
{
  const struct kind *kind = key->has_seed ? &seed_kind : &expanded_kind;
  const uint8_t *bytes = key->has_seed ? key->seed : key->expanded;
  struct writer w = {(char *)secret_bytes(out)};
  char onion[ONION_TEXT_SIZE];

  onion_format(s, key->public_key, onion);
  put(&w, kind->title);
  put(&w, "\naddress ");
  put(&w, onion);
  put(&w, "\n");
  for (size_t row = 1; row <= kind->rows; row++) {
    put_row(s, kind, row, bytes + (row - 1) * ROW_BYTES, &w);
  }
  suite_forget(s);
  return (size_t)(w.at - (char *)secret_bytes(out));
}

/* ---- reading ---- */

struct reader {
  struct suite *suite;
  struct cursor c;
  struct buf *why;
};

static int fail(struct reader *r, int err, const char *text)
{
  buf_add_str(r->why, text);
  return err;
}

static bool is_gap(uint8_t c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-';
}

/* The next byte, which stays; 0 at the end. */
static uint8_t peek(const struct reader *r)
{
  struct cursor c = r->c;

  return cursor_left(&c) == 0 ? 0 : cursor_u8(&c);
}

static void skip_gap(struct reader *r)
{
  while (cursor_left(&r->c) > 0 && (is_gap(peek(r)) || peek(r) == '#')) {
    if (peek(r) == '#') {
      (void)cursor_line(&r->c);
    } else {
      (void)cursor_u8(&r->c);
    }
  }
}

/* What stands up to the next gap; empty at the end. Borrowed. */
static struct slice next_token(struct reader *r)
{
  struct cursor begin;
  size_t n = 0;

  skip_gap(r);
  begin = r->c;
  while (cursor_left(&r->c) > 0 && !is_gap(peek(r)) && peek(r) != '#') {
    (void)cursor_u8(&r->c);
    n++;
  }
  return cursor_take(&begin, n);
}

/* Of either case; text is in lower case. */
static bool is_token(struct slice token, const char *text)
{
  if (token.n != strlen(text)) {
    return false;
  }
  for (size_t i = 0; i < token.n; i++) {
    if (lower(token.p[i]) != (uint8_t)text[i]) {
      return false;
    }
  }
  return true;
}

static int read_title(struct reader *r, const struct kind **out)
{
  struct slice name;

  if (!is_token(next_token(r), "onionbalance") || !is_token(next_token(r), "key")) {
    return fail(r, ERR_SYNTAX, "does not begin with 'onionbalance-key'");
  }
  if (!is_token(next_token(r), "1")) {
    return fail(r, ERR_SYNTAX, "is of a version that is not known here");
  }
  name = next_token(r);
  *out = is_token(name, seed_kind.name)       ? &seed_kind
         : is_token(name, expanded_kind.name) ? &expanded_kind
                                              : NULL;
  return *out == NULL ? fail(r, ERR_SYNTAX, "says neither 'seed' nor 'expanded' in its first line")
                      : 0;
}

static int read_address(struct reader *r, struct slice *out)
{
  if (!is_token(next_token(r), "address")) {
    return fail(r, ERR_SYNTAX, "does not say 'address' and the onion address in its second line");
  }
  *out = next_token(r);
  return 0;
}

static int read_row(struct reader *r, const struct kind *kind, size_t row, uint8_t *bytes)
{
  uint8_t check[2] = {0}, wanted[2];
  struct slice number = next_token(r);

  if (number.n == 0) {
    buf_addf(r->why, "ends before row %zu", row);
    return ERR_MISSING;
  }
  if (number.n != 1 || number.p[0] != '0' + row) {
    buf_addf(r->why, "has something else where row %zu should begin with its number", row);
    return ERR_SYNTAX;
  }
  for (size_t i = 0; i <= ROW_WORDS; i++) {
    struct slice word = next_token(r);

    if (!read_word(word, i < ROW_WORDS ? bytes + i * 2 : check)) {
      buf_addf(r->why,
               word.n == 0 ? "ends in row %zu before word %zu"
                           : "has a mistyped word: row %zu, word %zu",
               row, i + 1);
      return word.n == 0 ? ERR_MISSING : ERR_SYNTAX;
    }
  }
  make_check(r->suite, kind, row, bytes, wanted);
  if (memcmp(check, wanted, sizeof check) == 0) {
    return 0;
  }
  buf_addf(r->why,
           "has a wrong word in row %zu: the last one, which checks the others, does not fit", row);
  return ERR_MISMATCH;
}

/* The key of what has been read. */
static int take_key(struct reader *r, struct slice address, struct keyfile_key *key)
{
  if (key->has_seed) {
    ed25519_expand(key->seed, key->expanded);
  }
  if (ed25519_is_pair(key->expanded) || ed25519_public_of(key->expanded, key->public_key) < 0) {
    return fail(r, ERR_KEY, "holds a key that would give itself away with its first signature");
  }
  return proof_is_address(r->suite, key->public_key, address)
             ? 0
             : fail(r, ERR_MISMATCH, "is the key of another address than the one in it");
}

static int read_all(struct reader *r, struct keyfile_key *key)
{
  const struct kind *kind = NULL;
  struct slice address = {0};
  uint8_t *bytes;

  TRY(read_title(r, &kind));
  TRY(read_address(r, &address));
  key->has_seed = kind == &seed_kind;
  bytes = key->has_seed ? key->seed : key->expanded;
  for (size_t row = 1; row <= kind->rows; row++) {
    TRY(read_row(r, kind, row, bytes + (row - 1) * ROW_BYTES));
  }
  if (next_token(r).n > 0) {
    return fail(r, ERR_SYNTAX, "goes on after its last row");
  }
  return take_key(r, address, key);
}

int paper_parse(struct suite *s, struct slice text, struct keyfile_key *key, struct buf *why)
{
  struct reader r = {s, cursor_from(text), why};
  int err;

  sodium_memzero(key, sizeof *key);
  err = text.n > LIMIT_PAPER_BYTES ? fail(&r, ERR_TOO_LONG, "is too long") : read_all(&r, key);
  suite_forget(s);
  if (err < 0) {
    sodium_memzero(key, sizeof *key);
  }
  return err;
}

#include "control/command.h"

#include "base/base32.h"
#include "base/cursor.h"
#include "base/hex.h"
#include "base/limits.h"
#include "control/keyval.h"

#include <assert.h>
#include <string.h>

#define END_OF_LINE "\r\n"
#define END_OF_DATA ".\r\n"

/* Key, checksum and version of an onion address. */
#define ADDRESS_BYTES 35

void command_protocolinfo(struct buf *out)
{
  buf_add_str(out, "PROTOCOLINFO 1" END_OF_LINE);
}

void command_authenticate(struct slice proof, struct buf *out)
{
  buf_add_str(out, proof.n > 0 ? "AUTHENTICATE " : "AUTHENTICATE");
  hex_build(proof, out);
  buf_add_str(out, END_OF_LINE);
}

int command_authenticate_password(struct slice password, struct buf *out)
{
  size_t before = out->n;
  int err;

  buf_add_str(out, "AUTHENTICATE ");
  err = keyval_quote(password, out);
  if (err < 0) {
    out->n = before;
    return err;
  }
  buf_add_str(out, END_OF_LINE);
  return 0;
}

void command_authchallenge(const uint8_t nonce[COMMAND_NONCE_SIZE], struct buf *out)
{
  buf_add_str(out, "AUTHCHALLENGE SAFECOOKIE ");
  hex_build(slice_of(nonce, COMMAND_NONCE_SIZE), out);
  buf_add_str(out, END_OF_LINE);
}

static void add_words(const char *keyword, const char *words, struct buf *out)
{
  assert(strpbrk(words, "\r\n") == NULL);
  buf_add_str(out, keyword);
  if (*words != '\0') {
    buf_add_u8(out, ' ');
    buf_add_str(out, words);
  }
  buf_add_str(out, END_OF_LINE);
}

void command_getinfo(const char *keys, struct buf *out)
{
  add_words("GETINFO", keys, out);
}

void command_getconf(const char *keys, struct buf *out)
{
  add_words("GETCONF", keys, out);
}

void command_setevents(const char *events, struct buf *out)
{
  add_words("SETEVENTS", events, out);
}

void command_signal(const char *name, struct buf *out)
{
  add_words("SIGNAL", name, out);
}

static int check_address(struct slice address)
{
  uint8_t bytes[ADDRESS_BYTES];

  return base32_parse(address, bytes, sizeof bytes);
}

static void add_servers(const uint8_t (*servers)[COMMAND_FINGERPRINT_SIZE], size_t n,
                        struct buf *out)
{
  for (size_t i = 0; i < n; i++) {
    buf_add_str(out, " SERVER=");
    hex_build(slice_of(servers[i], COMMAND_FINGERPRINT_SIZE), out);
  }
}

int command_hsfetch(struct slice address, const uint8_t (*servers)[COMMAND_FINGERPRINT_SIZE],
                    size_t n, struct buf *out)
{
  TRY(check_address(address));
  buf_add_str(out, "HSFETCH ");
  buf_add_slice(out, address);
  add_servers(servers, n, out);
  buf_add_str(out, END_OF_LINE);
  return 0;
}

/* A text as a data block: CRLF at the end of each line, a dot before each line
 * that begins with one (CmdData of control-spec.txt section 2.2). */
static void add_data(struct slice text, struct buf *out)
{
  struct cursor c = cursor_from(text);

  buf_reserve(out, text.n + text.n / 32);
  while (cursor_left(&c) > 0) {
    struct slice line = cursor_line(&c);

    buf_add_str(out, slice_has_prefix(line, ".") ? "." : "");
    buf_add_slice(out, line);
    buf_add_str(out, END_OF_LINE);
  }
  buf_add_str(out, END_OF_DATA);
}

int command_hspost(const struct command_post *post, struct buf *out)
{
  size_t before = out->n;

  TRY(check_address(post->address));
  if (post->n_servers == 0) {
    return ERR_MISSING;
  }
  if (post->body.n > LIMIT_CONTROL_COMMAND_BYTES) {
    return ERR_TOO_LONG;
  }
  buf_add_str(out, "+HSPOST");
  add_servers(post->servers, post->n_servers, out);
  buf_add_str(out, " HSADDRESS=");
  buf_add_slice(out, post->address);
  buf_add_str(out, END_OF_LINE);
  add_data(post->body, out);
  if (out->n - before > LIMIT_CONTROL_COMMAND_BYTES) {
    out->n = before;
    return ERR_TOO_LONG;
  }
  return 0;
}

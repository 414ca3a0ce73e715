#include "control/auth.h"

#include "base/hex.h"
#include "base/limits.h"
#include "control/keyval.h"

#include <sodium.h>
#include <string.h>

/* Keys of the two HMACs (control-spec.txt section 3.24). */
#define SERVER_KEY "Tor safe cookie authentication server-to-controller hash"
#define CLIENT_KEY "Tor safe cookie authentication controller-to-server hash"

static const char *const method_names[] = {
    [AUTH_NONE] = "NULL",
    [AUTH_SAFECOOKIE] = "SAFECOOKIE",
    [AUTH_COOKIE] = "COOKIE",
    [AUTH_PASSWORD] = "HASHEDPASSWORD",
    [AUTH_IMPOSSIBLE] = "none in common",
};

const char *auth_method_text(enum auth_method m)
{
  return method_names[m];
}

void auth_deinit(struct auth *a)
{
  buf_deinit(&a->methods);
  buf_deinit(&a->cookie_path);
  buf_deinit(&a->version);
  *a = (struct auth){0};
}

static void note_method(struct auth *a, struct slice name)
{
  for (size_t i = 0; i < AUTH_IMPOSSIBLE; i++) {
    if (slice_is(name, method_names[i])) {
      a->has_method[i] = true;
    }
  }
}

/* "COOKIE,SAFECOOKIE" */
static void note_methods(struct auth *a, struct slice list)
{
  size_t begin = 0;

  buf_add_slice(&a->methods, list);
  for (size_t i = 0; i <= list.n; i++) {
    if (i == list.n || list.p[i] == ',') {
      note_method(a, slice_of(list.p + begin, i - begin));
      begin = i + 1;
    }
  }
}

/* The name of a file that we are going to open because somebody on the network
 * says so: at least it has to be a possible one. */
static int read_cookie_path(struct auth *a, const struct keyval *kv)
{
  TRY(keyval_text(kv, &a->cookie_path));
  if (a->cookie_path.n > LIMIT_CONTROL_PATH_BYTES) {
    return ERR_TOO_LONG;
  }
  if (!slice_has_prefix(buf_slice(&a->cookie_path), "/") ||
      memchr(a->cookie_path.p, 0, a->cookie_path.n) != NULL) {
    return ERR_SYNTAX;
  }
  return 0;
}

static int read_auth_line(struct auth *a, struct cursor *c)
{
  struct keyval kv;

  if (a->methods.n > 0) {
    return ERR_DUPLICATE;
  }
  while (keyval_next(c, &kv)) {
    if (slice_is(kv.key, "METHODS")) {
      note_methods(a, kv.value);
    } else if (slice_is(kv.key, "COOKIEFILE") && a->cookie_path.n == 0) {
      TRY(read_cookie_path(a, &kv));
    }
  }
  TRY(c->err);
  return a->methods.n > 0 ? 0 : ERR_MISSING;
}

static int read_version_line(struct auth *a, struct cursor *c)
{
  struct keyval kv;

  buf_clear(&a->version);
  TRY(keyval_find(cursor_rest(c), "Tor", &kv));
  return keyval_text(&kv, &a->version);
}

static int read_line(struct auth *a, struct slice text)
{
  struct cursor c = cursor_from(text);

  if (cursor_accept(&c, "AUTH ")) {
    return read_auth_line(a, &c);
  }
  if (cursor_accept(&c, "VERSION ")) {
    return read_version_line(a, &c);
  }
  return 0;
}

static int read_lines(struct auth *a, const struct reply *r)
{
  if (!slice_is(r->lines[0].text, "PROTOCOLINFO 1")) {
    return slice_has_prefix(r->lines[0].text, "PROTOCOLINFO ") ? ERR_UNSUPPORTED : ERR_SYNTAX;
  }
  for (size_t i = 1; i < r->n_lines; i++) {
    TRY(read_line(a, r->lines[i].text));
  }
  return a->methods.n > 0 ? 0 : ERR_MISSING;
}

int auth_parse(const struct reply *r, struct auth *out)
{
  int err;

  *out = (struct auth){0};
  err = read_lines(out, r);
  if (err < 0) {
    auth_deinit(out);
  }
  return err;
}

bool auth_wants_cookie(const struct auth *a)
{
  return !a->has_method[AUTH_NONE] && a->cookie_path.n > 0 &&
         (a->has_method[AUTH_SAFECOOKIE] || a->has_method[AUTH_COOKIE]);
}

enum auth_method auth_choose(const struct auth *a, bool has_cookie, bool has_password)
{
  const bool is_possible[AUTH_IMPOSSIBLE] = {[AUTH_NONE] = true,
                                             [AUTH_SAFECOOKIE] = has_cookie,
                                             [AUTH_COOKIE] = has_cookie,
                                             [AUTH_PASSWORD] = has_password};

  for (size_t i = 0; i < AUTH_IMPOSSIBLE; i++) {
    if (a->has_method[i] && is_possible[i]) {
      return (enum auth_method)i;
    }
  }
  return AUTH_IMPOSSIBLE;
}

static int read_hex(struct slice line, const char *key, uint8_t *out, size_t n)
{
  struct keyval kv;

  TRY(keyval_find(line, key, &kv));
  return hex_parse(kv.value, out, n);
}

int auth_challenge_parse(const struct reply *r, struct auth_challenge *out)
{
  struct cursor c = cursor_from(r->lines[0].text);
  struct slice line;

  cursor_expect(&c, "AUTHCHALLENGE ");
  line = cursor_rest(&c);
  TRY(c.err);
  TRY(read_hex(line, "SERVERHASH", out->server_hash, sizeof out->server_hash));
  return read_hex(line, "SERVERNONCE", out->server_nonce, sizeof out->server_nonce);
}

int auth_answer(struct suite *s, const struct auth_exchange *x, const struct auth_challenge *c,
                uint8_t hash_out[AUTH_HASH_SIZE])
{
  uint8_t message[AUTH_COOKIE_SIZE + 2 * COMMAND_NONCE_SIZE];
  uint8_t expected[AUTH_HASH_SIZE];
  struct slice whole = slice_of(message, sizeof message);
  bool is_right;

  memcpy(message, x->cookie, AUTH_COOKIE_SIZE);
  memcpy(message + AUTH_COOKIE_SIZE, x->client_nonce, COMMAND_NONCE_SIZE);
  memcpy(message + AUTH_COOKIE_SIZE + COMMAND_NONCE_SIZE, c->server_nonce, COMMAND_NONCE_SIZE);
  suite_hmac_sha256(s, slice_str(SERVER_KEY), whole, expected);
  is_right = sodium_memcmp(expected, c->server_hash, sizeof expected) == 0;
  memset(hash_out, 0, AUTH_HASH_SIZE);
  if (is_right) {
    suite_hmac_sha256(s, slice_str(CLIENT_KEY), whole, hash_out);
  }
  explicit_bzero(message, sizeof message);
  explicit_bzero(expected, sizeof expected);
  return is_right ? 0 : ERR_MAC;
}

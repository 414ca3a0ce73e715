#include "hs/desc_plain.h"

#include "base/base64.h"
#include "hs/desc_crypt.h"
#include "netdoc/token.h"

#include <stdio.h>
#include <string.h>

/* Largest version of a protocol (tor's protover.c). */
#define LAST_PROTOCOL_VERSION 63

enum {
  MIDDLE_AUTH_TYPE,
  MIDDLE_EPHEMERAL_KEY,
  MIDDLE_CLIENT,
  MIDDLE_ENCRYPTED,
  N_MIDDLE,
};

static const struct token_rule middle_rules[N_MIDDLE] = {
    [MIDDLE_AUTH_TYPE] = {.keyword = "desc-auth-type", .min_args = 1},
    [MIDDLE_EPHEMERAL_KEY] = {.keyword = "desc-auth-ephemeral-key", .min_args = 1},
    [MIDDLE_CLIENT] = {.keyword = "auth-client", .min_args = 3, .count = TOKEN_ANY},
    [MIDDLE_ENCRYPTED] = {.keyword = "encrypted", .label = "MESSAGE"},
};

enum {
  INNER_CREATE2,
  INNER_AUTH,
  INNER_SINGLE,
  INNER_FLOW,
  INNER_POW,
  N_INNER,
};

static const struct token_rule inner_rules[N_INNER] = {
    [INNER_CREATE2] = {.keyword = "create2-formats", .min_args = 1},
    [INNER_AUTH] = {.keyword = "intro-auth-required", .min_args = 1, .count = TOKEN_AT_MOST_ONCE},
    [INNER_SINGLE] = {.keyword = "single-onion-service", .count = TOKEN_AT_MOST_ONCE},
    [INNER_FLOW] = {.keyword = "flow-control", .min_args = 2, .count = TOKEN_AT_MOST_ONCE},
    [INNER_POW] = {.keyword = "pow-params", .min_args = 1, .count = TOKEN_ANY},
};

/* The text up to the first NUL: the rest is padding. */
static struct slice without_padding(struct slice plain)
{
  const uint8_t *nul = plain.n == 0 ? NULL : memchr(plain.p, 0, plain.n);

  return nul == NULL ? plain : slice_of(plain.p, (size_t)(nul - plain.p));
}

int desc_plain_middle(struct slice plain, struct slice *encrypted_out)
{
  struct token found[N_MIDDLE];
  struct slice type;

  TRY(token_collect(without_padding(plain), middle_rules, N_MIDDLE, found));
  if (!token_arg(&found[MIDDLE_AUTH_TYPE].args, &type) || !slice_is(type, "x25519")) {
    return ERR_UNSUPPORTED;
  }
  *encrypted_out = found[MIDDLE_ENCRYPTED].object;
  return 0;
}

/* Decodes and decrypts one layer, appending its plaintext. */
static int open_layer(const struct desc_crypt *crypt, enum desc_layer layer, struct slice lines,
                      struct buf *out)
{
  CLEANUP(buf_deinit) struct buf sealed = {0};

  TRY(base64_parse_lines(lines, &sealed));
  return desc_crypt_open(crypt, layer, buf_slice(&sealed), out);
}

int desc_plain_open(struct suite *s, const struct desc_outer *outer,
                    const uint8_t subcredential[SUBCREDENTIAL_SIZE], struct buf *inner_out)
{
  CLEANUP(buf_deinit) struct buf middle = {0};
  struct desc_crypt crypt;
  struct slice encrypted;

  desc_crypt_init(&crypt, s, outer->blinded_key, subcredential, outer->revision);
  TRY(open_layer(&crypt, DESC_LAYER_MIDDLE, outer->superencrypted, &middle));
  TRY(desc_plain_middle(buf_slice(&middle), &encrypted));
  return open_layer(&crypt, DESC_LAYER_INNER, encrypted, inner_out);
}

/* True if the handshake types list ntor, which is type 2. */
static bool lists_ntor(struct slice args)
{
  struct slice arg;

  while (token_arg(&args, &arg)) {
    if (slice_is(arg, "2")) {
      return true;
    }
  }
  return false;
}

/* "1-2 31": protocol versions and cells per SENDME. What we keep is written
 * anew from the numbers; a line that says anything else counts as none, so
 * that it never gets into a descriptor of ours. */
static bool read_flow_control(struct slice args, char *out, size_t size)
{
  struct cursor c = cursor_from(args);
  uint64_t low = cursor_decimal(&c, LAST_PROTOCOL_VERSION);
  uint64_t high = cursor_accept(&c, "-") ? cursor_decimal(&c, LAST_PROTOCOL_VERSION) : low;
  uint64_t increment;

  cursor_expect(&c, " ");
  increment = cursor_decimal(&c, UINT8_MAX);
  if (cursor_finish(&c) < 0 || low > high || increment == 0) {
    return false;
  }
  if (low == high) {
    snprintf(out, size, "%u %u", (unsigned)low, (unsigned)increment);
  } else {
    snprintf(out, size, "%u-%u %u", (unsigned)low, (unsigned)high, (unsigned)increment);
  }
  return true;
}

/* Everything before the first introduction point. */
static int parse_head(struct slice head, struct desc_inner *out)
{
  struct token found[N_INNER];

  TRY(token_collect(head, inner_rules, N_INNER, found));
  if (!lists_ntor(found[INNER_CREATE2].args)) {
    return ERR_UNSUPPORTED;
  }
  out->has_create2 = true;
  out->requires_auth = found[INNER_AUTH].keyword.n > 0;
  out->is_single_onion = found[INNER_SINGLE].keyword.n > 0;
  out->has_pow = found[INNER_POW].keyword.n > 0;
  if (found[INNER_FLOW].keyword.n > 0) {
    out->has_flow_control =
        read_flow_control(found[INNER_FLOW].args, out->flow_control, sizeof out->flow_control);
  }
  return 0;
}

/* Takes the text up to the next introduction point, whose line begins with
 * the text the cursor then stands at. */
static struct slice take_section(struct cursor *c)
{
  static const char mark[] = "\nintroduction-point ";
  size_t left = cursor_left(c);
  const uint8_t *next = left == 0 ? NULL : memmem(c->at, left, mark, sizeof mark - 1);

  return cursor_take(c, next == NULL ? left : (size_t)(next + 1 - c->at));
}

static bool has_auth_key(const struct desc_inner *d, const uint8_t key[32])
{
  for (size_t i = 0; i < d->n_intros; i++) {
    if (memcmp(d->intros[i].auth_key, key, 32) == 0) {
      return true;
    }
  }
  return false;
}

int desc_plain_inner(struct slice plain, const struct desc_point_context *context,
                     struct desc_inner *out)
{
  struct cursor c = cursor_from(without_padding(plain));

  *out = (struct desc_inner){0};
  TRY(parse_head(take_section(&c), out));
  while (cursor_left(&c) > 0) {
    struct slice section = take_section(&c);
    struct intro intro;

    if (out->n_intros + out->n_skipped == LIMIT_INTRO_POINTS) {
      return ERR_TOO_LONG;
    }
    if (desc_point_parse(section, context, &intro) < 0 || has_auth_key(out, intro.auth_key)) {
      out->n_skipped++;
    } else {
      out->intros[out->n_intros++] = intro;
    }
  }
  return 0;
}

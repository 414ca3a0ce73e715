#include "control/socks.h"

#include "base/cursor.h"

#define VERSION       0x05
#define METHOD_LOGIN  0x02
#define LOGIN_VERSION 0x01
#define LOGIN_OK      0x00
#define CMD_CONNECT   0x01
#define TYPE_IPV4     0x01
#define TYPE_NAME     0x03
#define TYPE_IPV6     0x04
#define PORT_BYTES    2

/* The password has no meaning, but it may not be empty. */
#define PASSWORD "probe"

static void add_text(struct buf *b, struct slice text)
{
  buf_add_u8(b, (uint8_t)text.n);
  buf_add_slice(b, text);
}

static bool is_fit(struct slice text)
{
  return text.n > 0 && text.n <= SOCKS_TEXT_MAX;
}

int socks_begin(struct socks *s, struct slice username, struct slice host, uint16_t port,
                struct buf *out)
{
  *s = (struct socks){0};
  if (!is_fit(username) || !is_fit(host)) {
    return ERR_RANGE;
  }
  buf_add_u8(out, VERSION);
  buf_add_u8(out, 1); /* one method */
  buf_add_u8(out, METHOD_LOGIN);
  buf_add_u8(&s->login, LOGIN_VERSION);
  add_text(&s->login, username);
  add_text(&s->login, slice_str(PASSWORD));
  buf_add_u8(&s->request, VERSION);
  buf_add_u8(&s->request, CMD_CONNECT);
  buf_add_u8(&s->request, 0);
  buf_add_u8(&s->request, TYPE_NAME);
  add_text(&s->request, host);
  buf_add_u16(&s->request, port);
  return 0;
}

static int read_method(struct socks *s, struct cursor *c, struct buf *out)
{
  uint8_t version = cursor_u8(c);
  uint8_t method = cursor_u8(c);

  TRY(c->err);
  if (version != VERSION) {
    return ERR_SYNTAX;
  }
  if (method != METHOD_LOGIN) {
    return ERR_AUTH;
  }
  buf_add_slice(out, buf_slice(&s->login));
  s->phase = SOCKS_PHASE_LOGIN;
  return 0;
}

static int read_login(struct socks *s, struct cursor *c, struct buf *out)
{
  uint8_t version = cursor_u8(c);
  uint8_t status = cursor_u8(c);

  TRY(c->err);
  if (version != LOGIN_VERSION) {
    return ERR_SYNTAX;
  }
  if (status != LOGIN_OK) {
    return ERR_AUTH;
  }
  buf_add_slice(out, buf_slice(&s->request));
  s->phase = SOCKS_PHASE_REPLY;
  return 0;
}

/* The address in a reply, which says nothing about an onion service. */
static void skip_address(struct cursor *c)
{
  switch (cursor_u8(c)) {
  case TYPE_IPV4:
    (void)cursor_take(c, 4 + PORT_BYTES);
    break;
  case TYPE_IPV6:
    (void)cursor_take(c, 16 + PORT_BYTES);
    break;
  case TYPE_NAME:
    (void)cursor_take(c, (size_t)cursor_u8(c) + PORT_BYTES);
    break;
  default:
    cursor_fail(c, ERR_SYNTAX);
  }
}

static int read_reply(struct socks *s, struct cursor *c, struct buf *out)
{
  uint8_t version = cursor_u8(c);
  uint8_t code = cursor_u8(c);

  (void)out;
  (void)cursor_u8(c);
  TRY(c->err);
  if (version != VERSION) {
    return ERR_SYNTAX;
  }
  skip_address(c);
  TRY(c->err);
  s->code = code;
  s->phase = SOCKS_PHASE_OVER;
  return 0;
}

static int (*const readers[])(struct socks *, struct cursor *, struct buf *) = {
    [SOCKS_PHASE_METHOD] = read_method,
    [SOCKS_PHASE_LOGIN] = read_login,
    [SOCKS_PHASE_REPLY] = read_reply,
};

static enum socks_outcome outcome(const struct socks *s)
{
  if (s->phase != SOCKS_PHASE_OVER) {
    return SOCKS_WAITING;
  }
  if (s->code == SOCKS_OK) {
    return SOCKS_CONNECTED;
  }
  return s->code >= SOCKS_NO_DESCRIPTOR ? SOCKS_DOUBTFUL : SOCKS_FAILED;
}

/* The longest answer: a reply with a name. */
#define ANSWER_MAX (4 + 1 + SOCKS_TEXT_MAX + PORT_BYTES)

int socks_feed(struct socks *s, struct slice *in, struct buf *out, enum socks_outcome *outcome_out)
{
  while (s->phase != SOCKS_PHASE_OVER && in->n > 0) {
    size_t before = s->in.n;
    size_t n = ANSWER_MAX - before < in->n ? ANSWER_MAX - before : in->n;
    struct cursor c;
    int err;

    buf_add(&s->in, in->p, n);
    c = cursor_from(buf_slice(&s->in));
    err = readers[s->phase](s, &c, out);
    if (err == ERR_TRUNCATED) {
      *in = slice_skip(*in, n);
    } else if (err < 0) {
      return err;
    } else {
      *in = slice_skip(*in, s->in.n - cursor_left(&c) - before);
      buf_clear(&s->in);
    }
  }
  *outcome_out = outcome(s);
  return 0;
}

static const struct {
  enum socks_code code;
  const char *text;
} codes[] = {
    {SOCKS_OK, "connected"},
    {SOCKS_GENERAL, "tor gave up"},
    {SOCKS_NOT_ALLOWED, "tor's SOCKS port does not allow it"},
    {SOCKS_NET_UNREACHABLE, "tor has no network"},
    {SOCKS_UNREACHABLE, "no descriptor, or no introduction point took it"},
    {SOCKS_REFUSED, "refused by the service"},
    {SOCKS_EXPIRED, "tor gave up after its SocksTimeout"},
    {SOCKS_NO_DESCRIPTOR, "no descriptor found"},
    {SOCKS_BAD_DESCRIPTOR, "the descriptor is invalid"},
    {SOCKS_INTRO_FAILED, "no introduction point took it"},
    {SOCKS_REND_FAILED, "the rendezvous point failed"},
    {SOCKS_AUTH_MISSING, "the service wants client authorization"},
    {SOCKS_AUTH_BAD, "the service wants another client authorization"},
    {SOCKS_BAD_ADDRESS, "the onion address is invalid"},
    {SOCKS_INTRO_EXPIRED, "no introduction point answered"},
};

const char *socks_code_text(uint8_t code)
{
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    if (codes[i].code == code) {
      return codes[i].text;
    }
  }
  return "for a reason that we do not know";
}

void socks_deinit(struct socks *s)
{
  buf_deinit(&s->login);
  buf_deinit(&s->request);
  buf_deinit(&s->in);
  *s = (struct socks){0};
}

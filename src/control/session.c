#include "control/session.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum state {
  STATE_PROTOCOLINFO, /* asked; waits for what tor offers */
  STATE_COOKIE,       /* waits for the shell to read the cookie file */
  STATE_CHALLENGE,    /* waits for tor's proof that it knows the cookie */
  STATE_AUTHENTICATE, /* waits to be let in */
  STATE_EVENTS,       /* waits for SETEVENTS */
  STATE_READY,
  STATE_FAILED,
};

/* What tor was doing, for the message about a connection that it closed. */
static const char *const waiting_texts[] = {
    [STATE_PROTOCOLINFO] = "instead of answering PROTOCOLINFO",
    [STATE_COOKIE] = "while its cookie file was read",
    [STATE_CHALLENGE] = "instead of answering AUTHCHALLENGE",
    [STATE_AUTHENTICATE] = "instead of answering AUTHENTICATE",
    [STATE_EVENTS] = "instead of answering SETEVENTS",
    [STATE_READY] = "",
    [STATE_FAILED] = "after an error",
};

/* Tags of commands without a reply yet: pending[first .. first + n_pending). */
struct session {
  struct session_config config;
  enum state state;
  struct reply_parser parser;
  struct buf output;
  struct buf why;
  struct buf cookie_why; /* why there is no cookie, if that matters in the end */
  struct auth auth;
  enum auth_method method;
  struct auth_exchange exchange;
  uint64_t *pending;
  size_t first, n_pending, cap_pending;
};

struct session *session_new(const struct session_config *config)
{
  struct session *s = mem_new(sizeof *s);

  s->config = *config;
  s->state = STATE_PROTOCOLINFO;
  reply_parser_init(&s->parser);
  command_protocolinfo(&s->output);
  return s;
}

void session_free(struct session *s)
{
  if (s == NULL) {
    return;
  }
  reply_parser_deinit(&s->parser);
  buf_wipe(&s->output);
  buf_deinit(&s->why);
  buf_deinit(&s->cookie_why);
  auth_deinit(&s->auth);
  explicit_bzero(&s->exchange, sizeof s->exchange);
  free(s->pending);
  free(s);
}

static int fail(struct session *s, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int fail(struct session *s, int err, const char *fmt, ...)
{
  va_list ap;

  va_start(ap, fmt);
  buf_clear(&s->why);
  buf_addv(&s->why, fmt, ap);
  va_end(ap);
  s->state = STATE_FAILED;
  return err;
}

/* The same, with tor's own words behind it. */
static int fail_by_reply(struct session *s, int err, const char *what, const struct reply *r)
{
  err = fail(s, err, "%s: it says \"", what);
  reply_describe(r, &s->why);
  buf_add_u8(&s->why, '"');
  return err;
}

static int authenticate(struct session *s, struct slice proof)
{
  command_authenticate(proof, &s->output);
  s->state = STATE_AUTHENTICATE;
  return 0;
}

static int send_password(struct session *s)
{
  if (command_authenticate_password(s->config.password, &s->output) < 0) {
    return fail(s, ERR_AUTH, "cannot be sent the control password: it holds control characters");
  }
  s->state = STATE_AUTHENTICATE;
  return 0;
}

static int send_challenge(struct session *s)
{
  rng_bytes(s->config.rng, s->exchange.client_nonce, sizeof s->exchange.client_nonce);
  command_authchallenge(s->exchange.client_nonce, &s->output);
  s->state = STATE_CHALLENGE;
  return 0;
}

/* Nothing that tor offers can be done: says what is missing for each. */
static int fail_without_method(struct session *s)
{
  int err = fail(s, ERR_AUTH, "offers authentication by %s only", buf_str(&s->auth.methods));
  const char *separator = ": ";

  if (s->cookie_why.n > 0) {
    buf_addf(&s->why, "%s%s", separator, buf_str(&s->cookie_why));
    separator = "; ";
  }
  if (s->auth.has_method[AUTH_PASSWORD] && s->config.password.p == NULL) {
    buf_addf(&s->why, "%sno control password is configured (tor.control-password-file)", separator);
  }
  return err;
}

static int begin_method(struct session *s, bool has_cookie)
{
  s->method = auth_choose(&s->auth, has_cookie, s->config.password.p != NULL);
  switch (s->method) {
  case AUTH_NONE:
    return authenticate(s, slice_of(NULL, 0));
  case AUTH_SAFECOOKIE:
    return send_challenge(s);
  case AUTH_COOKIE:
    return authenticate(s, slice_of(s->exchange.cookie, sizeof s->exchange.cookie));
  case AUTH_PASSWORD:
    return send_password(s);
  case AUTH_IMPOSSIBLE:
    break;
  }
  return fail_without_method(s);
}

static int on_protocolinfo(struct session *s, const struct reply *r)
{
  int err;

  if (!reply_is_ok(r)) {
    return fail_by_reply(s, ERR_REFUSED, "refuses PROTOCOLINFO", r);
  }
  err = auth_parse(r, &s->auth);
  if (err < 0) {
    return fail(s, ERR_SYNTAX, "answers PROTOCOLINFO in a form that we do not know (%s)",
                err_text(err));
  }
  if (auth_wants_cookie(&s->auth)) {
    s->state = STATE_COOKIE;
    return 0;
  }
  return begin_method(s, false);
}

static int on_challenge(struct session *s, const struct reply *r)
{
  struct auth_challenge challenge;
  uint8_t hash[AUTH_HASH_SIZE];
  int err;

  if (!reply_is_ok(r)) {
    return fail_by_reply(s, ERR_AUTH, "refuses AUTHCHALLENGE", r);
  }
  if (auth_challenge_parse(r, &challenge) < 0) {
    return fail_by_reply(s, ERR_SYNTAX, "answers AUTHCHALLENGE in a form that we do not know", r);
  }
  if (auth_answer(s->config.suite, &s->exchange, &challenge, hash) < 0) {
    return fail(s, ERR_MAC, "does not know the cookie in %s: the file belongs to another tor",
                session_cookie_path(s));
  }
  err = authenticate(s, slice_of(hash, sizeof hash));
  explicit_bzero(hash, sizeof hash);
  return err;
}

static int fail_to_authenticate(struct session *s, const struct reply *r)
{
  int err;

  switch (s->method) {
  case AUTH_PASSWORD:
    return fail_by_reply(s, ERR_AUTH, "does not accept the control password", r);
  case AUTH_SAFECOOKIE:
  case AUTH_COOKIE:
    err = fail_by_reply(s, ERR_AUTH, "does not accept the cookie", r);
    buf_addf(&s->why, "; the cookie is from %s", session_cookie_path(s));
    return err;
  case AUTH_NONE:
  case AUTH_IMPOSSIBLE:
    break;
  }
  return fail_by_reply(s, ERR_AUTH, "does not let us in", r);
}

static int on_authenticate(struct session *s, const struct reply *r)
{
  if (!reply_is_ok(r)) {
    return fail_to_authenticate(s, r);
  }
  explicit_bzero(&s->exchange, sizeof s->exchange);
  buf_wipe(&s->output); /* what was there has been sent: tor has answered it */
  command_setevents(s->config.events, &s->output);
  s->state = STATE_EVENTS;
  return 0;
}

static int on_events(struct session *s, const struct reply *r)
{
  if (!reply_is_ok(r)) {
    return fail_by_reply(s, ERR_REFUSED, "refuses SETEVENTS", r);
  }
  s->state = STATE_READY;
  return 0;
}

/* Takes the oldest tag. */
static int on_ready(struct session *s, const struct reply *r)
{
  if (s->n_pending == 0) {
    return fail_by_reply(s, ERR_SYNTAX, "answers a command that we did not send", r);
  }
  s->first++;
  s->n_pending--;
  return 0;
}

static int on_unasked(struct session *s, const struct reply *r)
{
  return fail_by_reply(s, ERR_SYNTAX, "answers a command that we did not send", r);
}

static int (*const on_reply[])(struct session *s, const struct reply *r) = {
    [STATE_PROTOCOLINFO] = on_protocolinfo,
    [STATE_COOKIE] = on_unasked,
    [STATE_CHALLENGE] = on_challenge,
    [STATE_AUTHENTICATE] = on_authenticate,
    [STATE_EVENTS] = on_events,
    [STATE_READY] = on_ready,
    [STATE_FAILED] = on_unasked,
};

static void take_event(const struct reply *r, struct session_item *out)
{
  out->outcome = torevent_parse(r, &out->event) < 0 ? SESSION_STRANGE : SESSION_EVENT;
}

/* A reply: what to tell of it, if anything. */
static int take_reply(struct session *s, const struct reply *r, struct session_item *out)
{
  enum state before = s->state;

  TRY(on_reply[before](s, r));
  if (before == STATE_READY) {
    *out = (struct session_item){
        .outcome = SESSION_REPLY, .tag = s->pending[s->first - 1], .reply = r};
  } else if (s->state == STATE_READY) {
    out->outcome = SESSION_READY;
  } else if (s->state == STATE_COOKIE) {
    out->outcome = SESSION_COOKIE;
  }
  return 0;
}

int session_next(struct session *s, struct slice *in, struct session_item *out)
{
  *out = (struct session_item){.outcome = SESSION_WAITING};
  if (s->state == STATE_FAILED) {
    return ERR_NOT_NOW;
  }
  do {
    const struct reply *r = NULL;
    int err = reply_parser_feed(&s->parser, in, &r);

    if (err < 0) {
      return fail(s, err, "sends %s", reply_parser_why(&s->parser));
    }
    if (r == NULL) {
      return 0;
    }
    if (r->is_async) {
      take_event(r, out);
    } else {
      TRY(take_reply(s, r, out));
    }
  } while (out->outcome == SESSION_WAITING);
  return 0;
}

const char *session_cookie_path(struct session *s)
{
  return buf_str(&s->auth.cookie_path);
}

int session_set_cookie(struct session *s, struct slice cookie)
{
  if (s->state != STATE_COOKIE) {
    return ERR_NOT_NOW;
  }
  if (cookie.n != AUTH_COOKIE_SIZE) {
    buf_clear(&s->cookie_why);
    buf_addf(&s->cookie_why, "%s is not a cookie: it has %zu bytes, not %d", session_cookie_path(s),
             cookie.n, AUTH_COOKIE_SIZE);
    return begin_method(s, false);
  }
  memcpy(s->exchange.cookie, cookie.p, AUTH_COOKIE_SIZE);
  return begin_method(s, true);
}

int session_no_cookie(struct session *s, const char *why)
{
  if (s->state != STATE_COOKIE) {
    return ERR_NOT_NOW;
  }
  buf_clear(&s->cookie_why);
  buf_add_str(&s->cookie_why, why);
  return begin_method(s, false);
}

struct buf *session_output(struct session *s)
{
  return &s->output;
}

/* Moves the tags to the front when half of the room is before them. */
static void close_gap(struct session *s)
{
  if (s->first > 0 && s->first >= s->n_pending) {
    memmove(s->pending, s->pending + s->first, s->n_pending * sizeof *s->pending);
    s->first = 0;
  }
}

int session_send(struct session *s, uint64_t tag, struct slice command)
{
  if (s->state != STATE_READY) {
    return ERR_NOT_NOW;
  }
  if (s->n_pending >= LIMIT_CONTROL_PENDING) {
    return ERR_TOO_LONG;
  }
  close_gap(s);
  s->pending = mem_grow(s->pending, s->first + s->n_pending, &s->cap_pending, sizeof *s->pending);
  s->pending[s->first + s->n_pending] = tag;
  s->n_pending++;
  buf_add_slice(&s->output, command);
  return 0;
}

bool session_is_ready(const struct session *s)
{
  return s->state == STATE_READY;
}

size_t session_pending(const struct session *s)
{
  return s->n_pending;
}

bool session_is_receiving(const struct session *s)
{
  return reply_parser_is_busy(&s->parser);
}

struct slice session_version(const struct session *s)
{
  return buf_slice(&s->auth.version);
}

enum auth_method session_method(const struct session *s)
{
  return s->method;
}

void session_closed(struct session *s)
{
  const char *when = waiting_texts[s->state];

  if (s->state != STATE_FAILED) {
    (void)fail(s, ERR_CLOSED, "has closed the connection%s%s", *when == '\0' ? "" : " ", when);
  }
}

const char *session_why(struct session *s)
{
  return buf_str(&s->why);
}

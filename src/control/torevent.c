#include "control/torevent.h"

#include "base/base32.h"
#include "base/base64.h"
#include "base/hex.h"
#include "control/keyval.h"

#include <string.h>

#define ADDRESS_BYTES 35
#define UNKNOWN       "UNKNOWN"

static const char *const action_names[] = {
    [TOREVENT_ACTION_OTHER] = "other", [TOREVENT_REQUESTED] = "REQUESTED",
    [TOREVENT_RECEIVED] = "RECEIVED",  [TOREVENT_FAILED] = "FAILED",
    [TOREVENT_UPLOAD] = "UPLOAD",      [TOREVENT_UPLOADED] = "UPLOADED",
};

static const char *const reason_names[] = {
    [TOREVENT_REASON_NONE] = "none",
    [TOREVENT_REASON_OTHER] = "other",
    [TOREVENT_BAD_DESC] = "BAD_DESC",
    [TOREVENT_QUERY_REJECTED] = "QUERY_REJECTED",
    [TOREVENT_UPLOAD_REJECTED] = "UPLOAD_REJECTED",
    [TOREVENT_NOT_FOUND] = "NOT_FOUND",
    [TOREVENT_UNEXPECTED] = "UNEXPECTED",
    [TOREVENT_QUERY_NO_HSDIR] = "QUERY_NO_HSDIR",
    [TOREVENT_QUERY_RATE_LIMITED] = "QUERY_RATE_LIMITED",
};

static const char *const status_names[] = {
    [TOREVENT_STATUS_OTHER] = "other",
    [TOREVENT_CONSENSUS_ARRIVED] = "CONSENSUS_ARRIVED",
    [TOREVENT_BOOTSTRAP] = "BOOTSTRAP",
    [TOREVENT_ENOUGH_DIR_INFO] = "ENOUGH_DIR_INFO",
    [TOREVENT_NOT_ENOUGH_DIR_INFO] = "NOT_ENOUGH_DIR_INFO",
    [TOREVENT_CIRCUIT_ESTABLISHED] = "CIRCUIT_ESTABLISHED",
    [TOREVENT_CIRCUIT_NOT_ESTABLISHED] = "CIRCUIT_NOT_ESTABLISHED",
};

static const char *const hs_state_names[] = {
    [TOREVENT_HS_STATE_NONE] = "none",
    [TOREVENT_HS_STATE_OTHER] = "other",
    [TOREVENT_INTRO_SENT] = "HSCI_INTRO_SENT",
    [TOREVENT_INTRO_DONE] = "HSCI_DONE",
    [TOREVENT_REND_WAITING] = "HSCR_ESTABLISHED_WAITING",
    [TOREVENT_REND_JOINED] = "HSCR_JOINED",
};

#define N_NAMES(names) (sizeof(names) / sizeof(names)[0])

const char *torevent_action_text(enum torevent_action a)
{
  return action_names[a];
}

const char *torevent_reason_text(enum torevent_reason r)
{
  return reason_names[r];
}

const char *torevent_status_text(enum torevent_status s)
{
  return status_names[s];
}

const char *torevent_hs_state_text(enum torevent_hs_state s)
{
  return hs_state_names[s];
}

/* The place of a word in a table, behind the first n entries, which are not
 * words of the protocol; otherwise fallback. */
static size_t find_name(const char *const *names, size_t n, struct slice word, size_t fallback)
{
  for (size_t i = fallback + 1; i < n; i++) {
    if (slice_is(word, names[i])) {
      return i;
    }
  }
  return fallback;
}

static void read_address(struct cursor *c, struct torevent *out)
{
  uint8_t bytes[ADDRESS_BYTES];
  struct slice word = cursor_word(c);

  if (slice_is(word, UNKNOWN)) {
    return;
  }
  if (base32_parse(word, bytes, sizeof bytes) < 0) {
    cursor_fail(c, ERR_SYNTAX);
    return;
  }
  out->address = word;
}

/* "$FINGERPRINT" or "$FINGERPRINT~nickname". */
static int read_relay(struct slice text, uint8_t out[TOREVENT_FINGERPRINT_SIZE])
{
  struct cursor c = cursor_from(text);

  cursor_expect(&c, "$");
  TRY(hex_parse(cursor_take(&c, 2 * TOREVENT_FINGERPRINT_SIZE), out, TOREVENT_FINGERPRINT_SIZE));
  if (cursor_left(&c) > 0 && !cursor_accept(&c, "~") && !cursor_accept(&c, "=")) {
    return ERR_SYNTAX;
  }
  return c.err;
}

/* A relay or "UNKNOWN". */
static void read_hsdir(struct cursor *c, struct torevent *out)
{
  struct slice text = cursor_word(c);

  if (slice_is(text, UNKNOWN)) {
    return;
  }
  out->has_hsdir = read_relay(text, out->hsdir) == 0;
  if (!out->has_hsdir) {
    cursor_fail(c, ERR_SYNTAX);
  }
}

/* A descriptor id: of version 3 it is the blinded key in base64. */
static void read_id(struct slice word, struct torevent *out)
{
  out->has_blinded_key = base64_parse(word, out->blinded_key, sizeof out->blinded_key) == 0;
}

/* ACTION ADDRESS AUTHTYPE HSDIR [ID] [REASON=..] [REPLICA=..] [HSDIR_INDEX=..] */
static int read_hs_desc(struct cursor *c, const struct reply *r, struct torevent *out)
{
  struct keyval kv;

  (void)r;
  out->action = (enum torevent_action)find_name(action_names, N_NAMES(action_names), cursor_word(c),
                                                TOREVENT_ACTION_OTHER);
  read_address(c, out);
  out->auth_type = cursor_word(c);
  read_hsdir(c, out);
  while (keyval_next(c, &kv)) {
    if (kv.key.n == 0 && !out->has_blinded_key) {
      read_id(kv.value, out);
    } else if (slice_is(kv.key, "REASON")) {
      out->reason_text = kv.value;
      out->reason = (enum torevent_reason)find_name(reason_names, N_NAMES(reason_names), kv.value,
                                                    TOREVENT_REASON_OTHER);
    }
  }
  return c->err;
}

/* ADDRESS ID HSDIR, and the descriptor as a data block; tor's empty text comes
 * as a single empty line. */
static int read_hs_desc_content(struct cursor *c, const struct reply *r, struct torevent *out)
{
  read_address(c, out);
  read_id(cursor_word(c), out);
  read_hsdir(c, out);
  if (!r->lines[0].has_data) {
    cursor_fail(c, ERR_SYNTAX);
  } else if (!slice_is(r->lines[0].data, "\n")) {
    out->text = r->lines[0].data;
  }
  return c->err;
}

static void read_bootstrap(struct cursor *c, struct torevent *out)
{
  struct keyval kv;
  uint64_t progress = 0;
  bool has_progress = false;

  while (keyval_next(c, &kv)) {
    if (slice_is(kv.key, "PROGRESS")) {
      has_progress = cursor_parse_decimal(kv.value, 100, &progress) == 0;
    } else if (slice_is(kv.key, "SUMMARY")) {
      out->summary = kv.value;
    } else if (slice_is(kv.key, "WARNING")) {
      out->warning = kv.value;
    }
  }
  if (!has_progress) {
    cursor_fail(c, ERR_SYNTAX);
  }
  out->progress = (int)progress;
}

/* SEVERITY STATUS [KEY=VALUE ..] */
static int read_status_client(struct cursor *c, const struct reply *r, struct torevent *out)
{
  (void)r;
  (void)cursor_word(c);
  if (cursor_left(c) == 0) {
    return ERR_SYNTAX;
  }
  out->status = (enum torevent_status)find_name(status_names, N_NAMES(status_names), cursor_word(c),
                                                TOREVENT_STATUS_OTHER);
  if (out->status == TOREVENT_BOOTSTRAP) {
    read_bootstrap(c, out);
  }
  return c->err;
}

static int read_newconsensus(struct cursor *c, const struct reply *r, struct torevent *out)
{
  (void)c;
  (void)r;
  (void)out;
  return 0;
}

static int read_signal(struct cursor *c, const struct reply *r, struct torevent *out)
{
  (void)r;
  out->signal = cursor_word(c);
  return out->signal.n > 0 ? c->err : ERR_SYNTAX;
}

/* The last of "$FINGERPRINT~nickname,$FINGERPRINT~nickname,..". */
static void read_path(struct slice path, struct cursor *c, struct torevent *out)
{
  const uint8_t *comma = memrchr(path.p, ',', path.n);
  size_t before = comma == NULL ? 0 : (size_t)(comma - path.p) + 1;

  out->has_last_hop = read_relay(slice_skip(path, before), out->last_hop) == 0;
  if (!out->has_last_hop) {
    cursor_fail(c, ERR_SYNTAX);
  }
}

static void read_query(struct slice value, struct cursor *c, struct torevent *out)
{
  struct cursor query = cursor_from(value);

  read_address(&query, out);
  if (query.err < 0) {
    cursor_fail(c, query.err);
  }
}

static enum torevent_hs_state read_hs_state(struct slice word)
{
  return (enum torevent_hs_state)find_name(hs_state_names, N_NAMES(hs_state_names), word,
                                           TOREVENT_HS_STATE_OTHER);
}

/* ID CHANGE [PATH] [KEY=VALUE ..] */
static int read_circ_minor(struct cursor *c, const struct reply *r, struct torevent *out)
{
  struct slice id = cursor_word(c);
  bool is_news = slice_is(cursor_word(c), "PURPOSE_CHANGED");
  struct keyval kv;

  (void)r;
  while (keyval_next(c, &kv)) {
    if (kv.key.n == 0 && slice_has_prefix(kv.value, "$")) {
      read_path(kv.value, c, out);
    } else if (slice_is(kv.key, "HS_STATE") && is_news) {
      out->hs_state = read_hs_state(kv.value);
    } else if (slice_is(kv.key, "REND_QUERY")) {
      read_query(kv.value, c, out);
    } else if (slice_is(kv.key, "SOCKS_USERNAME")) {
      out->username = kv.value;
    }
  }
  return id.n > 0 ? c->err : ERR_SYNTAX;
}

static const struct {
  const char *name;
  enum torevent_kind kind;
  int (*read)(struct cursor *c, const struct reply *r, struct torevent *out);
} kinds[] = {
    {"HS_DESC", TOREVENT_HS_DESC, read_hs_desc},
    {"HS_DESC_CONTENT", TOREVENT_HS_DESC_CONTENT, read_hs_desc_content},
    {"STATUS_CLIENT", TOREVENT_STATUS_CLIENT, read_status_client},
    {"NEWCONSENSUS", TOREVENT_NEWCONSENSUS, read_newconsensus},
    {"SIGNAL", TOREVENT_SIGNAL, read_signal},
    {"CIRC_MINOR", TOREVENT_CIRC_MINOR, read_circ_minor},
};

int torevent_parse(const struct reply *r, struct torevent *out)
{
  struct cursor c = cursor_from(r->lines[0].text);
  struct slice name = cursor_word(&c);
  int err = 0;

  *out = (struct torevent){.name = name};
  for (size_t i = 0; i < N_NAMES(kinds); i++) {
    if (slice_is(name, kinds[i].name)) {
      out->kind = kinds[i].kind;
      err = kinds[i].read(&c, r, out);
    }
  }
  if (err < 0) {
    *out = (struct torevent){.name = name};
  }
  return err;
}

int torevent_status_parse(struct slice text, struct torevent *out)
{
  struct cursor c = cursor_from(text);

  *out = (struct torevent){.kind = TOREVENT_STATUS_CLIENT, .name = slice_str("STATUS_CLIENT")};
  return read_status_client(&c, NULL, out);
}

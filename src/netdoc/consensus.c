#include "netdoc/consensus.h"

#include "base/base64.h"
#include "base/limits.h"
#include "base/mem.h"
#include "netdoc/token.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECONDS_PER_DAY 86400

/* The version of the protocol HSDir that serves version 3 onion services. */
#define HSDIR_PROTOCOL 2

/* The relay entry that is being read, until the next one begins. */
struct entry {
  struct consensus_hsdir hsdir;
  bool is_open;
  bool has_digest;
  bool has_flag;
  bool has_protocol;
  bool has_version;
};

/* The parser: one pass over the items. */
struct parser {
  struct consensus *out;
  size_t cap_hsdirs;
  struct entry entry;
  unsigned header_seen;   /* bit i: header_rules[i] */
  struct slice protocols; /* the last "pr" line and its answer: most are alike */
  bool protocols_ok;
  struct slice version; /* the same for "v" */
  bool version_ok;
  bool has_signature;
};

/* One parameter of the "params" line, and tor's bounds for it. */
static const struct {
  const char *name;
  int64_t min;
  int64_t max;
  uint32_t initial;
  size_t offset;
} param_rules[] = {
    {"hsdir_interval", 5, 14400, 1440, offsetof(struct consensus_params, hsdir_interval)},
    {"hsdir_n_replicas", 1, LIMIT_RING_REPLICAS, 2,
     offsetof(struct consensus_params, hsdir_n_replicas)},
    {"hsdir_spread_store", 1, LIMIT_RING_SPREAD, 4,
     offsetof(struct consensus_params, hsdir_spread_store)},
    {"hsdir_spread_fetch", 1, LIMIT_RING_SPREAD, 3,
     offsetof(struct consensus_params, hsdir_spread_fetch)},
};

#define N_PARAMS (sizeof param_rules / sizeof param_rules[0])

static void param_set(struct consensus_params *p, size_t i, int64_t value)
{
  uint32_t v = (uint32_t)(value < param_rules[i].min   ? param_rules[i].min
                          : value > param_rules[i].max ? param_rules[i].max
                                                       : value);

  memcpy((uint8_t *)p + param_rules[i].offset, &v, sizeof v);
}

static void params_init(struct consensus_params *p)
{
  for (size_t i = 0; i < N_PARAMS; i++) {
    param_set(p, i, param_rules[i].initial);
  }
}

/* A decimal of 32 bits with a sign, the whole slice. */
static int parse_int32(struct slice s, int64_t *out)
{
  bool is_negative = slice_has_prefix(s, "-");
  uint64_t v = 0;

  TRY(cursor_parse_decimal(slice_skip(s, is_negative ? 1 : 0),
                           (uint64_t)INT32_MAX + (is_negative ? 1 : 0), &v));
  *out = is_negative ? -(int64_t)v : (int64_t)v;
  return 0;
}

/* Takes one NAME=VALUE; notes in *seen which of ours it was. */
static int parse_param(struct consensus_params *p, struct slice arg, unsigned *seen)
{
  const uint8_t *equals = memchr(arg.p, '=', arg.n);
  struct slice name;
  int64_t value = 0;

  if (equals == NULL) {
    return ERR_SYNTAX;
  }
  name = slice_of(arg.p, (size_t)(equals - arg.p));
  TRY(parse_int32(slice_skip(arg, name.n + 1), &value));
  for (size_t i = 0; i < N_PARAMS; i++) {
    if (slice_is(name, param_rules[i].name)) {
      if ((*seen >> i & 1) != 0) {
        return ERR_DUPLICATE;
      }
      *seen |= 1U << i;
      param_set(p, i, value);
    }
  }
  return 0;
}

static int read_params(struct parser *p, struct slice args)
{
  struct slice arg;
  unsigned seen = 0;

  while (token_arg(&args, &arg)) {
    TRY(parse_param(&p->out->params, arg, &seen));
  }
  return 0;
}

static int read_flavor(struct parser *p, struct slice args)
{
  (void)p;
  return slice_is(args, "3 microdesc") ? 0 : ERR_UNSUPPORTED;
}

static int read_status(struct parser *p, struct slice args)
{
  (void)p;
  return slice_is(args, "consensus") ? 0 : ERR_UNSUPPORTED;
}

static int read_valid_after(struct parser *p, struct slice args)
{
  return wall_parse(args, &p->out->valid_after);
}

static int read_fresh_until(struct parser *p, struct slice args)
{
  return wall_parse(args, &p->out->fresh_until);
}

static int read_valid_until(struct parser *p, struct slice args)
{
  return wall_parse(args, &p->out->valid_until);
}

/* "NumReveals Value": the number does not matter to us. */
static int read_srv(struct slice args, bool *has, uint8_t value[SRV_SIZE])
{
  struct slice reveals, text;
  uint64_t n = 0;

  token_arg(&args, &reveals);
  token_arg(&args, &text);
  TRY(cursor_parse_decimal(reveals, UINT64_MAX, &n));
  TRY(base64_parse(text, value, SRV_SIZE));
  *has = true;
  return 0;
}

static int read_srv_previous(struct parser *p, struct slice args)
{
  return read_srv(args, &p->out->has_srv_previous, p->out->srv_previous);
}

static int read_srv_current(struct parser *p, struct slice args)
{
  return read_srv(args, &p->out->has_srv_current, p->out->srv_current);
}

/* The lines of the header that matter here; each at most once. */
static const struct {
  const char *keyword;
  bool is_required;
  int (*read)(struct parser *p, struct slice args);
} header_rules[] = {
    {"network-status-version", true, read_flavor},
    {"vote-status", true, read_status},
    {"valid-after", true, read_valid_after},
    {"fresh-until", true, read_fresh_until},
    {"valid-until", true, read_valid_until},
    {"params", false, read_params},
    {"shared-rand-previous-value", false, read_srv_previous},
    {"shared-rand-current-value", false, read_srv_current},
};

#define N_HEADER_RULES (sizeof header_rules / sizeof header_rules[0])

static int read_header_item(struct parser *p, const struct token *t)
{
  for (size_t i = 0; i < N_HEADER_RULES; i++) {
    if (slice_is(t->keyword, header_rules[i].keyword)) {
      if ((p->header_seen >> i & 1) != 0) {
        return ERR_DUPLICATE;
      }
      p->header_seen |= 1U << i;
      return header_rules[i].read(p, t->args);
    }
  }
  return 0;
}

/* What the header must have said by its end. */
static int check_header(const struct parser *p)
{
  const struct consensus *c = p->out;
  int64_t interval = consensus_voting_interval(c);

  for (size_t i = 0; i < N_HEADER_RULES; i++) {
    if (header_rules[i].is_required && (p->header_seen >> i & 1) == 0) {
      return ERR_MISSING;
    }
  }
  if (interval < 1 || interval > LIMIT_VOTING_INTERVAL ||
      wall_is_before(c->valid_until, c->fresh_until)) {
    return ERR_RANGE;
  }
  return 0;
}

/* "s": the flags. One is looked for among about ten, so they are not split. */
static int read_flags(struct parser *p, struct slice args)
{
  static const char flag[] = "HSDir";
  const size_t n = sizeof flag - 1;
  const uint8_t *end = args.p + args.n;
  const uint8_t *at = args.p;

  while ((at = memmem(at, (size_t)(end - at), flag, n)) != NULL) {
    bool begins = at == args.p || at[-1] == ' ';

    at += n;
    if (begins && (at == end || *at == ' ')) {
      p->entry.has_flag = true;
      return 0;
    }
  }
  return 0;
}

/* "1-2" or "2": true if the version is in it. */
static int range_has(struct slice range, uint64_t version, bool *out)
{
  struct cursor c = cursor_from(range);
  uint64_t low = cursor_decimal(&c, 63);
  uint64_t high = cursor_accept(&c, "-") ? cursor_decimal(&c, 63) : low;

  TRY(cursor_finish(&c));
  if (low > high) {
    return ERR_RANGE;
  }
  *out = *out || (low <= version && version <= high);
  return 0;
}

/* "Name=ranges": sets *out if it is HSDir with our version. */
static int read_protocol(struct slice entry, bool *out)
{
  static const char name[] = "HSDir=";
  struct slice ranges = slice_skip(entry, sizeof name - 1);

  /* tor compares the names of protocols without regard to case. */
  if (entry.n < sizeof name - 1 || strncasecmp((const char *)entry.p, name, sizeof name - 1) != 0) {
    return 0;
  }
  while (ranges.n > 0) {
    const uint8_t *comma = memchr(ranges.p, ',', ranges.n);
    size_t n = comma == NULL ? ranges.n : (size_t)(comma - ranges.p);

    TRY(range_has(slice_of(ranges.p, n), HSDIR_PROTOCOL, out));
    ranges = slice_skip(ranges, n + 1);
  }
  return 0;
}

/* "pr": the protocols. */
static int read_protocols(struct parser *p, struct slice args)
{
  if (p->protocols.p == NULL || !slice_equal(p->protocols, args)) {
    struct slice rest = args;
    struct slice arg;

    p->protocols_ok = false;
    while (token_arg(&rest, &arg)) {
      TRY(read_protocol(arg, &p->protocols_ok));
    }
    p->protocols = args;
  }
  p->entry.has_protocol = p->protocols_ok;
  return 0;
}

/* True for a version of Tor that is too old: before 0.3.0.8 relays said
 * HSDir=2 although they were not (tor's ticket 22447). */
static bool is_too_old(struct slice version)
{
  static const uint64_t first_good[] = {0, 3, 0, 8};
  struct cursor c = cursor_from(version);

  cursor_expect(&c, "Tor ");
  for (size_t i = 0; i < sizeof first_good / sizeof first_good[0]; i++) {
    uint64_t v = cursor_decimal(&c, INT32_MAX);

    if (c.err < 0 || v != first_good[i]) {
      return c.err == 0 && v < first_good[i];
    }
    cursor_accept(&c, ".");
  }
  return false;
}

/* "v": the version. */
static int read_version(struct parser *p, struct slice args)
{
  if (p->version.p == NULL || !slice_equal(p->version, args)) {
    p->version = args;
    p->version_ok = !is_too_old(args);
  }
  p->entry.has_version = p->version_ok;
  return 0;
}

/* "m": the digest of the microdescriptor. */
static int read_digest(struct parser *p, struct slice args)
{
  if (p->entry.has_digest) {
    return ERR_DUPLICATE;
  }
  p->entry.has_digest = true;
  return base64_parse(args, p->entry.hsdir.md_digest, MD_DIGEST_SIZE);
}

/* Ends the entry that is open, if any, and keeps it if it is an HSDir. */
static int close_entry(struct parser *p)
{
  struct consensus *c = p->out;
  const struct entry *e = &p->entry;

  if (!e->is_open) {
    return 0;
  }
  if (!e->has_digest) {
    return ERR_MISSING;
  }
  if (e->has_flag && e->has_protocol && e->has_version) {
    c->hsdirs = mem_grow(c->hsdirs, c->n_hsdirs, &p->cap_hsdirs, sizeof *c->hsdirs);
    c->hsdirs[c->n_hsdirs++] = e->hsdir;
  }
  return 0;
}

/* "r nickname identity date time address port port": begins an entry. */
static int read_router(struct parser *p, struct slice args)
{
  struct consensus_hsdir before = p->entry.hsdir;
  bool is_first = !p->entry.is_open;
  struct slice nickname, identity, arg;
  size_t n = 0;

  TRY(is_first ? check_header(p) : close_entry(p));
  if (p->out->n_relays == LIMIT_RELAYS) {
    return ERR_TOO_LONG;
  }
  p->entry = (struct entry){.is_open = true, .has_version = true};
  token_arg(&args, &nickname);
  token_arg(&args, &identity);
  while (token_arg(&args, &arg)) {
    n++;
  }
  if (n < 5) {
    return ERR_SYNTAX;
  }
  TRY(base64_parse(identity, p->entry.hsdir.fingerprint, FINGERPRINT_SIZE));
  p->out->n_relays++;
  if (!is_first && memcmp(before.fingerprint, p->entry.hsdir.fingerprint, FINGERPRINT_SIZE) >= 0) {
    return ERR_DUPLICATE; /* they are sorted, so this is one twice or disorder */
  }
  return 0;
}

/* The lines of an entry that matter here, by the first letter and the
 * length: one look-up for each of the sixty thousand lines. */
static int read_entry_item(struct parser *p, const struct token *t)
{
  if (t->keyword.n == 1) {
    switch (t->keyword.p[0]) {
    case 'r':
      return read_router(p, t->args);
    case 's':
      return read_flags(p, t->args);
    case 'v':
      return read_version(p, t->args);
    case 'm':
      return read_digest(p, t->args);
    default:
      return 0;
    }
  }
  return slice_is(t->keyword, "pr") ? read_protocols(p, t->args) : 0;
}

/* Reads header and entries up to and including "directory-footer". */
static int read_body(struct parser *p, struct cursor *c)
{
  struct token t;

  while (token_next(c, &t)) {
    if (slice_is(t.keyword, "directory-footer")) {
      return p->entry.is_open ? close_entry(p) : check_header(p);
    }
    TRY(p->entry.is_open || slice_is(t.keyword, "r") ? read_entry_item(p, &t)
                                                     : read_header_item(p, &t));
  }
  return c->err < 0 ? c->err : ERR_TRUNCATED;
}

/* Reads the footer: it must have a whole signature, else it was cut off. */
static int read_footer(struct parser *p, struct cursor *c)
{
  struct token t;

  while (token_next(c, &t)) {
    if (slice_is(t.keyword, "directory-signature")) {
      if (!t.has_object) {
        return c->at == c->end ? ERR_TRUNCATED : ERR_SYNTAX;
      }
      p->has_signature = true;
    }
  }
  TRY(cursor_finish(c));
  return p->has_signature ? 0 : ERR_TRUNCATED;
}

int consensus_parse(struct slice text, struct consensus *out)
{
  struct parser p = {.out = out};
  struct cursor c = cursor_from(text);
  int err;

  *out = (struct consensus){0};
  params_init(&out->params);
  if (text.n > LIMIT_CONSENSUS_BYTES) {
    return ERR_TOO_LONG;
  }
  err = slice_has_prefix(text, "network-status-version ") ? read_body(&p, &c)
        : text.n == 0                                     ? ERR_TRUNCATED
                                                          : ERR_SYNTAX;
  if (err == 0) {
    err = read_footer(&p, &c);
  }
  if (err < 0) {
    consensus_deinit(out);
  }
  return err;
}

void consensus_deinit(struct consensus *c)
{
  free(c->hsdirs);
  *c = (struct consensus){0};
}

int64_t consensus_voting_interval(const struct consensus *c)
{
  return c->fresh_until.s - c->valid_after.s;
}

bool consensus_is_usable(const struct consensus *c, struct wall now)
{
  return now.s >= c->valid_after.s - SECONDS_PER_DAY && now.s <= c->valid_until.s + SECONDS_PER_DAY;
}

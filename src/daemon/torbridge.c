#include "daemon/torbridge.h"

#include "base/base32.h"
#include "base/mem.h"
#include "control/command.h"
#include "control/torversion.h"
#include "daemon/probelink.h"
#include "daemon/requests.h"
#include "io/logger.h"

#include <stdlib.h>
#include <string.h>

#define KEY_CONSENSUS    "dir/status-vote/current/consensus-microdesc"
#define KEY_MICRODESCS   "md/all"
#define KEY_BOOTSTRAP    "status/bootstrap-phase"
#define KEYS_OF_SETTINGS "TestingTorNetwork FetchDirInfoEarly FetchDirInfoExtraEarly"

struct torbridge {
  struct torlink *link;
  struct probelink *probes;
  struct endpoint control; /* where tor was found */
  struct suite *suite;
  struct logger *logger;
  struct requests requests;
  /* tor counts as up once we know what network it is on, what SOCKS port it has,
   * and it has built a circuit: before, it takes commands and never answers them. */
  bool has_settings;
  bool has_socks; /* it is known whether */
  bool can_probe;
  bool is_testing;
  bool is_bootstrapped;
  bool was_starting; /* the log says so */
  bool is_told;
  void (*event)(void *ctx, const struct event *e);
  void *ctx;
};

static void emit(struct torbridge *b, const struct event *e)
{
  b->event(b->ctx, e);
}

static void send(struct torbridge *b, const struct request *q, struct slice command)
{
  uint64_t tag = requests_add(&b->requests, q);

  if (torlink_send(b->link, tag, command) < 0) {
    requests_take(&b->requests, tag);
  }
}

static void check_version(const struct torbridge *b, const char *version)
{
  if (torversion_is_before(slice_str(version), TORVERSION_NEEDED)) {
    logger_writef(b->logger, LOG_LEVEL_ERROR,
                  "tor %s is too old to fetch the descriptors of backends: install %s or later",
                  version, TORVERSION_NEEDED);
  }
}

static void on_up(void *ctx, const struct torlink_peer *peer)
{
  struct torbridge *b = ctx;
  CLEANUP(buf_deinit) struct buf command = {0};

  requests_clear(&b->requests);
  b->control = *peer->endpoint;
  check_version(b, peer->version);
  b->has_settings = false;
  b->has_socks = false;
  b->is_bootstrapped = false;
  b->was_starting = false;
  b->is_told = false;
  command_getconf(KEYS_OF_SETTINGS, &command);
  send(b, &(struct request){.kind = REQUEST_SETTINGS}, buf_slice(&command));
  buf_clear(&command);
  command_getinfo(LISTENERS_KEY, &command);
  send(b, &(struct request){.kind = REQUEST_SOCKS}, buf_slice(&command));
  buf_clear(&command);
  command_getinfo(KEY_BOOTSTRAP, &command);
  send(b, &(struct request){.kind = REQUEST_BOOTSTRAP}, buf_slice(&command));
  torbridge_keep_awake(b);
}

static void on_down(void *ctx, const char *why)
{
  struct torbridge *b = ctx;

  (void)why;
  requests_clear(&b->requests);
  probelink_down(b->probes);
  if (b->is_told) {
    emit(b, &(struct event){.kind = EVENT_TOR_DOWN});
  }
}

static bool is_on(const struct reply *r, const char *key)
{
  struct slice value;

  return reply_value(r, key, &value) == 0 && slice_is(value, "1");
}

static void tell_if_ready(struct torbridge *b)
{
  if (b->has_settings && b->has_socks && b->is_bootstrapped && !b->is_told) {
    b->is_told = true;
    emit(b, &(struct event){
                .kind = EVENT_TOR_UP, .testing_network = b->is_testing, .can_probe = b->can_probe});
  }
}

static void take_settings(struct torbridge *b, const struct reply *r)
{
  if (!is_on(r, "FetchDirInfoEarly") || !is_on(r, "FetchDirInfoExtraEarly")) {
    logger_writef(b->logger, LOG_LEVEL_WARNING,
                  "tor has FetchDirInfoEarly or FetchDirInfoExtraEarly off: set both to 1 in its "
                  "torrc, or clients may be cut off for hours after a change of the time period");
  }
  b->is_testing = is_on(r, "TestingTorNetwork");
  b->has_settings = true;
  tell_if_ready(b);
}

static void take_socks(struct torbridge *b, const struct reply *r)
{
  b->can_probe = probelink_up(b->probes, &b->control, r);
  b->has_socks = true;
  tell_if_ready(b);
}

static void take_bootstrap(struct torbridge *b, const struct torevent *t)
{
  if (b->is_bootstrapped) {
    return;
  }
  b->is_bootstrapped = t->progress == 100;
  if (!b->is_bootstrapped || b->was_starting) {
    logger_writef(b->logger, LOG_LEVEL_INFO, "tor is starting: %d %%, %.*s", t->progress,
                  SLICE_ARGS(t->summary));
    b->was_starting = true;
  }
  tell_if_ready(b);
}

static void take_bootstrap_reply(struct torbridge *b, const struct reply *r)
{
  struct torevent t = {0};
  struct slice text;

  if (reply_value(r, KEY_BOOTSTRAP, &text) == 0 && torevent_status_parse(text, &t) == 0 &&
      t.status == TOREVENT_BOOTSTRAP) {
    take_bootstrap(b, &t);
  }
}

static void take_network(struct torbridge *b, const struct reply *r)
{
  CLEANUP(netview_deinit) struct netview view = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  struct slice consensus, microdescs;
  int err;

  if (!reply_is_ok(r)) {
    reply_describe(r, &why);
  } else if (reply_value(r, KEY_CONSENSUS, &consensus) < 0 ||
             reply_value(r, KEY_MICRODESCS, &microdescs) < 0) {
    buf_add_str(&why, "its answer lacks what was asked for");
  } else {
    err = netview_build(b->suite, consensus, microdescs, &view);
    if (err == 0) {
      emit(b, &(struct event){.kind = EVENT_NETWORK, .view = &view});
      return;
    }
    buf_addf(&why, "its consensus or microdescriptors are unusable: %s", err_text(err));
  }
  emit(b, &(struct event){.kind = EVENT_NETWORK_FAILED, .why = buf_str(&why)});
}

/* tor accepts fetches and uploads at once and reports later; only a refusal is
 * news. */
static void take_refusal(struct torbridge *b, const struct request *q, const struct reply *r)
{
  CLEANUP(buf_deinit) struct buf why = {0};
  struct event e = {.kind = q->kind == REQUEST_FETCH ? EVENT_FETCH_FAILED : EVENT_UPLOAD_FAILED};

  if (reply_is_ok(r)) {
    return;
  }
  reply_describe(r, &why);
  logger_writef(b->logger, LOG_LEVEL_INFO, "tor refuses %s: %s",
                q->kind == REQUEST_FETCH ? "to fetch a descriptor" : "to upload a descriptor",
                buf_str(&why));
  e.address = q->address;
  memcpy(e.fingerprint, q->fingerprint, sizeof e.fingerprint);
  emit(b, &e);
}

static void on_reply(void *ctx, uint64_t tag, const struct reply *r)
{
  struct torbridge *b = ctx;
  struct request q = requests_take(&b->requests, tag);

  switch (q.kind) {
  case REQUEST_NONE:
  case REQUEST_IGNORED:
    break;
  case REQUEST_SETTINGS:
    take_settings(b, r);
    break;
  case REQUEST_BOOTSTRAP:
    take_bootstrap_reply(b, r);
    break;
  case REQUEST_SOCKS:
    take_socks(b, r);
    break;
  case REQUEST_NETWORK:
    take_network(b, r);
    break;
  case REQUEST_FETCH:
  case REQUEST_UPLOAD:
    take_refusal(b, &q, r);
    break;
  }
}

/* A failure belongs to a fetch or to an upload; where the reason does not say
 * which, the core is told both, and knows which it waits for. */
static void emit_failure(struct torbridge *b, struct event *e, enum torevent_reason reason)
{
  if (reason != TOREVENT_UPLOAD_REJECTED) {
    e->kind = EVENT_FETCH_FAILED;
    e->is_definite = reason == TOREVENT_NOT_FOUND;
    emit(b, e);
  }
  if (reason == TOREVENT_UPLOAD_REJECTED || reason == TOREVENT_UNEXPECTED ||
      reason == TOREVENT_REASON_OTHER || reason == TOREVENT_REASON_NONE) {
    e->kind = EVENT_UPLOAD_FAILED;
    e->is_definite = reason == TOREVENT_UPLOAD_REJECTED;
    emit(b, e);
  }
}

/* The public key in an address of an event. Whether it is a good one does not
 * matter: the core only compares it with those that it knows. */
static int read_address(struct slice text, struct address *out)
{
  uint8_t bytes[35]; /* key, checksum, version */

  TRY(base32_parse(text, bytes, sizeof bytes));
  memcpy(out->public_key, bytes, sizeof out->public_key);
  return 0;
}

static void take_hs_desc(struct torbridge *b, const struct torevent *t)
{
  struct event e = {0};

  if (!t->has_hsdir || read_address(t->address, &e.address) < 0) {
    return;
  }
  memcpy(e.fingerprint, t->hsdir, sizeof e.fingerprint);
  if (t->kind == TOREVENT_HS_DESC_CONTENT) {
    e.kind = EVENT_FETCHED;
    e.text = t->text;
    if (t->text.n > 1) { /* empty after NOT_FOUND, which has been told */
      emit(b, &e);
    }
  } else if (t->action == TOREVENT_UPLOADED) {
    e.kind = EVENT_UPLOADED;
    emit(b, &e);
  } else if (t->action == TOREVENT_FAILED) {
    emit_failure(b, &e, t->reason);
  }
}

static void take_status(struct torbridge *b, const struct torevent *t)
{
  if (t->status == TOREVENT_BOOTSTRAP) {
    take_bootstrap(b, t);
  } else if (b->is_told &&
             (t->status == TOREVENT_CONSENSUS_ARRIVED || t->status == TOREVENT_ENOUGH_DIR_INFO)) {
    emit(b, &(struct event){.kind = EVENT_CONSENSUS_ARRIVED});
  }
}

static void on_event(void *ctx, const struct torevent *t)
{
  struct torbridge *b = ctx;

  switch (t->kind) {
  case TOREVENT_HS_DESC:
  case TOREVENT_HS_DESC_CONTENT:
    take_hs_desc(b, t);
    break;
  case TOREVENT_STATUS_CLIENT:
    take_status(b, t);
    break;
  case TOREVENT_CIRC_MINOR:
    probelink_see(b->probes, t);
    break;
  case TOREVENT_OTHER:
  case TOREVENT_NEWCONSENSUS:
  case TOREVENT_SIGNAL:
    break;
  }
}

struct torbridge *torbridge_new(const struct torbridge_config *config)
{
  struct torbridge *b = mem_new(sizeof *b);
  struct torlink_config link = config->link;

  b->suite = link.suite;
  b->logger = link.logger;
  b->event = config->event;
  b->ctx = config->ctx;
  link.events = "HS_DESC HS_DESC_CONTENT STATUS_CLIENT CIRC_MINOR";
  link.handler = (struct torlink_handler){
      .up = on_up, .down = on_down, .event = on_event, .reply = on_reply, .ctx = b};
  b->probes = probelink_new(&(struct probelink_config){.base = link.base,
                                                       .logger = link.logger,
                                                       .suite = link.suite,
                                                       .rng = link.rng,
                                                       .socks = config->socks,
                                                       .event = config->event,
                                                       .ctx = config->ctx});
  b->link = torlink_new(&link);
  return b;
}

void torbridge_free(struct torbridge *b)
{
  if (b == NULL) {
    return;
  }
  torlink_free(b->link);
  probelink_free(b->probes);
  requests_deinit(&b->requests);
  free(b);
}

void torbridge_keep_awake(struct torbridge *b)
{
  CLEANUP(buf_deinit) struct buf command = {0};

  command_signal("ACTIVE", &command);
  send(b, &(struct request){.kind = REQUEST_IGNORED}, buf_slice(&command));
}

static void fetch(struct torbridge *b, const struct action *a, struct slice address)
{
  CLEANUP(buf_deinit) struct buf command = {0};
  struct request q = {.kind = REQUEST_FETCH, .address = a->address};

  memcpy(q.fingerprint, a->fingerprint, sizeof q.fingerprint);
  if (command_hsfetch(address, &a->fingerprint, 1, &command) == 0) {
    send(b, &q, buf_slice(&command));
  }
}

static void upload(struct torbridge *b, const struct action *a, struct slice address)
{
  CLEANUP(buf_deinit) struct buf command = {0};
  struct request q = {.kind = REQUEST_UPLOAD, .address = a->address};
  struct command_post post = {
      .address = address, .servers = &a->fingerprint, .n_servers = 1, .body = buf_slice(&a->text)};

  memcpy(q.fingerprint, a->fingerprint, sizeof q.fingerprint);
  if (command_hspost(&post, &command) == 0) {
    send(b, &q, buf_slice(&command));
  }
}

void torbridge_do(struct torbridge *b, const struct action *a)
{
  CLEANUP(buf_deinit) struct buf command = {0};
  char address[ADDRESS_TEXT_SIZE];

  address_format(b->suite, &a->address, address);
  switch (a->kind) {
  case ACTION_LOAD_NETWORK:
    command_getinfo(KEY_CONSENSUS " " KEY_MICRODESCS, &command);
    send(b, &(struct request){.kind = REQUEST_NETWORK}, buf_slice(&command));
    break;
  case ACTION_FETCH:
    fetch(b, a, slice_str(address));
    break;
  case ACTION_UPLOAD:
    upload(b, a, slice_str(address));
    break;
  case ACTION_PROBE:
  case ACTION_PROBE_STOP:
    probelink_do(b->probes, a);
    break;
  case ACTION_LOG:
  case ACTION_KEEP:
  case ACTION_BLIND:
  case ACTION_CERTIFY:
    break;
  }
}

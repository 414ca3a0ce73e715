#include "daemon/probelink.h"

#include "base/mem.h"
#include "control/socks.h"
#include "control/witness.h"
#include "io/listeners.h"
#include "io/logger.h"
#include "io/visitor.h"

#include <stdlib.h>
#include <string.h>

/* What is seen of a probe under way. */
struct sight {
  uint64_t id;
  struct witness witness;
};

struct probelink {
  struct probelink_config config;
  struct visitor *visitor;
  struct sight *sights;
  size_t n;
  size_t cap;
  bool has_warned; /* that visits cannot even begin; until one does */
};

static struct sight *find(struct probelink *p, uint64_t id)
{
  for (size_t i = 0; i < p->n; i++) {
    if (p->sights[i].id == id) {
      return &p->sights[i];
    }
  }
  return NULL;
}

static void forget(struct probelink *p, uint64_t id)
{
  struct sight *s = find(p, id);

  if (s != NULL) {
    *s = p->sights[--p->n];
  }
}

/* What tor's reply code alone does not tell. Where the service came to the
 * rendezvous point it was the service that ended the connection: it does not
 * say why (0x01 if nothing listens behind its port, 0x05 if it has no such
 * port), and one of tor's own codes may be left from an earlier step. tor had no
 * descriptor if it never came to an introduction. */
static enum probe_end refine(const struct visitor_report *r, const struct witness *w)
{
  bool is_vague = r->end == PROBE_NO_DESCRIPTOR || r->end == PROBE_FAILED;

  if (is_vague && w->is_joined) {
    return PROBE_REFUSED;
  }
  if (!w->was_sent && r->code == SOCKS_UNREACHABLE) {
    return PROBE_NO_DESCRIPTOR;
  }
  return r->end;
}

static void warn_not_ready(struct probelink *p, const struct visitor_report *r)
{
  logger_writef(p->config.logger, p->has_warned ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING,
                "cannot probe through tor's SOCKS port: %s; until that is mended backends are "
                "judged by their descriptors alone",
                r->why);
  p->has_warned = true;
}

static void on_done(void *ctx, const struct visitor_report *r)
{
  struct probelink *p = ctx;
  struct sight *s = find(p, r->id);
  struct event e = {.kind = EVENT_PROBED, .probe = r->id, .probe_end = r->end};

  if (s != NULL) {
    e.probe_end = refine(r, &s->witness);
  }
  if (e.probe_end == PROBE_NOT_READY) {
    warn_not_ready(p, r);
  } else {
    p->has_warned = false;
  }
  logger_writef(p->config.logger, LOG_LEVEL_DEBUG, "probe %llu: %s (%s)", (unsigned long long)r->id,
                probe_end_text(e.probe_end), r->why);
  forget(p, r->id);
  p->config.event(p->config.ctx, &e);
}

struct probelink *probelink_new(const struct probelink_config *config)
{
  struct probelink *p = mem_new(sizeof *p);
  struct visitor_config visitor = {
      .base = config->base, .rng = config->rng, .done = on_done, .ctx = p};

  p->config = *config;
  p->visitor = visitor_new(&visitor);
  return p;
}

void probelink_free(struct probelink *p)
{
  if (p == NULL) {
    return;
  }
  visitor_free(p->visitor);
  free(p->sights);
  free(p);
}

/* Whether tor is on this machine, so that a loopback address of its is ours. */
static bool is_here(const struct endpoint *e)
{
  return e->kind == ENDPOINT_UNIX || slice_has_prefix(slice_str(e->host), "127.") ||
         strcmp(e->host, "::1") == 0;
}

/* The first listener, but one at an address rather than a unix socket, which
 * may be closed to us. */
static bool choose(const struct reply *listeners, struct endpoint *out)
{
  struct listeners all;
  struct endpoint e;

  *out = (struct endpoint){.kind = ENDPOINT_NONE};
  if (listeners_init(&all, listeners) < 0) {
    return false;
  }
  while (listeners_next(&all, &e)) {
    if (out->kind == ENDPOINT_NONE || (out->kind == ENDPOINT_UNIX && e.kind == ENDPOINT_TCP)) {
      *out = e;
    }
  }
  return out->kind != ENDPOINT_NONE;
}

static void warn_without(struct logger *logger, const char *cause, const char *cure)
{
  logger_writef(logger, LOG_LEVEL_WARNING,
                "%s: backends cannot be probed, so one that hangs, or whose web server is dead, "
                "stays published until its descriptor is old; %s",
                cause, cure);
}

bool probelink_find(struct logger *logger, const struct endpoint *control,
                    const struct reply *listeners, struct endpoint *socks)
{
  if (socks->kind == ENDPOINT_NONE && !is_here(control)) {
    warn_without(logger, "tor is on another machine and its SOCKS port is not known",
                 "set tor.socks in the configuration file to its address");
  } else if (socks->kind == ENDPOINT_NONE && !choose(listeners, socks)) {
    warn_without(logger, "tor has no SOCKS port",
                 "set \"SocksPort 127.0.0.1:9050\" (or \"SocksPort unix:/run/tor/socks\") in its "
                 "torrc");
  }
  return socks->kind != ENDPOINT_NONE;
}

bool probelink_up(struct probelink *p, const struct endpoint *control,
                  const struct reply *listeners)
{
  struct endpoint port = p->config.socks;
  CLEANUP(buf_deinit) struct buf where = {0};
  bool is_found = probelink_find(p->config.logger, control, listeners, &port);

  p->has_warned = false;
  visitor_set_port(p->visitor, is_found ? &port : NULL);
  if (is_found) {
    endpoint_build(&port, &where);
    logger_writef(p->config.logger, LOG_LEVEL_INFO, "probing through tor's SOCKS port %s",
                  buf_str(&where));
  }
  return is_found;
}

void probelink_down(struct probelink *p)
{
  visitor_stop_all(p->visitor);
  p->n = 0;
}

static void start(struct probelink *p, const struct action *a)
{
  CLEANUP(buf_deinit) struct buf path = {0};
  CLEANUP(buf_deinit) struct buf text = {0};
  CLEANUP(buf_deinit) struct buf host = {0};
  char address[ADDRESS_TEXT_SIZE];
  struct probe_spec spec = {.address = a->address,
                            .port = a->port,
                            .timeout = a->timeout,
                            .http_min = a->http_min,
                            .http_max = a->http_max};

  address_format(p->config.suite, &a->address, address);
  buf_addf(&host, "%s.onion", address);
  if (a->text.n > 0) {
    buf_add_slice(&path, buf_slice(&a->text));
    buf_add_slice(&text, buf_slice(&a->http_text));
    spec.http_path = buf_str(&path);
    spec.http_text = buf_str(&text);
  }
  p->sights = mem_grow(p->sights, p->n, &p->cap, sizeof *p->sights);
  p->sights[p->n++] = (struct sight){.id = a->probe};
  visitor_start(p->visitor, a->probe, buf_str(&host), &spec);
}

void probelink_do(struct probelink *p, const struct action *a)
{
  if (a->kind == ACTION_PROBE) {
    start(p, a);
  } else {
    visitor_stop(p->visitor, a->probe);
    forget(p, a->probe);
  }
}

void probelink_see(struct probelink *p, const struct torevent *t)
{
  struct event e = {0};
  struct witness_news news;
  struct sight *s;

  if (!visitor_find(p->visitor, t->username, &e.probe) || (s = find(p, e.probe)) == NULL) {
    return;
  }
  news = witness_see(&s->witness, t); /* s may be gone after an event */
  memcpy(e.fingerprint, news.relay, sizeof e.fingerprint);
  if (news.is_introduced) {
    e.kind = EVENT_INTRODUCED;
    p->config.event(p->config.ctx, &e);
  }
  if (news.is_joined) {
    e.kind = EVENT_JOINED;
    p->config.event(p->config.ctx, &e);
  }
}

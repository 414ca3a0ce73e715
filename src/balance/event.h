/* What can happen to the core: the only way the world reaches it. */
#ifndef BALANCE_EVENT_H
#define BALANCE_EVENT_H

#include "balance/admin.h"
#include "balance/memo.h"
#include "balance/netview.h"
#include "balance/probe.h"
#include "hs/address.h"
#include "netdoc/cert.h"

enum event_kind {
  EVENT_TICK,              /* nothing but the time */
  EVENT_TOR_UP,            /* control connection ready: testing_network, can_probe */
  EVENT_TOR_DOWN,          /* it has gone; nothing in flight will be answered */
  EVENT_CONSENSUS_ARRIVED, /* tor has a new consensus */
  EVENT_NETWORK,           /* answer to ACTION_LOAD_NETWORK: view */
  EVENT_NETWORK_FAILED,    /* the same, without one: why */
  EVENT_FETCHED,           /* a descriptor: address, fingerprint, text */
  EVENT_FETCH_FAILED,      /* address, fingerprint, is_definite: NOT_FOUND */
  EVENT_UPLOADED,          /* address, fingerprint */
  EVENT_UPLOAD_FAILED,     /* address, fingerprint, is_definite: the HSDir rejected it */
  EVENT_SIGNER_UP,
  EVENT_SIGNER_DOWN,
  EVENT_BLINDED,        /* service, period, blinded_key, revision_key, signing_seed */
  EVENT_CERTIFIED,      /* service, period, cert */
  EVENT_SIGNER_REFUSED, /* service, period, why: NULL if it has been told already */
  EVENT_STOCKED,        /* service, stock_until, stock_span: how long its bundles last */
  EVENT_CONFIGURED,     /* config: other services or instances; what is known of those
                           that stay is kept */
  EVENT_INTRODUCED,     /* probe, fingerprint: that introduction point acknowledged it */
  EVENT_JOINED,         /* probe: the backend came to the rendezvous point */
  EVENT_PROBED,         /* probe, probe_end: it is over */
  EVENT_ADMIN,          /* admin, admin_result: an operator's command, answered at once */
  EVENT_RESTORED,       /* memo: kept by an earlier run, or by another publisher */
};

#define EVENT_KINDS (EVENT_RESTORED + 1)

struct core_config;

/* Fields that the kind does not name are zero. Everything that is pointed to
 * belongs to the caller and is only borrowed for the call, except view, which
 * is moved out of. */
struct event {
  enum event_kind kind;
  bool testing_network;
  bool is_definite;
  bool can_probe; /* tor has a SOCKS port */
  struct netview *view;
  const char *why;
  const struct core_config *config;
  struct address address;                /* of an instance or a frontend */
  uint8_t fingerprint[FINGERPRINT_SIZE]; /* of an HSDir, or another relay */
  struct slice text;
  uint32_t service; /* place in the configuration */
  struct period period;
  const uint8_t *blinded_key;  /* 32 bytes */
  const uint8_t *revision_key; /* 32 bytes */
  const uint8_t *signing_seed; /* 32 bytes: of the descriptor signing key that was certified
                                  in advance; NULL: the core makes one */
  const uint8_t *cert;         /* CERT_SIZE bytes */
  struct wall stock_until;     /* the first period without keys is to be published then */
  int64_t stock_span;          /* seconds: of the bundle that lasts longest, from its begin */
  uint64_t probe;
  enum probe_end probe_end;
  const struct admin_command *admin;
  struct admin_result *admin_result; /* filled in */
  const struct memo *memo;
};

#endif

/* A snapshot: what there is to tell about the balancer at one moment, apart
 * from its workings. Everything that reports is rendered from one. */
#ifndef BALANCE_SNAPSHOT_H
#define BALANCE_SNAPSHOT_H

#include "balance/core.h"
#include "balance/publication.h"
#include "balance/shares.h"
#include "balance/visit.h"

/* What its checks have shown of a backend. */
struct snapshot_health {
  enum health_check check;
  bool is_probed; /* it is, now; else the descriptor alone decides */
  enum health_state state;
  enum health_why why;
  struct wall since; /* of the state; 0: nothing was seen yet */
  bool is_checked;
  struct wall checked; /* the last probe that counts */
  int64_t took;        /* it, milliseconds */
  unsigned bads;       /* probes that failed in a row */
  struct mono next;    /* the next probe; MONO_NEVER: none is planned, or one is under way */
};

/* One backend of a service. */
struct snapshot_instance {
  struct address address;
  const char *label; /* borrowed from the core */
  bool is_known;     /* a descriptor of it has come */
  bool is_usable;    /* it can be put into descriptors */
  size_t n_intros;
  struct wall received; /* when its descriptor was last seen */
  struct wall modified; /* when its introduction points last changed */
  struct snapshot_health health;
  bool is_serving; /* neither its health, nor an operator, nor weight 0 keeps clients from it */
  bool is_backup;
  unsigned weight;
  bool is_weight_set; /* by an operator; else it is the configured one */
  enum admin_state admin;
  bool is_admin_configured;   /* by the configuration, not by an operator */
  bool is_admin_passing;      /* by an operator, until the next start */
  enum visit_verdict verdict; /* whether clients of this frontend reach it */
  bool is_clear;        /* taken out by an operator, and all HSDirs have confirmed that; then: */
  struct wall safe_at;  /* ... when it may be stopped */
  unsigned n_points[2]; /* of it in the first and the second descriptor, as planned; in all of
                           their variants together */
  unsigned share;       /* of the clients that fetch now: parts per million */
  unsigned due;         /* the share that its weight asks for; 0: it takes no part */
  enum shares_obstacle obstacle; /* what keeps it from that */
  unsigned n_needed;             /* SHARES_POINTS: so many introduction points would meet it */
};

/* One of the two descriptors of a service. */
struct snapshot_descriptor {
  bool is_used;                   /* there is one: the network is known */
  bool is_current;                /* clients fetch it now */
  bool has_keys;                  /* the signer has certified its keys */
  bool has_points;                /* its introduction points are chosen */
  bool is_attempted;              /* an upload has been tried */
  struct wall attempted;          /* when the last one began */
  enum publication_reason reason; /* of the last one */
  bool is_changed;                /* a change waits, until: */
  struct mono changed_due;
  struct mono next_publish; /* without a change; MONO_NEVER before the first upload */
  uint64_t period_number;
  bool is_distinct;              /* each HSDir has points of its own */
  size_t n_points;               /* different ones, in all variants together */
  const struct content *content; /* borrowed from the core; NULL: no points are chosen */
  size_t n_hsdirs;
  size_t n_confirmed;           /* of the newest version */
  const struct upload *uploads; /* n_hsdirs of them, borrowed from the core */
};

/* One frontend. Owns instances. */
struct snapshot_service {
  struct address address;
  const char *label; /* borrowed from the core */
  enum content_mode mode;
  struct snapshot_instance *instances;
  size_t n_instances;
  struct snapshot_descriptor descriptors[2]; /* first, second */
  bool needs_plan;                           /* an instance has changed: planning by plan_at */
  struct mono plan_at;
  bool is_starving; /* none of its instances is usable */
  bool has_stock;   /* its keys come from bundles; then: */
  struct wall stock_until;
  unsigned stock_level; /* of stock_level */
};

/* What the balancer works with. */
struct snapshot_outside {
  bool tor_is_up;
  bool tor_is_ready; /* and has shown its network */
  bool can_probe;
  bool testing_network;
  bool signer_is_up;
  bool has_network; /* a consensus has come; is_usable: and can be worked with */
  bool is_usable;
  struct wall valid_after; /* of that consensus */
  struct wall valid_until;
  size_t n_relays;
  size_t n_instances;
  unsigned n_fetches; /* in flight */
  unsigned n_uploads;
};

/* Owns services; borrows labels, contents and uploads from the core, and must not
 * outlive its next step. */
struct snapshot {
  struct snapshot_outside outside;
  struct snapshot_service *services;
  size_t n_services;
};

/* Takes a snapshot, in the order of the configuration. */
void snapshot_init(struct snapshot *out, const struct core *c);
void snapshot_deinit(struct snapshot *s);

#endif

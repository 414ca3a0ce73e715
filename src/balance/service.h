/* A service: one frontend address, and its two descriptors. */
#ifndef BALANCE_SERVICE_H
#define BALANCE_SERVICE_H

#include "balance/plan.h"
#include "base/moment.h"
#include "hs/desc_build.h"
#include "hs/schedule.h"

/* Why descriptors are uploaded. */
enum publish_reason {
  PUBLISH_NOTHING, /* nothing is due */
  PUBLISH_FIRST,   /* it has never been */
  PUBLISH_POINTS,  /* other introduction points, or lines about them */
  PUBLISH_HSDIRS,  /* an HSDir has become responsible */
  PUBLISH_TIMER,   /* the random timer */
};

/* "first upload", "changed introduction points", ... */
const char *publish_reason_text(enum publish_reason r);

/* One HSDir of a descriptor. */
struct upload {
  uint8_t fingerprint[FINGERPRINT_SIZE];
  bool is_wanted; /* the current round has not been confirmed here */
  bool is_in_flight;
  struct mono deadline;        /* while in flight */
  struct mono next_try;        /* while wanted and not in flight */
  unsigned attempts;           /* of this round */
  uint32_t sent_round;         /* the round that was sent last */
  uint64_t sent_revision;      /* 0: nothing was sent yet */
  uint64_t confirmed_revision; /* 0: nothing was confirmed yet */
};

/* An upload on its way to an HSDir that its descriptor has left, or of a
 * descriptor that is over: tor will still answer, naming only service and
 * HSDir. */
struct stray {
  uint8_t fingerprint[FINGERPRINT_SIZE];
  struct mono deadline;
};

/* How far the keys of a descriptor are. */
enum key_state {
  KEY_NONE,
  KEY_BLINDING,   /* ACTION_BLIND is out */
  KEY_CERTIFYING, /* ACTION_CERTIFY is out */
  KEY_READY,
};

/* The lines of a descriptor that come from its instances: a value. */
struct content {
  struct plan plan;
  bool is_single_onion;
  bool has_flow_control;
  char flow_control[64];
};

/* One descriptor: a period, its keys, its content, its HSDirs. Owns its
 * parts. */
struct desc {
  bool is_used;
  struct schedule_slot slot;
  enum key_state keys;
  struct mono key_deadline; /* when to ask the signer again */
  struct desc_frame frame;
  struct secret *revision_key;
  uint32_t cert_expiration_hours;
  /* Content: what is published, or about to be. */
  struct content *content; /* NULL: never planned */
  bool is_changed;         /* content differs from what the last round carried */
  struct mono changed_at;
  struct buf inner; /* built for the current round; empty otherwise */
  /* Publishing. */
  uint32_t round;         /* 0: never published */
  bool has_new_hsdir;     /* since the last round */
  uint32_t counter_input; /* plaintext of the revision counter used last */
  uint32_t raise_by;      /* doubles with each rejection in a row */
  uint64_t revision;
  struct mono next_publish; /* the random timer */
  struct upload *uploads;
  size_t n_uploads;
  bool is_reported; /* "all confirmed" has been said for this round */
};

struct service {
  struct address address;
  char *label;         /* how log lines call it; owned */
  uint32_t *instances; /* places in the core's array; owned */
  size_t n_instances;
  struct desc descs[2]; /* in no particular order: the slot says which is which */
  struct stray *strays; /* owned */
  size_t n_strays;
  size_t strays_cap;
  bool needs_plan;     /* something about an instance changed */
  struct mono plan_at; /* the latest time to plan, while needs_plan */
  bool is_starving;    /* at the last look no instance was usable */
  struct mono wake;    /* when there is something to do without an event */
  bool is_waiting;     /* for a place among the uploads in flight */
};

/* Copies the label; the instances are the caller's to fill in. */
void service_init(struct service *s, const struct address *address, const char *label);
void service_deinit(struct service *s);

/* Starts a descriptor for a slot; desc is all zero. */
void desc_init(struct desc *d, const struct schedule_slot *slot);
void desc_deinit(struct desc *d);

/* Uploads of the current round that are confirmed. */
size_t desc_confirmed(const struct desc *d);

/* The upload to an HSDir, or NULL. */
struct upload *desc_find_upload(const struct desc *d, const uint8_t fingerprint[FINGERPRINT_SIZE]);

/* True if both say the same about the same points. */
bool content_equal(const struct content *a, const struct content *b);

#endif

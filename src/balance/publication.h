/* A publication: one of the two descriptors of a service, with all that goes
 * into it and all that has become of it. */
#ifndef BALANCE_PUBLICATION_H
#define BALANCE_PUBLICATION_H

#include "balance/content.h"
#include "base/moment.h"
#include "hs/desc_build.h"
#include "hs/schedule.h"

/* Why descriptors are uploaded. */
enum publication_reason {
  PUBLICATION_NOTHING, /* nothing is due */
  PUBLICATION_FIRST,   /* it has never been */
  PUBLICATION_POINTS,  /* other introduction points, or lines about them */
  PUBLICATION_HSDIRS,  /* an HSDir has become responsible */
  PUBLICATION_TIMER,   /* the random timer */
  PUBLICATION_COMMAND, /* an operator's command */
};

/* "first upload", "changed introduction points", ... */
const char *publication_reason_text(enum publication_reason r);

/* One HSDir of a descriptor. */
struct upload {
  uint8_t fingerprint[FINGERPRINT_SIZE];
  bool is_wanted; /* the current round has not been confirmed here */
  bool is_in_flight;
  bool is_asked;               /* clients fetch from it; else it is a spare */
  bool is_refusing;            /* several tries in a row have failed, and none was good since */
  struct mono deadline;        /* while in flight */
  struct mono next_try;        /* while wanted and not in flight */
  unsigned attempts;           /* of this round */
  uint32_t sent_round;         /* the round that was sent last */
  uint64_t sent_revision;      /* 0: nothing was sent yet */
  uint64_t confirmed_revision; /* 0: nothing was confirmed yet */
};

/* How far the keys of a descriptor are. */
enum key_state {
  KEY_NONE,
  KEY_BLINDING,   /* ACTION_BLIND is out */
  KEY_CERTIFYING, /* ACTION_CERTIFY is out */
  KEY_READY,
};

/* One descriptor: a period, its keys, its content, its HSDirs. Owns its
 * parts. */
struct publication {
  bool is_used;
  struct schedule_slot slot;
  enum key_state keys;
  struct mono key_deadline; /* when to ask the signer again */
  struct desc_frame frame;
  struct secret *revision_key;
  uint32_t cert_expiration_hours;
  bool is_given; /* signing key and certificate were made in advance: no others can be had */
  /* Content: what is published, or about to be. */
  struct content *content; /* NULL: never planned */
  bool is_changed;         /* content differs from what the last round carried */
  struct mono changed_due; /* when that is to be published */
  struct buf inner;        /* of a single one, built for the current round; empty otherwise */
  /* Publishing. */
  uint32_t round;                 /* 0: never published */
  enum publication_reason reason; /* of the last round */
  bool has_new_hsdir;             /* since the last round */
  bool is_ordered;                /* an operator wants a round now */
  uint32_t counter_input;         /* plaintext of the revision counter used last */
  uint32_t raise_by;              /* doubles with each rejection in a row */
  uint64_t revision;
  struct mono next_publish; /* the random timer */
  struct wall attempted;    /* when the last round began */
  struct upload *uploads;
  size_t n_uploads;
  bool is_reported; /* "all confirmed" has been said for this round */
  bool is_verified; /* an encoding of this round has been read back and is good */
};

/* Starts a descriptor for a slot; desc is all zero. */
void publication_init(struct publication *pub, const struct schedule_slot *slot);
void publication_deinit(struct publication *pub);

/* True if the HSDir has confirmed the current round. */
bool publication_is_confirmed(const struct upload *u);

/* Uploads of the current round that are confirmed. */
size_t publication_confirmed(const struct publication *pub);

/* The upload to an HSDir, or NULL. */
struct upload *publication_find_upload(const struct publication *pub,
                                       const uint8_t fingerprint[FINGERPRINT_SIZE]);

#endif

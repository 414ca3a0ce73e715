/* An instance: one backend onion service, and what its descriptor told us. */
#ifndef BALANCE_INSTANCE_H
#define BALANCE_INSTANCE_H

#include "balance/admin.h"
#include "balance/health.h"
#include "base/moment.h"
#include "hs/desc_parse.h"
#include "hs/schedule.h"

/* The most HSDirs that one round of fetches asks. */
#define INSTANCE_TARGETS_MAX 16

enum target_state {
  TARGET_UNTRIED,
  TARGET_IN_FLIGHT,
  TARGET_ANSWERED,  /* with a descriptor that holds */
  TARGET_NOT_FOUND, /* it does not have one */
  TARGET_FAILED,    /* no answer, or a bad one */
};

/* One HSDir of a round. */
struct target {
  uint8_t fingerprint[FINGERPRINT_SIZE];
  enum target_state state;
  struct mono deadline; /* while in flight */
};

/* Copies of one revision: every HSDir has its own. */
#define INSTANCE_COPIES_MAX 8

/* What the newest descriptor says. Owns intros. */
struct knowledge {
  bool is_known;
  uint64_t period_number;
  uint64_t revision;
  struct mono since;    /* when this revision was first seen */
  struct wall received; /* when it was last seen on an HSDir */
  bool is_remembered;   /* it is of an earlier run, and not seen since */
  struct wall modified; /* when its introduction points last changed */
  struct intro *intros;
  size_t n_intros;
  bool is_single_onion;
  bool has_flow_control;
  char flow_control[64];
  /* Hashes of the texts of this revision that were verified: most fetches
   * bring one of them again. */
  uint8_t copies[INSTANCE_COPIES_MAX][SHA256_SIZE];
  size_t n_copies;
};

struct instance {
  struct address address;
  char *label; /* how log lines call it; owned */
  /* Of the period that clients use now. */
  bool has_period;
  struct period period;
  uint8_t blinded_key[32];
  uint8_t subcredential[SUBCREDENTIAL_SIZE];
  struct knowledge knowledge;
  bool is_gone; /* most HSDirs say so, or it published nothing for too long */
  struct health health;
  enum admin_state admin;
  enum admin_state configured; /* what the configuration says */
  bool is_overridden;          /* admin is the operator's */
  struct admin_kept kept;      /* for the next start */
  bool is_clear;               /* taken out by an operator, and every HSDir has confirmed that */
  struct wall safe_at;         /* then: when it may be stopped */
  /* The round of fetches. */
  bool in_round;
  struct target targets[INSTANCE_TARGETS_MAX];
  size_t n_targets;
  struct mono next_round;
  unsigned failed_rounds; /* in a row */
  unsigned absent_rounds; /* since it answered: most HSDirs say NOT_FOUND */
  int last_error;         /* of a descriptor that was not taken; 0 after one that was */
  bool is_settled;        /* since the last change of the period it answered, or a round ended */
  bool is_waiting;        /* for a place among the fetches in flight */
  uint32_t *services;     /* that it serves: places in the core's array; owned */
  size_t n_services;
};

/* Copies the label and the settings; health NULL: the default ones. */
void instance_init(struct instance *in, const struct address *address, const char *label,
                   const struct health_config *health);
void instance_deinit(struct instance *in);

/* True if the instance has a descriptor that can be used. */
bool instance_is_usable(const struct instance *in);

/* What came of a descriptor that an HSDir gave for the instance. */
enum instance_news {
  INSTANCE_NEWS,    /* newer than what we had: taken */
  INSTANCE_NO_NEWS, /* the one we have */
  INSTANCE_OLD,     /* older than what we have: ignored */
};

/* Verifies and decrypts a fetched descriptor and takes it if it is newer.
 * Errors: of desc_outer_parse and desc_inner_decrypt; ERR_MISMATCH: of
 * another service or period; ERR_MISSING: no usable introduction point. On
 * error nothing changes. */
int instance_learn(struct instance *in, struct suite *s, struct slice text, struct moment now,
                   enum instance_news *news_out) MUST_USE;

/* Works out the keys for a period; a round in progress ends. What is only
 * remembered is forgotten: nobody saw how it went on. */
int instance_enter_period(struct instance *in, struct suite *s, struct period p) MUST_USE;

#endif

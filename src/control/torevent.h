/* Asynchronous messages of tor, as values (control-spec.txt section 4.1). What
 * we do not know is an outcome, not an error: tor adds kinds over time. */
#ifndef CONTROL_TOREVENT_H
#define CONTROL_TOREVENT_H

#include "control/reply.h"

#define TOREVENT_FINGERPRINT_SIZE 20
#define TOREVENT_KEY_SIZE         32

enum torevent_kind {
  TOREVENT_OTHER, /* only name is set */
  TOREVENT_HS_DESC,
  TOREVENT_HS_DESC_CONTENT,
  TOREVENT_STATUS_CLIENT,
  TOREVENT_NEWCONSENSUS, /* that it came; its text is not looked at */
  TOREVENT_SIGNAL,
  TOREVENT_CIRC_MINOR,
};

/* What an HS_DESC event tells. */
enum torevent_action {
  TOREVENT_ACTION_OTHER, /* CREATED, IGNORE, or new */
  TOREVENT_REQUESTED,
  TOREVENT_RECEIVED,
  TOREVENT_FAILED, /* a fetch or an upload: reason */
  TOREVENT_UPLOAD,
  TOREVENT_UPLOADED,
};

enum torevent_reason {
  TOREVENT_REASON_NONE,  /* none was given */
  TOREVENT_REASON_OTHER, /* a new one */
  TOREVENT_BAD_DESC,
  TOREVENT_QUERY_REJECTED,
  TOREVENT_UPLOAD_REJECTED,
  TOREVENT_NOT_FOUND,
  TOREVENT_UNEXPECTED,
  TOREVENT_QUERY_NO_HSDIR,
  TOREVENT_QUERY_RATE_LIMITED,
};

enum torevent_status {
  TOREVENT_STATUS_OTHER,
  TOREVENT_CONSENSUS_ARRIVED,
  TOREVENT_BOOTSTRAP,
  TOREVENT_ENOUGH_DIR_INFO,
  TOREVENT_NOT_ENOUGH_DIR_INFO,
  TOREVENT_CIRCUIT_ESTABLISHED,
  TOREVENT_CIRCUIT_NOT_ESTABLISHED,
};

/* What a circuit to an onion service has just come to, for the client that we
 * are. */
enum torevent_hs_state {
  TOREVENT_HS_STATE_NONE,  /* not a circuit of an onion service, or no change */
  TOREVENT_HS_STATE_OTHER, /* one that we do not need */
  TOREVENT_INTRO_SENT,     /* HSCI_INTRO_SENT: its last relay is the introduction point */
  TOREVENT_INTRO_DONE,     /* HSCI_DONE: it has answered, with yes or no */
  TOREVENT_REND_WAITING,   /* HSCR_ESTABLISHED_WAITING: the answer was yes */
  TOREVENT_REND_JOINED,    /* HSCR_JOINED: the backend has come */
};

/* The word of the protocol: "NOT_FOUND"; "none", "other". */
const char *torevent_action_text(enum torevent_action a);
const char *torevent_reason_text(enum torevent_reason r);
const char *torevent_status_text(enum torevent_status s);
const char *torevent_hs_state_text(enum torevent_hs_state s);

/* One event. Borrows from the message. Fields that the kind does not name are
 * zero. */
struct torevent {
  enum torevent_kind kind;
  struct slice name; /* "HS_DESC" */

  /* HS_DESC and HS_DESC_CONTENT */
  enum torevent_action action;
  enum torevent_reason reason;
  struct slice reason_text; /* the word, also of a new reason */
  struct slice address;     /* 56 characters, or empty if tor does not know it */
  struct slice auth_type;   /* "NO_AUTH", "UNKNOWN" */
  bool has_hsdir, has_blinded_key;
  uint8_t hsdir[TOREVENT_FINGERPRINT_SIZE];
  uint8_t blinded_key[TOREVENT_KEY_SIZE];
  struct slice text; /* HS_DESC_CONTENT: the descriptor; empty if there is none */

  /* STATUS_CLIENT */
  enum torevent_status status;
  int progress;         /* BOOTSTRAP: per cent, 0 to 100 */
  struct slice summary; /* BOOTSTRAP: what tor is doing, without quotes */
  struct slice warning; /* BOOTSTRAP: what tor stumbles over, or empty */

  struct slice signal; /* SIGNAL: its name */

  /* CIRC_MINOR, and address, the onion service's, or empty */
  enum torevent_hs_state hs_state;
  bool has_last_hop;
  uint8_t last_hop[TOREVENT_FINGERPRINT_SIZE];
  struct slice username; /* that of the SOCKS request it is for, escapes as they are; or empty */
};

/* Reads an asynchronous message. 0, also for an unknown kind. If an event that
 * we know is malformed: an error (ERR_SYNTAX, ERR_ENCODING, ERR_RANGE,
 * ERR_TRUNCATED), and *out is of kind TOREVENT_OTHER with its name. */
int torevent_parse(const struct reply *r, struct torevent *out) MUST_USE;

/* Reads "NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY=..", the form that
 * GETINFO status/bootstrap-phase answers in, as a TOREVENT_STATUS_CLIENT. */
int torevent_status_parse(struct slice text, struct torevent *out) MUST_USE;

#endif

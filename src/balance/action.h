/* What the core wants done: the only way it reaches the world. */
#ifndef BALANCE_ACTION_H
#define BALANCE_ACTION_H

#include "balance/memo.h"
#include "base/log.h"
#include "hs/address.h"
#include "hs/schedule.h"

enum action_kind {
  ACTION_LOG,          /* level, text */
  ACTION_LOAD_NETWORK, /* consensus and microdescriptors from tor */
  ACTION_FETCH,        /* address, fingerprint: HSFETCH SERVER= */
  ACTION_UPLOAD,       /* address, fingerprint, text: HSPOST SERVER= HSADDRESS= */
  ACTION_BLIND,        /* service, period */
  ACTION_CERTIFY,      /* service, period, blinded_key, key, expiration_hours */
  ACTION_PROBE,        /* probe, address, port, timeout; text: path of an HTTP request, or empty;
                          then http_min, http_max, http_text too */
  ACTION_PROBE_STOP,   /* probe: its end is of no interest any more */
  ACTION_KEEP,         /* memo, address; text: the memo, or empty: drop it. Before the
                          actions behind it are carried out */
};

/* Owns text and http_text; fields that the kind does not name are zero. */
struct action {
  enum action_kind kind;
  enum log_level level;
  struct buf text;
  struct address address;
  uint8_t fingerprint[FINGERPRINT_SIZE];
  uint32_t service;
  struct period period;
  uint8_t blinded_key[32];
  uint8_t key[32];
  uint32_t expiration_hours;
  uint64_t probe; /* names it in the events about it */
  uint16_t port;
  int64_t timeout;   /* milliseconds */
  unsigned http_min; /* the status of the answer, from .. to */
  unsigned http_max;
  struct buf http_text; /* stands in the answer; empty: anything */
  enum memo_kind memo;
};

/* Owns its actions. All zero is an empty list. */
struct action_list {
  struct action *items;
  size_t n;
  size_t cap;
};

/* Frees everything; the list is empty and usable again. */
void action_list_deinit(struct action_list *l);

/* Frees the actions but keeps the list's memory. */
void action_list_clear(struct action_list *l);

/* Appends an action with nothing set but its kind; borrowed until the next
 * one is appended. */
struct action *action_add(struct action_list *l, enum action_kind kind);

/* Moves the action that was appended last to a place before it. */
void action_move_last(struct action_list *l, size_t to);

/* Appends an ACTION_LOG. */
void action_log(struct action_list *l, enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif

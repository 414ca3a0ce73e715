/* How many different descriptor signing keys a signer certifies for one
 * frontend and time period. An honest publisher makes one at each start, and
 * renews its certificate; who asks for more is broken, or collects. Pure. */
#ifndef SIGNER_LEDGER_H
#define SIGNER_LEDGER_H

#include "base/wall.h"
#include "signer/wire.h"

/* So many keys for each frontend and period, and one more for each half hour
 * since the first: a publisher that was started in a loop gets what it needs
 * when that is over. */
#define LEDGER_KEYS       96U
#define LEDGER_REGAINED_S 1800

/* So many periods of a frontend at a time. Three are in use at most; the others
 * are for a network whose period length has changed. */
#define LEDGER_PERIODS 8U

struct ledger;

/* Empty. Freed with ledger_free. */
struct ledger *ledger_new(void);
void ledger_free(struct ledger *l);

/* One certificate. identity: the frontend's public key. */
struct ledger_entry {
  uint8_t identity[32];
  struct wire_period period;
  uint8_t key[32]; /* descriptor signing key */
};

/* Notes it. A key that was noted before is nothing new. more: the keys that an
 * operator has approved of in addition; without any, a period outside of the
 * policy (policy_period) gets none. ERR_REFUSED: that would be one key or one
 * period too many; periods that have ended long before now make room, if nobody
 * has approved of more. */
int ledger_note(struct ledger *l, const struct ledger_entry *e, uint64_t more,
                struct wall now) MUST_USE;

#endif

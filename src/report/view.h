/* What every renderer works with: one snapshot, the moment it is looked at,
 * and the form that is asked for; and the words that all of them use. */
#ifndef REPORT_VIEW_H
#define REPORT_VIEW_H

#include "balance/snapshot.h"
#include "base/moment.h"
#include "report/form.h"
#include "report/json.h"

/* Borrows everything. */
struct view {
  const struct snapshot *snapshot;
  struct suite *suite;
  struct moment now; /* not before the snapshot */
  struct form form;
  const char *version; /* of the program */
};

/* How an instance is, in one word: "up", "drain", ...; and whether that is
 * good. */
const char *view_state(const struct snapshot_instance *in);
enum form_tone view_tone(const struct snapshot_instance *in);

/* Why, in a few words: "its descriptor is there". */
const char *view_why(const struct snapshot_instance *in);

/* True if it stands in one of the two descriptors, as planned. */
bool view_is_in(const struct snapshot_instance *in);

/* True if an operator has taken it out and no client can be led to it any
 * more; the other appends a few words about that. */
bool view_is_safe(const struct view *v, const struct snapshot_instance *in);
void view_safety(const struct view *v, const struct snapshot_instance *in, struct buf *out);

/* Appends sentences, one a line: what happens to it next. */
void view_outlook(const struct view *v, const struct snapshot_instance *in, struct buf *out);

/* Uploads of both descriptors of a service that are confirmed, and all of
 * them. */
size_t view_confirmed(const struct snapshot_service *sv);
size_t view_uploads(const struct snapshot_service *sv);

/* The last upload of a service, or NULL if there was none; and the next time
 * that one is due without a further change, or MONO_NEVER. */
const struct snapshot_descriptor *view_last(const struct snapshot_service *sv);
struct mono view_next(const struct snapshot_service *sv);

/* Appends how long ago, or in how long: "40 s ago", "in 34 min". A wall clock
 * that was set back makes it "0 s ago". */
void view_ago(const struct view *v, struct wall t, struct buf *out);
void view_in(const struct view *v, struct mono t, struct buf *out);

/* The moment on the wall of a timer. */
struct wall view_wall(const struct view *v, struct mono t);

/* Appends address with ".onion". */
void view_address(const struct view *v, const struct address *a, struct buf *out);

/* True if its share is more than a tenth off what its weight asks for. */
bool view_is_off(const struct snapshot_instance *in);

/* Why its share is not what its weight asks for, and what would help: half a
 * sentence. */
void view_obstacle(const struct snapshot_service *sv, const struct snapshot_instance *in,
                   struct buf *out);

#endif

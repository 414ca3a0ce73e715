#include "balance/round.h"

#include "balance/memory.h"
#include "base/mem.h"
#include "crypto/ope.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Seconds of tor's clockwork by which a rejected revision is raised at first.
 * The counter of another program for the same period differs from ours by
 * some minutes' worth at the most. */
#define FIRST_RAISE 60
#define LAST_RAISE  7200

/* Tries of one round that fail before an HSDir counts as refusing. */
#define REFUSING 3

static void add_stray(struct service *sv, const struct upload *u)
{
  struct stray *stray;

  sv->strays = mem_grow(sv->strays, sv->n_strays, &sv->strays_cap, sizeof *sv->strays);
  stray = &sv->strays[sv->n_strays++];
  memcpy(stray->fingerprint, u->fingerprint, FINGERPRINT_SIZE);
  stray->deadline = u->deadline;
}

void round_leave(struct service *sv, struct publication *pub)
{
  for (size_t i = 0; i < pub->n_uploads; i++) {
    if (pub->uploads[i].is_in_flight) {
      add_stray(sv, &pub->uploads[i]);
      pub->uploads[i].is_in_flight = false;
    }
  }
}

void round_set_hsdirs(struct step *s, struct service *sv, struct publication *pub,
                      const uint32_t *places, size_t n)
{
  struct upload *uploads = mem_array(n, sizeof *uploads);

  for (size_t i = 0; i < n; i++) {
    const uint8_t *fp = s->core->network.view.nodes[places[i]].fingerprint;
    struct upload *old = publication_find_upload(pub, fp);

    if (old != NULL) {
      uploads[i] = *old;
      old->is_in_flight = false;
      continue;
    }
    memcpy(uploads[i].fingerprint, fp, FINGERPRINT_SIZE);
    pub->has_new_hsdir = true;
  }
  round_leave(sv, pub);
  free(pub->uploads);
  pub->uploads = uploads;
  pub->n_uploads = n;
}

/* The counter for a plaintext (rend-spec-v3.txt appendix F). Where the scale
 * ends it rises one by one, so that the plaintext alone decides. */
static uint64_t revision_of(struct step *s, const struct publication *pub)
{
  uint32_t input = pub->counter_input < OPE_MAX ? pub->counter_input : OPE_MAX;
  uint64_t revision = 0;

  if (ope_encrypt(s->core->suite, secret_peek(pub->revision_key), input, &revision) < 0) {
    return pub->revision + 1; /* not with 1 .. OPE_MAX */
  }
  return revision + (pub->counter_input - input);
}

/* Moves the revision up: to what the time says, and at least `by` past the
 * last one, or past all that an earlier run can have sent. */
static void raise_revision(struct step *s, const struct service *sv, struct publication *pub,
                           uint32_t by)
{
  int64_t seconds = s->now.wall.s - pub->slot.srv_start.s + 1;
  uint32_t last = pub->counter_input > 0 ? pub->counter_input : memory_floor(s, sv, pub);
  int64_t least = (int64_t)last + by;

  seconds = seconds > (int64_t)OPE_MAX ? (int64_t)OPE_MAX : seconds;
  seconds = seconds > least ? seconds : least;
  pub->counter_input = (uint32_t)(seconds > LIMIT_COUNTER ? LIMIT_COUNTER : seconds);
  pub->revision = revision_of(s, pub);
  memory_reserve(s, sv, pub);
}

/* The inner layer for an HSDir. One that all share is built once for the round;
 * a distinct one into *own. */
static int build_inner(struct step *s, struct publication *pub, const struct upload *u,
                       struct buf *own, struct slice *out)
{
  struct buf *to = pub->content->is_distinct ? own : &pub->inner;
  const struct plan *plan = &content_for(pub->content, u->fingerprint)->plan;
  struct desc_content content = {
      .intros = plan->intros,
      .n_intros = plan->n,
      .is_single_onion = pub->content->is_single_onion,
      .flow_control = pub->content->has_flow_control ? pub->content->flow_control : NULL,
  };
  int err = to->n > 0 ? 0 : desc_inner_build(&pub->frame, &content, s->now.wall, to);

  if (err < 0) {
    buf_deinit(to);
  }
  *out = buf_slice(to);
  return err;
}

void round_start(struct step *s, struct service *sv, struct publication *pub,
                 enum publication_reason why)
{
  const struct timing *t = &s->core->timing;

  buf_deinit(&pub->inner);
  pub->round++;
  pub->reason = why;
  pub->attempted = s->now.wall;
  pub->is_changed = false;
  pub->has_new_hsdir = false;
  pub->is_ordered = false;
  pub->is_reported = false;
  pub->is_verified = false;
  pub->raise_by = 0;
  pub->next_publish =
      mono_plus(s->now.mono, rng_between(s->rng, t->republish_min, t->republish_max));
  raise_revision(s, sv, pub, 1);
  for (size_t i = 0; i < pub->n_uploads; i++) {
    pub->uploads[i].is_wanted = true;
    pub->uploads[i].attempts = 0;
    pub->uploads[i].next_try = s->now.mono;
  }
  action_log(s->out, LOG_LEVEL_INFO,
             "%s: publishing for time period %" PRIu64
             " (%s): %zu introduction points, %zu HSDirs%s",
             sv->label, pub->slot.period.number, publication_reason_text(why),
             content_points(pub->content), pub->n_uploads,
             pub->content->is_distinct ? ", a distinct descriptor for each" : "");
}

static struct stray *find_stray(const struct service *sv, const uint8_t fp[FINGERPRINT_SIZE])
{
  for (size_t i = 0; i < sv->n_strays; i++) {
    if (memcmp(sv->strays[i].fingerprint, fp, FINGERPRINT_SIZE) == 0) {
      return &sv->strays[i];
    }
  }
  return NULL;
}

/* True if another upload of the service is on its way to the HSDir. */
static bool is_taken(const struct service *sv, const struct publication *pub,
                     const struct upload *u)
{
  const struct publication *other =
      pub == &sv->publications[0] ? &sv->publications[1] : &sv->publications[0];
  const struct upload *there = publication_find_upload(other, u->fingerprint);

  return (there != NULL && there->is_in_flight) || find_stray(sv, u->fingerprint) != NULL;
}

/* Encodes for one HSDir. The first encoding of an inner layer is read back whole,
 * as a client would; what that could find is the same in all of them. */
static int encode(struct step *s, struct publication *pub, const struct upload *u, struct buf *out)
{
  CLEANUP(buf_deinit) struct buf own = {0};
  struct desc_payload payload = {.revision = pub->revision};

  TRY(build_inner(s, pub, u, &own, &payload.inner));
  TRY(desc_encode(s->core->suite, &pub->frame, &payload, s->rng, out));
  if (pub->content->is_distinct || !pub->is_verified) {
    TRY(desc_verify(s->core->suite, &pub->frame, payload.inner, buf_slice(out), s->now.wall));
    pub->is_verified = true;
  }
  return 0;
}

static bool send_one(struct step *s, struct service *sv, struct publication *pub, struct upload *u)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct action *a;
  int err;

  if (u->sent_revision == pub->revision) {
    raise_revision(s, sv, pub, 1); /* the HSDir may have that one already */
  }
  err = encode(s, pub, u, &text);
  if (err < 0) {
    action_log(s->out, LOG_LEVEL_ERROR, "%s: cannot build a descriptor: %s", sv->label,
               err_text(err));
    return false;
  }
  a = action_add(s->out, ACTION_UPLOAD);
  a->address = sv->address;
  memcpy(a->fingerprint, u->fingerprint, FINGERPRINT_SIZE);
  a->text = text;
  text = (struct buf){0};
  u->is_in_flight = true;
  u->deadline = mono_plus(s->now.mono, s->core->timing.upload_timeout);
  u->sent_round = pub->round;
  u->sent_revision = pub->revision;
  s->core->uploads_in_flight++;
  action_log(s->out, LOG_LEVEL_DEBUG,
             "%s: to HSDir %02X%02X%02X%02X for time period %" PRIu64 ", revision %" PRIu64,
             sv->label, u->fingerprint[0], u->fingerprint[1], u->fingerprint[2], u->fingerprint[3],
             pub->slot.period.number, pub->revision);
  return true;
}

bool round_send(struct step *s, struct service *sv, struct publication *pub, bool retries)
{
  struct core *c = s->core;

  for (size_t i = 0; pub->content != NULL && i < pub->n_uploads; i++) {
    struct upload *u = &pub->uploads[i];

    if (!u->is_wanted || u->is_in_flight || (u->attempts > 0) != retries ||
        !mono_is_due(u->next_try, s->now.mono) || is_taken(sv, pub, u)) {
      continue;
    }
    if (c->uploads_in_flight >= c->timing.max_uploads) {
      return false;
    }
    if (!send_one(s, sv, pub, u)) {
      u->next_try = mono_plus(s->now.mono, c->timing.upload_retry_max);
    }
  }
  return true;
}

static void land(struct step *s, struct upload *u)
{
  s->core->uploads_in_flight -= u->is_in_flight;
  u->is_in_flight = false;
}

void round_confirm(struct step *s, struct service *sv, struct publication *pub, struct upload *u)
{
  land(s, u);
  u->confirmed_revision = u->sent_revision;
  u->is_refusing = false;
  u->next_try = s->now.mono;
  if (u->sent_round == pub->round) {
    u->is_wanted = false;
    u->attempts = 0;
  }
  if (publication_confirmed(pub) == pub->n_uploads && !pub->is_reported) {
    pub->is_reported = true;
    buf_deinit(&pub->inner);
    action_log(s->out, LOG_LEVEL_INFO, "%s: time period %" PRIu64 " confirmed by all %zu HSDirs",
               sv->label, pub->slot.period.number, pub->n_uploads);
  }
}

/* Plans the next try; the first failure of a round is worth a warning. */
static void retry_later(struct step *s, struct service *sv, struct upload *u, const char *what)
{
  const struct timing *t = &s->core->timing;
  int64_t delay = timing_backoff(t->upload_retry_first, u->attempts, t->upload_retry_max);

  land(s, u);
  u->is_wanted = true;
  u->attempts++;
  u->is_refusing = u->is_refusing || u->attempts >= REFUSING;
  u->next_try = mono_plus(s->now.mono, rng_between(s->rng, delay / 2, delay));
  action_log(s->out, u->attempts == REFUSING ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
             "%s: upload to HSDir %02X%02X%02X%02X %s, try %u", sv->label, u->fingerprint[0],
             u->fingerprint[1], u->fingerprint[2], u->fingerprint[3], what, u->attempts);
}

/* How far to raise a revision that was rejected. Where most HSDirs say no, a
 * higher one of ours or of another program is there: steps double to find its
 * end. Where most have taken it, one of them is strange, and may not push the
 * counter faster than the clock does. */
static uint32_t next_raise(const struct publication *pub)
{
  uint32_t doubled = pub->raise_by * 2 < LAST_RAISE ? pub->raise_by * 2 : LAST_RAISE;

  return pub->raise_by == 0 || publication_confirmed(pub) * 2 >= pub->n_uploads ? FIRST_RAISE
                                                                                : doubled;
}

void round_reject(struct step *s, struct service *sv, struct publication *pub, struct upload *u)
{
  if (u->sent_revision == pub->revision) {
    pub->raise_by = next_raise(pub);
    raise_revision(s, sv, pub, pub->raise_by);
  }
  retry_later(s, sv, u, "rejected");
}

void round_fail(struct step *s, struct service *sv, struct publication *pub, struct upload *u)
{
  (void)pub;
  retry_later(s, sv, u, "failed");
}

static void drop_stray(struct step *s, struct service *sv, struct stray *stray)
{
  *stray = sv->strays[--sv->n_strays];
  s->core->uploads_in_flight--;
}

bool round_settle_stray(struct step *s, struct service *sv,
                        const uint8_t fingerprint[FINGERPRINT_SIZE])
{
  struct stray *stray = find_stray(sv, fingerprint);

  if (stray != NULL) {
    drop_stray(s, sv, stray);
  }
  return stray != NULL;
}

void round_time_out(struct step *s, struct service *sv)
{
  for (size_t k = 0; k < 2; k++) {
    for (size_t i = 0; i < sv->publications[k].n_uploads; i++) {
      struct upload *u = &sv->publications[k].uploads[i];

      if (u->is_in_flight && mono_is_due(u->deadline, s->now.mono)) {
        retry_later(s, sv, u, "timed out");
      }
    }
  }
  for (size_t i = sv->n_strays; i > 0; i--) {
    if (mono_is_due(sv->strays[i - 1].deadline, s->now.mono)) {
      drop_stray(s, sv, &sv->strays[i - 1]);
    }
  }
}

void round_abandon(struct step *s, struct service *sv)
{
  for (size_t k = 0; k < 2; k++) {
    for (size_t i = 0; i < sv->publications[k].n_uploads; i++) {
      struct upload *u = &sv->publications[k].uploads[i];

      if (u->is_in_flight) {
        land(s, u);
        u->next_try = s->now.mono;
      }
    }
  }
  s->core->uploads_in_flight -= (unsigned)sv->n_strays;
  sv->n_strays = 0;
}

struct mono round_next_wake(const struct service *sv, const struct publication *pub)
{
  struct mono t = MONO_NEVER;

  for (size_t i = 0; i < pub->n_uploads; i++) {
    const struct upload *u = &pub->uploads[i];

    if (u->is_in_flight) {
      t = mono_earlier(t, u->deadline);
    } else if (u->is_wanted && pub->content != NULL && !sv->is_waiting && !is_taken(sv, pub, u)) {
      t = mono_earlier(t, u->next_try);
    }
  }
  for (size_t i = 0; i < sv->n_strays; i++) {
    t = mono_earlier(t, sv->strays[i].deadline);
  }
  return t;
}

/* Events in any order, with hostile texts, answers that nobody asked for and
 * clocks that jump: the input is a program of one-byte commands. Looked at
 * after every step: no wake-up in the past, no busy loop, counts that fit,
 * revisions that rise, plans within their bounds, nothing for a tor that is
 * down. */
#include "../../unit/balance/descriptor.h"

#include "balance/memo.h"
#include "balance/state.h"
#include "base/cursor.h"

#define N_SERVICES  2
#define N_INSTANCES 3
#define N_PERIODS   3
#define N_REVISIONS 3
#define N_PENDING   64
#define N_KEPT      (3 + N_INSTANCES) /* counters, runtime, health, one of each instance */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once: keys, and descriptors of every instance in three periods. */
static struct maker maker;
static struct identity services[N_SERVICES];
static struct identity instances[N_INSTANCES];
static struct intro intros[N_INSTANCES][3];
static struct buf descriptors[N_INSTANCES][N_PERIODS][N_REVISIONS];

/* One run. */
struct play {
  struct cursor in;
  struct core *core;
  struct moment now;
  struct action_list out;
  struct action pending[N_PENDING]; /* the last questions; without their texts */
  size_t n_pending;
  struct action kept[N_KEPT]; /* the last of each name; they own their texts */
  size_t n_kept;
  size_t n_signed; /* of all questions: sign_all has answered them */
};

/* ---- what must hold ---- */

#define MUST(condition) maker_must(condition)

static void check_service(const struct service *sv, unsigned *in_flight)
{
  *in_flight += (unsigned)sv->n_strays;
  for (size_t i = 0; i < 2; i++) {
    const struct publication *pub = &sv->publications[i];
    const struct publication *other = &sv->publications[1 - i];

    for (size_t k = 0; pub->content != NULL && k < pub->content->n; k++) {
      const struct plan *plan = &pub->content->variants[k].plan;

      MUST(plan->n >= 1 && plan->n <= LIMIT_INTRO_POINTS);
    }
    for (size_t k = 0; k < pub->n_uploads; k++) {
      const struct upload *u = &pub->uploads[k];
      const struct upload *there = publication_find_upload(other, u->fingerprint);

      *in_flight += u->is_in_flight;
      MUST(u->sent_revision <= pub->revision);
      MUST(u->confirmed_revision <= u->sent_revision);
      MUST(!u->is_in_flight || there == NULL || !there->is_in_flight);
    }
  }
}

static void check_core(const struct play *p)
{
  const struct core *c = p->core;
  unsigned uploads = 0, fetches = 0;

  for (size_t i = 0; i < c->n_services; i++) {
    check_service(&c->services[i], &uploads);
    fetches += c->services[i].visit.phase == VISIT_FETCHING;
  }
  for (size_t i = 0; i < c->n_instances; i++) {
    for (size_t k = 0; k < c->instances[i].n_targets; k++) {
      fetches += c->instances[i].targets[k].state == TARGET_IN_FLIGHT;
    }
    MUST(!c->instances[i].knowledge.is_known || c->instances[i].knowledge.n_intros > 0);
  }
  MUST(uploads == c->uploads_in_flight && uploads <= c->timing.max_uploads);
  MUST(fetches == c->fetches_in_flight && fetches <= c->timing.max_fetches);
  MUST(core_next_wake(c).ms >= p->now.mono.ms);
}

/* The end of the text is checked by the core itself; what an HSDir looks at
 * first is not. */
static void check_upload(const struct play *p, const struct action *a)
{
  MUST(p->core->tor_is_up);
  MUST(a->text.n > 0 && a->text.n < LIMIT_DESCRIPTOR_BYTES);
  MUST(slice_has_prefix(buf_slice(&a->text), "hs-descriptor 3\n"));
}

static void keep(struct play *p, struct action *a)
{
  size_t i = 0;

  while (i < p->n_kept &&
         (p->kept[i].memo != a->memo || !address_equal(&p->kept[i].address, &a->address))) {
    i++;
  }
  MUST(i < N_KEPT);
  p->n_kept = i == p->n_kept ? i + 1 : p->n_kept;
  buf_deinit(&p->kept[i].text);
  p->kept[i] = *a;
  a->text = (struct buf){0};
}

static void take_actions(struct play *p)
{
  for (size_t i = 0; i < p->out.n; i++) {
    struct action *a = &p->out.items[i];

    MUST(a->kind == ACTION_LOG || a->kind == ACTION_KEEP || a->kind == ACTION_BLIND ||
         a->kind == ACTION_CERTIFY || p->core->tor_is_up);
    if (a->kind == ACTION_UPLOAD) {
      check_upload(p, a);
    }
    if (a->kind == ACTION_KEEP) {
      keep(p, a);
    } else if (a->kind != ACTION_LOG) {
      p->pending[p->n_pending % N_PENDING] = *a;
      p->pending[p->n_pending++ % N_PENDING].text = (struct buf){0};
    }
  }
  action_list_clear(&p->out);
}

static void step(struct play *p, const struct event *e)
{
  core_step(p->core, e, p->now, &maker.rng, &p->out);
  take_actions(p);
  check_core(p);
}

/* ---- the commands ---- */

/* A question that was asked before. */
static const struct action *pick(struct play *p)
{
  static const struct action none;
  size_t n = p->n_pending < N_PENDING ? p->n_pending : N_PENDING;
  uint8_t which = cursor_u8(&p->in);

  return n == 0 ? &none : &p->pending[which % n];
}

static void tick(struct play *p)
{
  struct event e = {.kind = EVENT_TICK};
  int64_t wake;

  p->now.mono.ms += (int64_t)cursor_u16(&p->in) * cursor_u8(&p->in);
  step(p, &e);
  wake = core_next_wake(p->core).ms;
  MUST(wake > p->now.mono.ms);
  if (wake < MONO_NEVER.ms && (wake - p->now.mono.ms) % 2 == 0) {
    p->now.mono.ms = wake;
    step(p, &e);
    MUST(core_next_wake(p->core).ms > p->now.mono.ms);
  }
}

static void jump(struct play *p)
{
  int64_t seconds = (int16_t)cursor_u16(&p->in);

  p->now.wall.s = MAKER_NOW + seconds * 60;
}

static void plain(struct play *p)
{
  static const enum event_kind kinds[] = {EVENT_TOR_UP, EVENT_TOR_DOWN, EVENT_CONSENSUS_ARRIVED,
                                          EVENT_SIGNER_UP, EVENT_SIGNER_DOWN};
  uint8_t which = cursor_u8(&p->in);
  struct event e = {
      .kind = kinds[which % 5], .testing_network = which > 250, .can_probe = which % 2 == 0};

  step(p, &e);
}

static void network(struct play *p)
{
  struct netview v =
      maker_view(MAKER_VALID_AFTER + (int8_t)cursor_u8(&p->in) * MAKER_HOUR, cursor_u8(&p->in) % 6);
  struct event e = {.kind = EVENT_NETWORK, .view = &v};
  uint8_t more = cursor_u8(&p->in);

  v.n_missing = more % 4;
  v.consensus.has_srv_current = more < 250;
  v.consensus.params.hsdir_interval = more == 255 ? 30 : 1440;
  v.consensus.fresh_until.s -= more == 254 ? 2 * MAKER_HOUR : 0;
  step(p, &e);
  MUST(v.nodes == NULL);
}

static void no_network(struct play *p)
{
  struct event e = {.kind = EVENT_NETWORK_FAILED, .why = "no"};

  step(p, &e);
}

/* An instance's descriptor, perhaps damaged, or a text of the input. */
static void fetched(struct play *p)
{
  const struct action *a = pick(p);
  struct event e = {.kind = EVENT_FETCHED, .address = a->address};
  struct buf text = {0};
  uint8_t which = cursor_u8(&p->in);
  size_t instance = which % N_INSTANCES;

  memcpy(e.fingerprint, a->fingerprint, sizeof e.fingerprint);
  if (which < 240) {
    buf_add_slice(
        &text, buf_slice(&descriptors[instance][which / 3 % N_PERIODS][which / 9 % N_REVISIONS]));
    e.address = instances[instance].address;
  } else {
    buf_add_slice(&text, cursor_take(&p->in, cursor_u8(&p->in)));
  }
  if (which % 7 == 0 && text.n > 0) {
    text.p[cursor_u16(&p->in) % text.n] ^= cursor_u8(&p->in);
  }
  e.text = buf_slice(&text);
  step(p, &e);
  buf_deinit(&text);
}

static void answered(struct play *p)
{
  static const enum event_kind kinds[] = {EVENT_FETCH_FAILED, EVENT_UPLOADED, EVENT_UPLOAD_FAILED};
  const struct action *a = pick(p);
  uint8_t what = cursor_u8(&p->in);
  struct event e = {
      .kind = kinds[what % 3], .is_definite = (what & 0x80) != 0, .address = a->address};

  memcpy(e.fingerprint, a->fingerprint, sizeof e.fingerprint);
  step(p, &e);
}

/* Something about a probe that is under way, or is not. */
static void witnessed(struct play *p)
{
  static const enum event_kind kinds[] = {EVENT_INTRODUCED, EVENT_JOINED, EVENT_PROBED,
                                          EVENT_PROBED};
  uint8_t what = cursor_u8(&p->in);
  const struct action *a = pick(p);
  struct event e = {.kind = kinds[what % 4],
                    .probe = a->probe != 0 ? a->probe : what,
                    .probe_end = (enum probe_end)(what / 4 % (PROBE_NOT_READY + 1))};

  memset(e.fingerprint, what, sizeof e.fingerprint);
  step(p, &e);
}

/* Ends all probes that are remembered the same way. */
static void probe_all(struct play *p)
{
  uint8_t what = cursor_u8(&p->in);

  for (size_t i = 0; i < N_PENDING; i++) {
    struct event e = {.kind = EVENT_INTRODUCED, .probe = p->pending[i].probe};

    if (p->pending[i].kind != ACTION_PROBE) {
      continue;
    }
    if (what % 2 == 0) {
      step(p, &e);
    }
    if (what % 4 == 0) {
      e.kind = EVENT_JOINED;
      step(p, &e);
    }
    e.kind = EVENT_PROBED;
    e.probe_end = (enum probe_end)(what / 4 % (PROBE_NOT_READY + 1));
    step(p, &e);
  }
}

/* An operator's command, perhaps a bad one. What is barred by it stands in no
 * plan any more. */
static void ordered(struct play *p)
{
  uint8_t what = cursor_u8(&p->in);
  uint8_t whom = cursor_u8(&p->in);
  struct admin_command c = {.op = (enum admin_op)(what % ADMIN_OPS),
                            .has_service = whom % 5 == 0,
                            .service = services[whom % N_SERVICES].address,
                            .instance = instances[whom / 8 % N_INSTANCES].address,
                            .value = cursor_u8(&p->in) * (whom > 250 ? 3U : 1U)};
  struct admin_result result;
  struct event e = {.kind = EVENT_ADMIN, .admin = &c, .admin_result = &result};
  const struct core *core = p->core;

  c.value %= c.op == ADMIN_STATE ? 5 : 999;
  step(p, &e);
  for (size_t i = 0; core->tor_is_ready && core->is_usable && i < core->n_services * 2; i++) {
    const struct content *content = core->services[i / 2].publications[i % 2].content;

    for (size_t k = 0; content != NULL && k < core->n_instances; k++) {
      MUST(core->instances[k].admin == ADMIN_ENABLED ||
           content_count(content, &core->instances[k].address) == 0);
    }
  }
}

/* Confirms or rejects all that is remembered. */
static void answer_all(struct play *p)
{
  uint8_t what = cursor_u8(&p->in);

  for (size_t i = 0; i < N_PENDING; i++) {
    struct action a = p->pending[i];
    struct event e = {.kind = what % 4 == 0 ? EVENT_UPLOAD_FAILED : EVENT_UPLOADED,
                      .is_definite = what % 8 == 0,
                      .address = a.address};

    memcpy(e.fingerprint, a.fingerprint, sizeof e.fingerprint);
    if (a.kind == ACTION_UPLOAD) {
      step(p, &e);
    }
  }
}

/* The keys of a service in a period: making them is what costs most here. */
struct blinded {
  size_t service;
  struct period period;
  uint8_t secret[64], public_key[32], revision_key[32];
};

static const struct blinded *blind(size_t service, struct period p)
{
  static struct blinded cache[16];
  struct blinded *b = &cache[(service + 2 * p.number) % 16];

  if (b->service != service || b->period.number != p.number || b->period.minutes != p.minutes) {
    *b = (struct blinded){.service = service, .period = p};
    maker_blind(&maker, &services[service], p, b->secret, b->public_key);
    blind_revision_key(maker.suite, b->secret, b->revision_key);
  }
  return b;
}

static void sign(struct play *p, const struct action *question, uint8_t how)
{
  struct action a = *question;
  struct event e = {.service = a.service, .period = a.period, .why = "no"};
  const struct blinded *b = blind((a.service + (how == 1)) % N_SERVICES, a.period);
  uint8_t cert[CERT_SIZE] = {1};

  if (how != 2 && a.kind == ACTION_CERTIFY) {
    maker_certify(b->secret, b->public_key, a.key, a.expiration_hours, cert);
  }
  e.kind = how == 3                   ? EVENT_SIGNER_REFUSED
           : a.kind == ACTION_CERTIFY ? EVENT_CERTIFIED
                                      : EVENT_BLINDED;
  e.blinded_key = b->public_key;
  e.revision_key = b->revision_key;
  e.cert = cert;
  step(p, &e);
}

static void signed_one(struct play *p)
{
  const struct action *a = pick(p);

  sign(p, a, cursor_u8(&p->in) % 5);
}

/* Answers every new question to the signer, as a good one does. */
static void sign_all(struct play *p)
{
  for (; p->n_signed < p->n_pending; p->n_signed++) {
    const struct action *a = &p->pending[p->n_signed % N_PENDING];

    if (a->kind == ACTION_BLIND || a->kind == ACTION_CERTIFY) {
      sign(p, a, 0);
    }
  }
}

/* The first n services and instances, each service with some of them. */
static struct core_config make_config(size_t n_services, size_t n_instances, enum content_mode mode)
{
  static struct core_service s[N_SERVICES];
  static struct core_instance in[N_INSTANCES];
  static const uint32_t places[] = {0, 1, 2};

  for (size_t i = 0; i < N_INSTANCES; i++) {
    in[i] = (struct core_instance){.address = instances[i].address, .label = "i"};
  }
  for (size_t i = 0; i < N_SERVICES; i++) {
    s[i] = (struct core_service){.address = services[i].address,
                                 .label = "s",
                                 .instances = places,
                                 .n_instances = n_instances,
                                 .descriptors = mode};
  }
  return (struct core_config){s, n_services, in, n_instances, false, true};
}

/* It is killed, and starts again with what was kept. */
static void restart(struct play *p)
{
  struct core_config config = make_config(N_SERVICES, N_INSTANCES, CONTENT_AUTO);

  core_free(p->core);
  p->core = core_new(maker.suite, &config);
  for (size_t i = 0; i < p->n_kept; i++) {
    struct buf name CLEANUP(buf_deinit) = {0};
    struct buf text CLEANUP(buf_deinit) = {0};
    struct memo m;
    struct event e = {.kind = EVENT_RESTORED, .memo = &m};

    memo_name(maker.suite, p->kept[i].memo, &p->kept[i].address, &name);
    buf_add_slice(&text, buf_slice(&p->kept[i].text)); /* which the step may replace */
    if (text.n > 0) {
      MUST(memo_parse(maker.suite, buf_str(&name), buf_slice(&text), &m) == 0);
      step(p, &e);
    }
  }
}

static void reload_with(struct play *p, uint8_t what)
{
  struct core_config config =
      make_config(what % 2 + 1U, what / 2 % 3 + 1U, (enum content_mode)(what / 6 % CONTENT_MODES));
  struct event e = {.kind = EVENT_CONFIGURED, .config = &config};

  step(p, &e);
}

static void reload(struct play *p)
{
  uint8_t what = cursor_u8(&p->in);

  if (what >= 0xe0) {
    restart(p);
    return;
  }
  reload_with(p, what);
}

/* The usual way up to the first uploads, so that the input need not find
 * it. */
static void go_up(struct play *p)
{
  struct event e = {.kind = EVENT_TOR_UP, .can_probe = true};
  struct netview v = maker_view(MAKER_VALID_AFTER, 3);

  step(p, &e);
  e.kind = EVENT_SIGNER_UP;
  step(p, &e);
  e = (struct event){.kind = EVENT_NETWORK, .view = &v};
  step(p, &e);
  for (size_t i = 0; i < N_INSTANCES; i++) {
    e = (struct event){.kind = EVENT_FETCHED,
                       .address = instances[i].address,
                       .text = buf_slice(&descriptors[i][1][0])};
    step(p, &e);
  }
  sign_all(p);
}

static void (*const commands[])(struct play *p) = {
    tick, tick,     jump,   plain, network, no_network, fetched, fetched,   answered,  answer_all,
    tick, sign_all, reload, go_up, tick,    signed_one, ordered, witnessed, probe_all, probe_all,
};

/* ---- the world ---- */

static void make_descriptors(size_t i, const struct period *now)
{
  for (size_t period = 0; period < N_PERIODS; period++) {
    for (size_t r = 0; r < N_REVISIONS; r++) {
      struct descriptor d = {.period = {now->number + period - 1, now->minutes},
                             .revision = 100 + r,
                             .now = {MAKER_NOW},
                             .intros = intros[i],
                             .n_intros = r == 2 ? 2 : 3,
                             .flow_control = i == 0 ? NULL : "1-2 31"};

      descriptor_build(&maker, &instances[i], &d, &descriptors[i][period][r]);
    }
  }
}

static void make_world(void)
{
  struct netview v = maker_view(MAKER_VALID_AFTER, 1);
  struct schedule schedule;
  struct period now;

  maker_init(&maker, 5);
  maker.rng.ctx = &maker.seed;
  MUST(schedule_init(&schedule, &v.consensus, false) == 0);
  now = schedule_period_at(&schedule, v.consensus.valid_after);
  netview_deinit(&v);
  for (size_t i = 0; i < N_SERVICES; i++) {
    maker_identity(&maker, &services[i]);
  }
  for (size_t i = 0; i < N_INSTANCES; i++) {
    maker_identity(&maker, &instances[i]);
    for (size_t k = 0; k < 3; k++) {
      intros[i][k] = maker_intro(&maker, (uint8_t)(i + k + 1));
    }
    make_descriptors(i, &now);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct core_config config;
  struct play p = {.in = cursor_from(slice_of(data, size)),
                   .now = {.wall = {MAKER_NOW}, .mono = {1000}}};

  if (maker.suite == NULL) {
    make_world();
  }
  maker.seed = 9; /* the same input, the same run */
  config = make_config(N_SERVICES, N_INSTANCES, CONTENT_AUTO);
  p.core = core_new(maker.suite, &config);
  for (int i = 0; i < 100 && cursor_left(&p.in) > 0; i++) {
    commands[cursor_u8(&p.in) % (sizeof commands / sizeof commands[0])](&p);
  }
  core_free(p.core);
  for (size_t i = 0; i < p.n_kept; i++) {
    buf_deinit(&p.kept[i].text);
  }
  action_list_deinit(&p.out);
  return 0;
}

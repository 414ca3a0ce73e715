#include "daemon/daemon.h"

#include "balance/core.h"
#include "base/mem.h"
#include "daemon/access.h"
#include "daemon/clerk.h"
#include "daemon/enclosure.h"
#include "daemon/generation.h"
#include "daemon/keeper.h"
#include "daemon/program.h"
#include "daemon/torbridge.h"
#include "io/clock.h"
#include "io/hatch.h"
#include "io/logger.h"
#include "io/loop.h"
#include "io/notify.h"
#include "io/random.h"
#include "io/teller.h"
#include "io/timer.h"
#include "report/status.h"
#include "version.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often tor is told that somebody needs it: it goes dormant after a day. */
#define KEEP_AWAKE_MS (3600 * 1000)

/* How often the service manager hears of progress, at least. */
#define ALIVE_MS 1000

enum { SIGNAL_TERM, SIGNAL_INT, SIGNAL_HUP, N_SIGNALS };

struct daemon {
  const struct options *options;
  struct logger *logger;
  struct suite *suite;
  struct event_base *base;
  struct timer *signals[N_SIGNALS];
  struct timer *wake;       /* the core's next wake-up */
  struct timer *keep_awake; /* tor's */
  struct timer *alive;      /* tells the service manager */
  char told[96];            /* the status that it was told last */
  struct timer *retire;     /* frees retired outside of its own callbacks */
  char *signer_program;
  struct access access;
  struct generation *current; /* the one that the core is configured with */
  struct generation *candidate;
  struct generation *retired;
  bool has_hangup; /* a SIGHUP that came while a candidate was being checked */
  struct core *core;
  char *state_directory; /* NULL: nothing is kept */
  struct keeper *keeper; /* NULL, too */
  struct torbridge *bridge;
  struct teller *status; /* NULL if there is no status socket */
  struct clerk *clerk;   /* NULL if there is no admin socket */
  struct action_list actions;
  int exit_code;
};

static void do_action(struct daemon *d, const struct action *a)
{
  switch (a->kind) {
  case ACTION_KEEP:
    keeper_do(d->keeper, a);
    break;
  case ACTION_LOG:
    logger_write(d->logger, a->level, buf_slice(&a->text));
    break;
  case ACTION_LOAD_NETWORK:
  case ACTION_FETCH:
  case ACTION_UPLOAD:
  case ACTION_PROBE:
  case ACTION_PROBE_STOP:
    torbridge_do(d->bridge, a);
    break;
  case ACTION_BLIND:
  case ACTION_CERTIFY:
    signers_do(generation_signers(d->current), a);
    break;
  }
}

/* Plans the core's next wake-up: at once if it lies behind us. */
static void plan_wake(struct daemon *d)
{
  struct mono next = core_next_wake(d->core);
  int64_t ms = next.ms - clock_mono().ms;

  if (next.ms == MONO_NEVER.ms) {
    timer_cancel(d->wake);
  } else {
    timer_set(d->wake, ms < 1 ? 1 : ms);
  }
}

static void step(struct daemon *d, const struct event *e)
{
  core_step(d->core, e, clock_now(), &random_rng, &d->actions);
  for (size_t i = 0; i < d->actions.n; i++) {
    do_action(d, &d->actions.items[i]);
  }
  action_list_clear(&d->actions);
  plan_wake(d);
  clerk_note_step(d->clerk);
}

/* Tells the service manager how far publishing is, when that has changed. */
static void tell_progress(struct daemon *d)
{
  struct core_progress p;
  char text[sizeof d->told];

  core_progress(d->core, &p);
  snprintf(text, sizeof text, "STATUS=%zu/%zu backends, %zu/%zu uploads confirmed%s", p.n_usable,
           p.n_instances, p.n_confirmed, p.n_uploads, p.tor_is_up ? "" : "; no connection to tor");
  if (strcmp(text, d->told) != 0 && notify_try(text)) {
    memcpy(d->told, text, sizeof text);
  }
}

/* A sign of life, as often as the service manager wants one, and progress. */
static void on_alive(void *ctx)
{
  struct daemon *d = ctx;
  int64_t watchdog = notify_watchdog_ms();

  if (watchdog > 0) {
    notify_try("WATCHDOG=1");
  }
  if (d->core != NULL) {
    tell_progress(d);
  }
  timer_set(d->alive, watchdog > 0 && watchdog / 2 < ALIVE_MS ? watchdog / 2 : ALIVE_MS);
}

static void on_wake(void *ctx)
{
  step(ctx, &(struct event){.kind = EVENT_TICK});
}

static void on_keep_awake(void *ctx)
{
  struct daemon *d = ctx;

  torbridge_keep_awake(d->bridge);
  timer_set(d->keep_awake, KEEP_AWAKE_MS);
}

static void on_event(void *ctx, const struct event *e)
{
  step(ctx, e);
}

static void on_signer_event(void *ctx, struct generation *g, const struct event *e)
{
  struct daemon *d = ctx;

  if (g == d->current && d->core != NULL) { /* no core: begin has failed, the end is near */
    step(d, e);
  }
}

static void tell_status(void *ctx, struct buf *out)
{
  struct daemon *d = ctx;
  CLEANUP(snapshot_deinit) struct snapshot snapshot = {0};

  snapshot_init(&snapshot, d->core);
  status_build(&snapshot, d->suite, out);
}

/* Opens the status socket, if one is wanted; the environment stands above the
 * file. Without it the balancer works all the same. */
static void open_status(struct daemon *d)
{
  const char *path = d->options->status_socket;
  struct teller_config config = {.base = d->base, .tell = tell_status, .ctx = d};

  path = path == NULL ? generation_config_get(d->current)->status_socket : path;
  if (path == NULL) {
    return;
  }
  config.path = path;
  if (teller_open(&config, &d->status) < 0) {
    logger_writef(d->logger, LOG_LEVEL_ERROR, "cannot open the status socket %s: %s", path,
                  strerror(errno));
  }
}

static const struct core *core_of(void *ctx)
{
  const struct daemon *d = ctx;

  return d->core;
}

static const struct config *config_of(void *ctx)
{
  const struct daemon *d = ctx;

  return generation_config_get(d->current);
}

static void on_command(void *ctx, const struct event *e)
{
  step(ctx, e);
}

static bool is_reloading(void *ctx)
{
  const struct daemon *d = ctx;

  return d->candidate != NULL;
}

static void hear_log(void *ctx, enum log_level level, struct slice text)
{
  const struct daemon *d = ctx;

  clerk_note_log(d->clerk, level, text);
}

static void ask_reload(void *ctx);

/* Opens the admin socket, if there is to be one. Without it the balancer works
 * all the same. */
static void open_admin(struct daemon *d)
{
  const struct config *file = generation_config_get(d->current);
  CLEANUP(buf_deinit) struct buf path = {0};
  struct clerk_config config = {.base = d->base,
                                .suite = d->suite,
                                .readers = file->admin_readers,
                                .config_path = d->options->config_path,
                                .handler = {.core = core_of,
                                            .config = config_of,
                                            .step = on_command,
                                            .is_reloading = is_reloading,
                                            .reload = ask_reload,
                                            .ctx = d}};
  int err;

  if (!clerk_find_socket(d->options, file, &path)) {
    return;
  }
  config.path = buf_str(&path);
  err = clerk_open(&config, &d->clerk);
  if (err == ERR_MISSING) {
    logger_writef(d->logger, LOG_LEVEL_ERROR,
                  "cannot open the admin socket %s: there is no group \"%s\"", config.path,
                  file->admin_readers);
  } else if (err < 0) {
    logger_writef(d->logger, LOG_LEVEL_ERROR, "cannot open the admin socket %s: %s", config.path,
                  strerror(errno));
  }
  logger_set_ear(d->logger, hear_log, d);
}

/* What was kept becomes known before anything else happens. */
static void open_state(struct daemon *d)
{
  struct keeper_config config = {.base = d->base,
                                 .logger = d->logger,
                                 .suite = d->suite,
                                 .path = d->state_directory,
                                 .event = on_event,
                                 .ctx = d};

  if (d->state_directory == NULL) {
    logger_writef(d->logger, LOG_LEVEL_INFO, "no state-directory: each start begins with nothing");
    return;
  }
  d->keeper = keeper_new(&config);
  keeper_open(d->keeper);
}

/* The first generation is good: there is something to do. */
static int begin(struct daemon *d)
{
  struct torbridge_config config = {.event = on_event, .ctx = d};
  struct core_config setup = *generation_setup(d->current);

  TRY(access_init(&d->access, d->options, generation_config_get(d->current), d->logger));
  setup.testing_network = d->options->is_testnet;
  d->state_directory = keeper_choose(generation_config_get(d->current)->state_directory,
                                     d->options->state_directory);
  setup.remembers = d->state_directory != NULL;
  d->core = core_new(d->suite, &setup);
  config.socks = generation_config_get(d->current)->tor_socks;
  config.link = (struct torlink_config){.base = d->base,
                                        .logger = d->logger,
                                        .suite = d->suite,
                                        .rng = &random_rng,
                                        .times = torlink_times_default};
  access_apply(&d->access, &config.link);
  d->bridge = torbridge_new(&config);
  timer_set(d->keep_awake, KEEP_AWAKE_MS);
  open_status(d);
  open_admin(d);
  TRY(enclosure_close(d->logger, d->state_directory)); /* before there are threads */
  open_state(d);
  return 0;
}

static void stop(struct daemon *d, int exit_code)
{
  d->exit_code = exit_code;
  loop_stop(d->base);
}

/* Puts a generation away; it cannot be freed from its own callback. */
static void retire(struct daemon *d, struct generation *g)
{
  generation_free(d->retired);
  d->retired = g;
  timer_set(d->retire, 0);
}

static void on_retire(void *ctx)
{
  struct daemon *d = ctx;

  generation_free(d->retired);
  d->retired = NULL;
}

/* A reload has failed, which changes nothing. */
static void refuse_configuration(struct daemon *d)
{
  logger_writef(d->logger, LOG_LEVEL_ERROR, "the new configuration is not used");
  notify_send("READY=1");
  clerk_note_reloaded(d->clerk, false);
}

static void log_size(const struct daemon *d, const char *what)
{
  const struct core_config *setup = generation_setup(d->current);

  logger_writef(d->logger, LOG_LEVEL_INFO, "%s: %zu service%s, %zu instance%s", what,
                setup->n_services, setup->n_services == 1 ? "" : "s", setup->n_instances,
                setup->n_instances == 1 ? "" : "s");
}

/* It stays where it is until the next start: what is open is locked. */
static void note_state_directory(const struct daemon *d)
{
  CLEANUP(mem_free_at)
  char *wanted = keeper_choose(generation_config_get(d->current)->state_directory,
                               d->options->state_directory);

  if (strcmp(wanted == NULL ? "" : wanted, d->state_directory == NULL ? "" : d->state_directory) !=
      0) {
    logger_writef(d->logger, LOG_LEVEL_WARNING,
                  "another state-directory is used from the next start on");
  }
}

static void take_over(struct daemon *d, struct generation *g)
{
  struct generation *before = d->current;

  d->current = g;
  d->candidate = NULL;
  if (before == NULL) {
    if (begin(d) < 0) {
      stop(d, EXIT_FAILURE);
      return;
    }
    log_size(d, "configuration read");
    notify_send("READY=1");
    return;
  }
  step(d, &(struct event){.kind = EVENT_SIGNER_DOWN});
  step(d, &(struct event){.kind = EVENT_CONFIGURED, .config = generation_setup(g)});
  retire(d, before);
  log_size(d, "configuration read again");
  note_state_directory(d);
  notify_send("READY=1");
  clerk_note_reloaded(d->clerk, true);
}

static void reload(struct daemon *d);

static void on_checked(void *ctx, struct generation *g, bool is_good)
{
  struct daemon *d = ctx;

  if (is_good) {
    take_over(d, g);
  } else if (d->current == NULL) {
    stop(d, EXIT_FAILURE);
  } else {
    refuse_configuration(d);
    d->candidate = NULL;
    retire(d, g);
  }
  if (d->current != NULL && d->has_hangup) {
    d->has_hangup = false;
    reload(d);
  }
}

/* Reads the configuration; its generation decides the rest. */
static int read_configuration(struct daemon *d)
{
  struct generation_config config = {
      .base = d->base,
      .logger = d->logger,
      .suite = d->suite,
      .config_path = d->options->config_path,
      .config_fallback = d->options->config_fallback,
      .signer = d->options->signer,
      .signer_program = d->signer_program,
      .handler = {.checked = on_checked, .event = on_signer_event, .ctx = d},
  };

  d->candidate = generation_new(&config);
  return d->candidate == NULL ? ERR_SYNTAX : 0;
}

static void reload(struct daemon *d)
{
  logger_writef(d->logger, LOG_LEVEL_INFO, "reading the configuration again");
  notify_reloading();
  if (read_configuration(d) < 0) {
    refuse_configuration(d);
  }
}

static void on_terminate(void *ctx)
{
  struct daemon *d = ctx;

  logger_writef(d->logger, LOG_LEVEL_INFO, "ending on a signal");
  notify_send("STOPPING=1");
  stop(d, EXIT_SUCCESS);
}

/* Reads the configuration again, now or after the one that is under way: the
 * file may have changed since it was read. */
static void ask_reload(void *ctx)
{
  struct daemon *d = ctx;

  if (d->candidate != NULL) {
    d->has_hangup = true;
    logger_writef(d->logger, LOG_LEVEL_INFO,
                  "the configuration is read again when its signers have told their keys");
  } else {
    reload(d);
  }
}

static void on_hangup(void *ctx)
{
  struct daemon *d = ctx;

  if (logger_reopen(d->logger) < 0) {
    logger_writef(d->logger, LOG_LEVEL_ERROR, "cannot open the log file again: %s",
                  strerror(errno));
  }
  ask_reload(d);
}

/* Without the porter nothing can be mended that breaks. */
static void on_porter_lost(void *ctx)
{
  struct daemon *d = ctx;

  logger_writef(d->logger, LOG_LEVEL_ERROR,
                "the porter, a process of the sandbox, has ended; ending, too");
  stop(d, EXIT_FAILURE);
}

static int prepare(struct daemon *d)
{
  d->logger = logger_new(d->options->verbosity);
  logger_set_scrub(d->logger, true);
  if (d->options->log_location != NULL && logger_open(d->logger, d->options->log_location) < 0) {
    logger_writef(d->logger, LOG_LEVEL_ERROR, "cannot append to the log file %s: %s",
                  d->options->log_location, strerror(errno));
    return ERR_IO;
  }
  d->suite = suite_new();
  if (d->suite == NULL) {
    logger_writef(d->logger, LOG_LEVEL_ERROR, "this OpenSSL lacks SHA3, SHAKE or AES-CTR");
    return ERR_CRYPTO;
  }
  d->signer_program = program_find_signer();
  d->base = loop_new();
  if (hatch_is_open()) {
    hatch_watch(d->base, on_porter_lost, d);
  }
  d->wake = timer_new(d->base, on_wake, d);
  d->keep_awake = timer_new(d->base, on_keep_awake, d);
  d->alive = timer_new(d->base, on_alive, d);
  if (notify_is_wanted()) {
    timer_set(d->alive, 0);
  }
  d->retire = timer_new(d->base, on_retire, d);
  d->signals[SIGNAL_TERM] = timer_new_signal(d->base, SIGTERM, on_terminate, d);
  d->signals[SIGNAL_INT] = timer_new_signal(d->base, SIGINT, on_terminate, d);
  d->signals[SIGNAL_HUP] = timer_new_signal(d->base, SIGHUP, on_hangup, d);
  return 0;
}

static void clean_up(struct daemon *d)
{
  logger_set_ear(d->logger, NULL, NULL);
  clerk_free(d->clerk);
  teller_free(d->status);
  torbridge_free(d->bridge);
  keeper_free(d->keeper);
  free(d->state_directory);
  generation_free(d->candidate);
  generation_free(d->current);
  generation_free(d->retired);
  core_free(d->core);
  action_list_deinit(&d->actions);
  for (size_t i = 0; i < N_SIGNALS; i++) {
    timer_free(d->signals[i]);
  }
  timer_free(d->wake);
  timer_free(d->keep_awake);
  timer_free(d->alive);
  timer_free(d->retire);
  if (d->base != NULL) {
    loop_free(d->base);
  }
  suite_free(d->suite);
  access_deinit(&d->access);
  free(d->signer_program);
  logger_free(d->logger);
}

int daemon_run(const struct options *options)
{
  struct daemon d = {.options = options, .exit_code = EXIT_FAILURE};

  if (enclosure_begin(options) < 0) {
    fprintf(stderr, "onionbalance: the porter, a process of the sandbox, cannot be started: %s\n",
            strerror(errno));
    return EXIT_FAILURE;
  }
  if (prepare(&d) == 0) {
    logger_writef(d.logger, LOG_LEVEL_INFO, "onionbalance %s", VERSION);
    if (read_configuration(&d) == 0) {
      loop_run(d.base);
    }
  }
  clean_up(&d);
  hatch_close();
  return d.exit_code;
}

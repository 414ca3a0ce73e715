#include "daemon/keeper.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct keeper {
  struct keeper_config config;
  struct statedir *directory;
};

/* True unless it is damaged: of another version or kind is not. */
static bool on_found(void *ctx, const char *name, struct slice text)
{
  struct keeper *k = ctx;
  struct memo memo;
  struct event e = {.kind = EVENT_RESTORED, .memo = &memo};
  int err = memo_parse(k->config.suite, name, text, &memo);

  if (err == 0) {
    k->config.event(k->config.ctx, &e);
  } else if (err == ERR_UNSUPPORTED) {
    logger_writef(k->config.logger, LOG_LEVEL_INFO,
                  "%s/%s is of another version of onionbalance, left alone", k->config.path, name);
  }
  return err == 0 || err == ERR_UNSUPPORTED;
}

struct keeper *keeper_new(const struct keeper_config *config)
{
  struct keeper *k = mem_new(sizeof *k);
  struct statedir_config directory = {
      .base = config->base,
      .logger = config->logger,
      .path = config->path,
      .times = statedir_times_default,
      .found = on_found,
      .ctx = k,
  };

  k->config = *config;
  k->directory = statedir_new(&directory);
  return k;
}

void keeper_free(struct keeper *k)
{
  if (k != NULL) {
    statedir_free(k->directory);
    free(k);
  }
}

void keeper_open(struct keeper *k)
{
  statedir_open(k->directory);
}

void keeper_do(struct keeper *k, const struct action *a)
{
  CLEANUP(buf_deinit) struct buf name = {0};

  if (k != NULL) {
    memo_name(k->config.suite, a->memo, &a->address, &name);
    statedir_put(k->directory, buf_str(&name), buf_slice(&a->text),
                 a->memo == MEMO_COUNTERS || a->memo == MEMO_RUNTIME);
  }
}

char *keeper_choose(const char *configured, const char *environment)
{
  if (configured != NULL) {
    return mem_string(configured, strlen(configured));
  }
  if (environment == NULL || environment[0] == '\0') {
    return NULL;
  }
  return mem_string(environment, strcspn(environment, ":"));
}

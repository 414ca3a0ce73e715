#include "daemon/enclosure.h"

#include "daemon/calls.h"
#include "daemon/grant.h"
#include "io/hatch.h"
#include "io/notify.h"
#include "signer/opener.h"
#include "signer/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void serve(void *ctx, int fd)
{
  struct grant *grant = grant_new(ctx);
  struct porter_policy policy;

  if (grant != NULL) {
    policy = grant_policy(grant);
    porter_serve(fd, &policy);
  }
  grant_free(grant);
}

/* The porter reads it by itself: what comes out of a pipe is there only once. */
static bool is_lasting(const char *path)
{
  struct stat st;

  return stat(path, &st) != 0 || S_ISREG(st.st_mode);
}

int enclosure_begin(const struct options *options)
{
  union {
    const struct options *in;
    void *out;
  } ctx = {options};

  if (options->has_no_sandbox) {
    sandbox_refuse();
  }
  return sandbox_is_wanted() && is_lasting(options->config_path) ? hatch_open(serve, ctx.out) : 0;
}

static int confine(const char *state_directory, struct buf *how)
{
  const struct landlock_place place = {state_directory, LANDLOCK_KEEP};
  struct sandbox_needs needs = {.program = "onionbalance",
                                .places = &place,
                                .n_places = state_directory == NULL ? 0 : 1,
                                .has_threads = true};

  needs.calls = calls_publisher(&needs.n_calls);
  return sandbox_close(&needs, how);
}

int enclosure_close(struct logger *logger, const char *state_directory)
{
  CLEANUP(buf_deinit) struct buf how = {0};
  bool is_whole;

  if (!hatch_is_open()) {
    if (sandbox_is_wanted()) {
      logger_writef(logger, LOG_LEVEL_WARNING,
                    "no sandbox: the configuration is not a regular file");
    }
    return 0;
  }
  notify_open();
  if (state_directory != NULL) {
    (void)mkdir(state_directory, 0700); /* what is not there now stays closed */
  }
  if (confine(state_directory, &how) < 0) {
    logger_writef(logger, LOG_LEVEL_ERROR,
                  "the sandbox cannot be made: %s (--no-sandbox goes without)", strerror(errno));
    return ERR_IO;
  }
  opener_set(hatch_open_file);
  is_whole = strstr(buf_str(&how), "no ") == NULL;
  logger_writef(logger, is_whole ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "sandbox: %s%s",
                buf_str(&how), is_whole ? "" : "; this kernel has not all of it");
  return 0;
}

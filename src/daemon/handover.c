#include "daemon/handover.h"

#include "base/limits.h"
#include "io/file.h"
#include "io/logger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS_MODE   0600
#define CONFIG_MODE 0640

void handover_build(const struct config *config, struct buf *out)
{
  for (size_t i = 0; i < config->n_services; i++) {
    const struct config_service *sv = &config->services[i];

    if (sv->key_path != NULL) {
      buf_addf(out, "%s\n", sv->key_path);
    }
    if (sv->key_passphrase_file != NULL) {
      buf_addf(out, "\t%s\n", sv->key_passphrase_file);
    }
  }
}

/* A file of that content and mode under a name of its own. */
static int write_new(const char *path, mode_t mode, struct slice content)
{
  int fd, err;

  (void)unlink(path);
  fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return ERR_IO;
  }
  err = file_write_all(fd, content);
  if (err == 0 && fchmod(fd, mode) != 0) {
    err = ERR_IO;
  }
  return close(fd) == 0 ? err : ERR_IO;
}

static int put(struct logger *logger, const char *folder, const char *name, mode_t mode,
               struct slice content)
{
  CLEANUP(buf_deinit) struct buf path = {0};
  CLEANUP(buf_deinit) struct buf fresh = {0};

  buf_addf(&path, "%s/%s", folder, name);
  buf_addf(&fresh, "%s/%s.new", folder, name);
  if (write_new(buf_str(&fresh), mode, content) == 0 &&
      rename(buf_str(&fresh), buf_str(&path)) == 0) {
    return 0;
  }
  logger_writef(logger, LOG_LEVEL_ERROR, "--hand-over: cannot write %s: %s", buf_str(&path),
                strerror(errno));
  return ERR_IO;
}

static void log_messages(struct logger *logger, const struct messages *m)
{
  for (size_t i = 0; i < m->n; i++) {
    CLEANUP(buf_deinit) struct buf line = {0};

    messages_format(m, i, &line);
    logger_write(logger, m->items[i].level, buf_slice(&line));
  }
}

/* Reads the file once: what is checked is what is handed over. A bad one is, too:
 * the publisher is to see what is wrong, rather than the file from before. */
static int hand_over(const struct options *options, struct logger *logger, struct suite *suite)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  CLEANUP(buf_deinit) struct buf keys = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  CLEANUP(messages_deinit) struct messages m;
  CLEANUP(config_deinit) struct config config = {0};
  int err = file_read(options->config_path, LIMIT_CONFIG_BYTES, &text);

  messages_init(&m, options->config_path);
  if (err < 0) {
    file_explain(options->config_path, err == ERR_IO ? errno : EFBIG, &why);
    logger_writef(logger, LOG_LEVEL_ERROR, "%s", buf_str(&why));
    return err;
  }
  TRY(put(logger, options->handover, HANDOVER_CONFIG, CONFIG_MODE, buf_slice(&text)));
  err = config_parse(suite, buf_slice(&text), &config, &m);
  log_messages(logger, &m);
  TRY(err);
  handover_build(&config, &keys);
  return put(logger, options->handover, HANDOVER_KEYS, KEYS_MODE, buf_slice(&keys));
}

int handover_run(const struct options *options)
{
  struct logger *logger = logger_new(LOG_LEVEL_ERROR);
  struct suite *suite = suite_new();
  int err = ERR_CRYPTO;

  if (suite == NULL) {
    logger_writef(logger, LOG_LEVEL_ERROR, "this OpenSSL lacks SHA3, SHAKE or AES-CTR");
  } else {
    err = hand_over(options, logger, suite);
  }
  suite_free(suite);
  logger_free(logger);
  return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

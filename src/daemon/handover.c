#include "daemon/handover.h"

#include "base/limits.h"
#include "conf/dropin.h"
#include "io/file.h"
#include "io/logger.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS_MODE   0600
#define CONFIG_MODE 0640
#define FOLDER_MODE 0750

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

static int cannot(struct logger *logger, const char *what, const char *path)
{
  logger_writef(logger, LOG_LEVEL_ERROR, "--hand-over: cannot %s %s: %s", what, path,
                strerror(errno));
  return ERR_IO;
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
  return cannot(logger, "write", buf_str(&path));
}

/* Calls visit for the names of all drop-ins in a folder, until it fails. */
static int each_dropin(const char *folder, int (*visit)(void *ctx, const char *name), void *ctx)
{
  DIR *dir = opendir(folder);
  const struct dirent *e;
  int err = 0;

  if (dir == NULL) {
    return errno == ENOENT ? 0 : ERR_IO;
  }
  while (err == 0 && (e = readdir(dir)) != NULL) {
    err = dropin_is_name(e->d_name) ? visit(ctx, e->d_name) : 0;
  }
  closedir(dir);
  return err;
}

/* From one folder of drop-ins to another. */
struct copying {
  struct logger *logger;
  const char *from;
  const char *to;
};

static int copy_one(void *ctx, const char *name)
{
  const struct copying *c = ctx;
  CLEANUP(buf_deinit) struct buf path = {0};
  CLEANUP(buf_deinit) struct buf text = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  int err;

  buf_addf(&path, "%s/%s", c->from, name);
  err = file_read(buf_str(&path), LIMIT_DROPIN_BYTES, &text);
  if (err < 0) {
    file_explain(buf_str(&path), err == ERR_IO ? errno : EFBIG, &why);
    logger_writef(c->logger, LOG_LEVEL_ERROR, "%s", buf_str(&why));
    return err;
  }
  return put(c->logger, c->to, name, CONFIG_MODE, buf_slice(&text));
}

/* Takes away what is there no more. */
static int drop_one(void *ctx, const char *name)
{
  const struct copying *c = ctx;
  CLEANUP(buf_deinit) struct buf origin = {0};
  CLEANUP(buf_deinit) struct buf copy = {0};

  buf_addf(&origin, "%s/%s", c->from, name);
  buf_addf(&copy, "%s/%s", c->to, name);
  if (access(buf_str(&origin), F_OK) != 0) {
    (void)unlink(buf_str(&copy));
  }
  return 0;
}

/* The folder beside the configuration file, beside its copy. */
static int put_dropins(const struct options *options, struct logger *logger)
{
  CLEANUP(buf_deinit) struct buf from = {0};
  CLEANUP(buf_deinit) struct buf to = {0};
  CLEANUP(buf_deinit) struct buf copy = {0};
  struct copying c = {.logger = logger};

  dropin_folder(options->config_path, &from);
  buf_addf(&copy, "%s/" HANDOVER_CONFIG, options->handover);
  dropin_folder(buf_str(&copy), &to);
  c.from = buf_str(&from);
  c.to = buf_str(&to);
  if (each_dropin(c.to, drop_one, &c) < 0) {
    return cannot(logger, "write", c.to);
  }
  if (access(c.from, F_OK) != 0) {
    return 0; /* most have none */
  }
  if (access(c.from, R_OK | X_OK) != 0) {
    return cannot(logger, "read", c.from);
  }
  if ((mkdir(c.to, FOLDER_MODE) != 0 && errno != EEXIST) || chmod(c.to, FOLDER_MODE) != 0) {
    return cannot(logger, "write", c.to);
  }
  return each_dropin(c.from, copy_one, &c);
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
  TRY(put_dropins(options, logger));
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

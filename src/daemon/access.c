#include "daemon/access.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "io/file.h"
#include "io/logger.h"
#include "io/torlink.h"

#include <errno.h>

static int read_password(struct access *a, const char *path, struct logger *logger)
{
  CLEANUP(buf_wipe) struct buf text = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  struct cursor c;

  if (file_read(path, LIMIT_PASSWORD_BYTES, &text) < 0) {
    file_explain(path, errno, &why);
    logger_writef(logger, LOG_LEVEL_ERROR, "tor.control-password-file: %s", buf_str(&why));
    return ERR_IO;
  }
  c = cursor_from(buf_slice(&text));
  buf_add_slice(&a->password, cursor_line(&c));
  return 0;
}

int access_init(struct access *a, const struct options *options, const struct config *config,
                struct logger *logger)
{
  *a = (struct access){.endpoints = options->control,
                       .n_endpoints = options->n_control,
                       .reason = options->control_reason};
  if (!options->is_control_given && config->tor_control.kind != ENDPOINT_NONE) {
    a->endpoints = &config->tor_control;
    a->n_endpoints = 1;
    a->reason = "tor.control of the configuration file";
  }
  return config->tor_control_password_file == NULL
             ? 0
             : read_password(a, config->tor_control_password_file, logger);
}

void access_deinit(struct access *a)
{
  buf_wipe(&a->password);
}

void access_apply(const struct access *a, struct torlink_config *link)
{
  link->endpoints = a->endpoints;
  link->n_endpoints = a->n_endpoints;
  link->reason = a->reason;
  if (a->password.n > 0) {
    link->password = buf_slice(&a->password);
  }
}

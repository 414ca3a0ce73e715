#include "tools/flags.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "io/argparse.h"
#include "version.h"

#include <string.h>

#define PORT_MAX 65535
/* Digits of the largest count of instances. */
#define COUNT_DIGITS 10

static const char usage[] =
    "usage: onionbalance-config [-h] [--hs-version {v3}] [--key KEY] [-p PASSWORD]\n"
    "                           [-n COUNT] [-s COUNT] [-t TAG] [--output FOLDER]\n"
    "                           [--no-interactive] [-v LEVEL]\n"
    "                           [--service-virtual-port PORT]\n"
    "                           [--service-target TARGET] [--version]\n";

static const char help[] =
    "\n"
    "Makes the key and the configuration of an onion service with several backends, and\n"
    "for each backend a folder with what its tor needs. Without arguments it asks.\n"
    "\n"
    "options:\n"
    "  -h, --help            show this help and exit\n"
    "  --hs-version {v3}     version of onion services (default: v3)\n"
    "  --key KEY             private key of the service: PEM (PKCS#8) or Tor's\n"
    "                        hs_ed25519_secret_key (default: a new one)\n"
    "  -p, --password PASSWORD\n"
    "                        encrypt the new key with this password\n"
    "  -n COUNT              backends of each service (default: 2)\n"
    "  -s COUNT              services (default: 1)\n"
    "  -t, --tag TAG         what the names of the backends begin with (default: node)\n"
    "  --output FOLDER       where to write; made if it is missing (default: config/)\n"
    "  --no-interactive      ask nothing\n"
    "  -v LEVEL              least level of messages: debug, info, warning, error or\n"
    "                        critical (default: info)\n"
    "  --service-virtual-port PORT\n"
    "                        port of the onion service (default: 80)\n"
    "  --service-target TARGET\n"
    "                        where the backends' web server listens (default:\n"
    "                        127.0.0.1:80)\n"
    "  --version             show the version and exit\n"
    "\n"
    "exit status: 0 done or interrupted, 1 error, 2 usage\n";

/* What has been read so far. */
struct parse {
  struct flags *flags;
  struct buf *text;
  bool wants_silence; /* --no-interactive */
};

static enum flags_outcome refuse(struct parse *p, const char *option, const char *value,
                                 const char *reason)
{
  buf_clear(p->text);
  buf_addf(p->text, "%sonionbalance-config: error: %s: \"%s\" %s\n", usage, option, value, reason);
  return FLAGS_USAGE;
}

static enum flags_outcome on_help(struct parse *p, char *value)
{
  (void)value;
  buf_addf(p->text, "%s%s", usage, help);
  return FLAGS_PRINT;
}

static enum flags_outcome on_version(struct parse *p, char *value)
{
  (void)value;
  buf_add_str(p->text, "onionbalance " VERSION "\n");
  return FLAGS_PRINT;
}

static enum flags_outcome on_hs_version(struct parse *p, char *value)
{
  return strcmp(value, "v3") == 0 ? FLAGS_RUN
                                  : refuse(p, "--hs-version", value, "is not v3, the only one");
}

static enum flags_outcome on_key(struct parse *p, char *value)
{
  p->flags->key = value[0] == 0 ? NULL : value;
  return FLAGS_RUN;
}

static enum flags_outcome on_password(struct parse *p, char *value)
{
  p->flags->password = value[0] == 0 ? NULL : value;
  return strlen(value) <= LIMIT_PASSPHRASE_BYTES
             ? FLAGS_RUN
             : refuse(p, "argument", "-p/--password", "is too long");
}

static bool is_count(const char *value, uint64_t max, uint64_t *out)
{
  return cursor_parse_decimal(slice_str(value), max, out) == 0 && *out > 0;
}

static enum flags_outcome on_instances(struct parse *p, char *value)
{
  struct buf reason CLEANUP(buf_deinit) = {0};

  if (is_count(value, LIMIT_INSTANCES_PER_SERVICE, &p->flags->n_instances)) {
    return FLAGS_RUN;
  }
  buf_addf(&reason, "is not a number from 1 to %u", LIMIT_INSTANCES_PER_SERVICE);
  return refuse(p, "-n", value, buf_str(&reason));
}

static enum flags_outcome on_services(struct parse *p, char *value)
{
  struct buf reason CLEANUP(buf_deinit) = {0};

  if (is_count(value, LIMIT_SERVICES, &p->flags->n_services)) {
    return FLAGS_RUN;
  }
  buf_addf(&reason, "is not a number from 1 to %u", LIMIT_SERVICES);
  return refuse(p, "-s", value, buf_str(&reason));
}

const char *flags_tag_fault(struct slice tag)
{
  if (tag.n + COUNT_DIGITS > LIMIT_NAME_BYTES) {
    return "is too long";
  }
  for (size_t i = 0; i < tag.n; i++) {
    if (tag.p[i] < ' ' || tag.p[i] > '~') {
      return "has a character that is not printable ASCII";
    }
  }
  return NULL;
}

static enum flags_outcome on_tag(struct parse *p, char *value)
{
  const char *fault = flags_tag_fault(slice_str(value));

  if (fault != NULL) {
    return refuse(p, "argument", "-t/--tag", fault);
  }
  if (value[0] != 0) {
    p->flags->tag = value; /* an empty one stands for the default */
  }
  return FLAGS_RUN;
}

static enum flags_outcome on_output(struct parse *p, char *value)
{
  p->flags->output = value;
  return value[0] != 0 && strlen(value) <= LIMIT_PATH_BYTES
             ? FLAGS_RUN
             : refuse(p, "--output", value, "is empty or too long for a folder");
}

static enum flags_outcome on_no_interactive(struct parse *p, char *value)
{
  (void)value;
  p->wants_silence = true;
  return FLAGS_RUN;
}

static enum flags_outcome on_level(struct parse *p, char *value)
{
  return log_level_parse(slice_str(value), &p->flags->level) == 0
             ? FLAGS_RUN
             : refuse(p, "-v", value, "is not one of debug, info, warning, error, critical");
}

static enum flags_outcome on_virtual_port(struct parse *p, char *value)
{
  return is_count(value, PORT_MAX, &p->flags->virtual_port)
             ? FLAGS_RUN
             : refuse(p, "--service-virtual-port", value, "is not a number from 1 to 65535");
}

/* What tor takes: "unix:/PATH", "HOST:PORT", "PORT", or an address alone. */
static bool is_target(const char *value)
{
  const char *colon = strrchr(value, ':');
  const char *digits = colon == NULL ? value : colon + 1;
  uint64_t port;

  for (const char *c = value; *c != 0; c++) {
    if (*c <= ' ' || *c > '~' || *c == '#' || *c == '"') {
      return false;
    }
  }
  if (slice_has_prefix(slice_str(value), "unix:")) {
    return value[strlen("unix:")] == '/';
  }
  return is_count(digits, PORT_MAX, &port) ? colon != value
                                           : colon == NULL && strchr(value, '.') != NULL;
}

static enum flags_outcome on_target(struct parse *p, char *value)
{
  p->flags->target = value;
  return is_target(value)
             ? FLAGS_RUN
             : refuse(p, "--service-target", value, "is none of HOST:PORT, PORT, unix:/PATH");
}

/* val is the place in handlers. */
static const struct option long_options[] = {
    {"help", no_argument, NULL, 0},
    {"version", no_argument, NULL, 1},
    {"hs-version", required_argument, NULL, 2},
    {"key", required_argument, NULL, 3},
    {"password", required_argument, NULL, 4},
    {"tag", required_argument, NULL, 5},
    {"output", required_argument, NULL, 6},
    {"no-interactive", no_argument, NULL, 7},
    {"service-virtual-port", required_argument, NULL, 8},
    {"service-target", required_argument, NULL, 9},
    {NULL, 0, NULL, 0},
};

/* By the val of long_options; their letters. */
static enum flags_outcome (*const handlers[])(struct parse *, char *value) = {
    on_help,      on_version,  on_hs_version,     on_key,          on_password,
    on_tag,       on_output,   on_no_interactive, on_virtual_port, on_target,
    on_instances, on_services, on_level,
};

#define LETTERS "h---pt----nsv"

enum flags_outcome flags_parse(struct flags *f, int argc, char **argv, struct buf *text)
{
  struct parse p = {.flags = f, .text = text};
  enum flags_outcome outcome = FLAGS_RUN;
  struct argparse reader = {
      .options = long_options, .letters = LETTERS, .argc = argc, .argv = argv};
  bool is_bare = argc <= 1 || (argc == 3 && strcmp(argv[1], "-v") == 0);
  char *value = NULL;
  int i;

  *f = (struct flags){.n_services = 1,
                      .n_instances = 2,
                      .tag = "node",
                      .output = "config/",
                      .virtual_port = 80,
                      .target = "127.0.0.1:80",
                      .level = LOG_LEVEL_INFO};
  argparse_begin(&reader);
  while (outcome == FLAGS_RUN && (i = argparse_next(&reader, &value)) != ARGPARSE_END) {
    outcome = i == ARGPARSE_BAD ? refuse(&p, "argument", reader.argument, reader.fault)
                                : handlers[i](&p, value);
  }
  if (outcome == FLAGS_RUN && argparse_rest(&reader) != NULL) {
    return refuse(&p, "argument", argparse_rest(&reader), "is not known");
  }
  f->is_interactive = is_bare && !p.wants_silence;
  return outcome;
}

#include "tools/flags.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "version.h"

#include <getopt.h>
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

static const struct {
  int letter; /* or 0 */
  enum flags_outcome (*run)(struct parse *, char *value);
} handlers[] = {
    {'h', on_help},       {0, on_version}, {0, on_hs_version},  {0, on_key},
    {'p', on_password},   {'t', on_tag},   {0, on_output},      {0, on_no_interactive},
    {0, on_virtual_port}, {0, on_target},  {'n', on_instances}, {'s', on_services},
    {'v', on_level},
};

#define N_HANDLERS (sizeof handlers / sizeof handlers[0])

/* How many long options begin with the text between "--" and "=". */
static size_t count_matches(const char *argument)
{
  size_t n = strcspn(argument, "=");
  size_t found = 0;

  for (const struct option *o = long_options; o->name != NULL; o++) {
    found += strncmp(o->name, argument, n) == 0 ? 1 : 0;
  }
  return found;
}

/* getopt_long has returned '?' or ':'. optopt is a letter for a short option;
 * for a long one it is less, and the option is the argument read last. */
static enum flags_outcome refuse_option(struct parse *p, int c, char **argv)
{
  bool is_letter = optopt >= 0 && (size_t)optopt >= N_HANDLERS;
  char letter[] = {'-', (char)optopt, 0};
  const char *argument = is_letter ? letter : argv[optind - 1];
  size_t matches = is_letter ? 0 : count_matches(argument + strlen("--"));

  if (c == ':') {
    return refuse(p, "argument", argument, "needs a value");
  }
  if (matches == 1) {
    return refuse(p, "argument", argument, "takes no value");
  }
  return refuse(p, "argument", argument, matches > 1 ? "is ambiguous" : "is not known");
}

/* The place in handlers of what getopt_long returned, or N_HANDLERS. */
static size_t find_handler(int c)
{
  size_t i = 0;

  if (c >= 0 && (size_t)c < N_HANDLERS) {
    return (size_t)c;
  }
  while (i < N_HANDLERS && handlers[i].letter != c) {
    i++;
  }
  return i;
}

/* The value of the option read last. Python's argparse takes "-n=3" too. */
static char *value_of(int c, char **argv)
{
  bool is_attached = optarg != NULL && optarg != argv[optind - 1];

  return is_attached && (size_t)c >= N_HANDLERS && optarg[0] == '=' ? optarg + 1 : optarg;
}

enum flags_outcome flags_parse(struct flags *f, int argc, char **argv, struct buf *text)
{
  struct parse p = {.flags = f, .text = text};
  enum flags_outcome outcome = FLAGS_RUN;
  bool is_bare = argc <= 1 || (argc == 3 && strcmp(argv[1], "-v") == 0);
  int c;

  *f = (struct flags){.n_services = 1,
                      .n_instances = 2,
                      .tag = "node",
                      .output = "config/",
                      .virtual_port = 80,
                      .target = "127.0.0.1:80",
                      .level = LOG_LEVEL_INFO};
  optind = 0; /* start afresh: glibc */
  opterr = 0;
  while (outcome == FLAGS_RUN &&
         (c = getopt_long(argc, argv, ":hp:n:s:t:v:", long_options, NULL)) != -1) {
    size_t i = find_handler(c);

    outcome = i < N_HANDLERS ? handlers[i].run(&p, value_of(c, argv)) : refuse_option(&p, c, argv);
  }
  if (outcome == FLAGS_RUN && optind < argc) {
    return refuse(&p, "argument", argv[optind], "is not known");
  }
  f->is_interactive = is_bare && !p.wants_silence;
  return outcome;
}

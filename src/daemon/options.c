#include "daemon/options.h"

#include "base/cursor.h"
#include "conf/keysource.h"
#include "io/argparse.h"
#include "version.h"

#include <string.h>

#define DEFAULT_SOCKET "/var/run/tor/control"
#define DEFAULT_HOST   "127.0.0.1"
#define DEFAULT_PORT   9051
#define PORT_MAX       65535

static const char usage[] =
    "usage: onionbalance [-h] [--hs-version {v3}] [-i IP] [-p PORT] [-s SOCKET]\n"
    "                    [-c CONFIG] [-v {debug,info,warning,error,critical}]\n"
    "                    [--version] [--is-testnet] [--check] [--signer SIGNER]\n"
    "                    [--fallback-config FILE] [--hand-over FOLDER] [--no-sandbox]\n";

static const char help[] =
    "\n"
    "Publishes descriptors that lead the clients of an onion service to its backends.\n"
    "\n"
    "options:\n"
    "  -h, --help            show this help and exit\n"
    "  --hs-version {v3}     version of onion services (default: v3)\n"
    "  -i, --ip IP           address of tor's control port (default: 127.0.0.1)\n"
    "  -p, --port PORT       tor's control port (default: 9051)\n"
    "  -s, --socket SOCKET   unix socket of tor's control port, tried before the port\n"
    "                        (default: $ONIONBALANCE_TOR_CONTROL_SOCKET, else\n"
    "                        /var/run/tor/control)\n"
    "  -c, --config CONFIG   configuration file (default: $ONIONBALANCE_CONFIG, else\n"
    "                        config.yaml)\n"
    "  --check               look at configuration, keys and control port, and exit\n"
    "  -v, --verbosity LEVEL least level of the log: debug, info, warning, error or\n"
    "                        critical (default: $ONIONBALANCE_LOG_LEVEL, else info)\n"
    "  --signer SIGNER       that has the keys, in place of a child process: unix:PATH\n"
    "                        or exec:COMMAND ARGUMENT... (default: $ONIONBALANCE_SIGNER)\n"
    "  --fallback-config FILE\n"
    "                        a copy of CONFIG, for a user who may not read that\n"
    "  --hand-over FOLDER    write such a copy, and the list of the keys for\n"
    "                        onionbalance-signer, into that folder, and exit\n"
    "  --no-sandbox          go without the sandbox, and so does a signer that is started\n"
    "                        (also: ONIONBALANCE_SANDBOX=off)\n"
    "  --version             show the version and exit\n"
    "  --is-testnet          the tor network is a private one with short intervals\n"
    "\n"
    "environment: ONIONBALANCE_CONFIG, ONIONBALANCE_TOR_CONTROL_SOCKET,\n"
    "ONIONBALANCE_STATUS_SOCKET_LOCATION, ONIONBALANCE_SIGNER,\n"
    "ONIONBALANCE_LOG_LEVEL, ONIONBALANCE_LOG_LOCATION (file to append the log to),\n"
    "ONIONBALANCE_SANDBOX (off)\n"
    "\n"
    "exit status: 0 normal end, 1 error in configuration, keys or control port, 2 usage\n";

/* What has been read so far. */
struct parse {
  struct options *options;
  struct buf *text;
  const char *host;
  const char *socket; /* NULL: none */
  uint64_t port;
  bool has_host, has_port, has_socket, has_level;
};

static enum options_outcome refuse(struct parse *p, const char *option, const char *value,
                                   const char *reason)
{
  buf_clear(p->text);
  buf_addf(p->text, "%sonionbalance: error: %s: \"%s\" %s\n", usage, option, value, reason);
  return OPTIONS_USAGE;
}

static enum options_outcome on_help(struct parse *p, const char *value)
{
  (void)value;
  buf_addf(p->text, "%s%s", usage, help);
  return OPTIONS_PRINT;
}

static enum options_outcome on_version(struct parse *p, const char *value)
{
  (void)value;
  buf_add_str(p->text, "onionbalance " VERSION "\n");
  return OPTIONS_PRINT;
}

static enum options_outcome on_hs_version(struct parse *p, const char *value)
{
  return strcmp(value, "v3") == 0 ? OPTIONS_RUN
                                  : refuse(p, "--hs-version", value, "is not v3, the only one");
}

static enum options_outcome on_ip(struct parse *p, const char *value)
{
  struct endpoint e;

  p->host = value;
  p->has_host = true;
  return endpoint_tcp(slice_str(value), DEFAULT_PORT, &e) == 0
             ? OPTIONS_RUN
             : refuse(p, "-i/--ip", value, "is not an IPv4 or IPv6 address");
}

static enum options_outcome on_port(struct parse *p, const char *value)
{
  p->has_port = true;
  return cursor_parse_decimal(slice_str(value), PORT_MAX, &p->port) == 0 && p->port > 0
             ? OPTIONS_RUN
             : refuse(p, "-p/--port", value, "is not a number from 1 to 65535");
}

/* The path comes from a flag or a variable: name says which. */
static enum options_outcome take_socket(struct parse *p, const char *name, const char *value)
{
  struct endpoint e;

  p->socket = value;
  return endpoint_unix(slice_str(value), &e) == 0
             ? OPTIONS_RUN
             : refuse(p, name, value, "is empty or too long for a unix socket");
}

/* An empty path stands for no socket: -s "" leaves the port alone. */
static enum options_outcome on_socket(struct parse *p, const char *value)
{
  p->has_socket = true;
  if (value[0] == 0) {
    p->socket = NULL;
    return OPTIONS_RUN;
  }
  return take_socket(p, "-s/--socket", value);
}

static enum options_outcome on_config(struct parse *p, const char *value)
{
  p->options->config_path = value;
  return OPTIONS_RUN;
}

static enum options_outcome take_level(struct parse *p, const char *name, const char *value)
{
  return log_level_parse(slice_str(value), &p->options->verbosity) == 0
             ? OPTIONS_RUN
             : refuse(p, name, value, "is not one of debug, info, warning, error, critical");
}

/* An empty one is as if it were not there, as in -v "$LEVEL". */
static enum options_outcome on_verbosity(struct parse *p, const char *value)
{
  if (value[0] == 0) {
    return OPTIONS_RUN;
  }
  p->has_level = true;
  return take_level(p, "-v/--verbosity", value);
}

static enum options_outcome on_testnet(struct parse *p, const char *value)
{
  (void)value;
  p->options->is_testnet = true;
  return OPTIONS_RUN;
}

static enum options_outcome on_check(struct parse *p, const char *value)
{
  (void)value;
  p->options->is_check = true;
  return OPTIONS_RUN;
}

static enum options_outcome on_no_sandbox(struct parse *p, const char *value)
{
  (void)value;
  p->options->has_no_sandbox = true;
  return OPTIONS_RUN;
}

static enum options_outcome on_fallback(struct parse *p, const char *value)
{
  p->options->config_fallback = value;
  return OPTIONS_RUN;
}

static enum options_outcome on_handover(struct parse *p, const char *value)
{
  p->options->handover = value;
  return OPTIONS_RUN;
}

/* From a flag or a variable: name says which. */
static enum options_outcome take_signer(struct parse *p, const char *name, const char *value)
{
  CLEANUP(keysource_deinit) struct keysource source = {0};

  p->options->signer = value;
  return keysource_parse(slice_str(value), &source) == 0 && source.kind != KEYSOURCE_BUNDLE
             ? OPTIONS_RUN
             : refuse(p, name, value, "is neither unix:PATH nor exec:COMMAND ARGUMENT...");
}

static enum options_outcome on_signer(struct parse *p, const char *value)
{
  return take_signer(p, "--signer", value);
}

/* val is the place in handlers. */
static const struct option long_options[] = {
    {"help", no_argument, NULL, 0},
    {"version", no_argument, NULL, 1},
    {"hs-version", required_argument, NULL, 2},
    {"ip", required_argument, NULL, 3},
    {"port", required_argument, NULL, 4},
    {"socket", required_argument, NULL, 5},
    {"config", required_argument, NULL, 6},
    {"verbosity", required_argument, NULL, 7},
    {"is-testnet", no_argument, NULL, 8},
    {"check", no_argument, NULL, 9},
    {"fallback-config", required_argument, NULL, 10},
    {"hand-over", required_argument, NULL, 11},
    {"signer", required_argument, NULL, 12},
    {"no-sandbox", no_argument, NULL, 13},
    {"c", required_argument, NULL, 6}, /* it meant --config before there was --check */
    {"s", required_argument, NULL, 5}, /* likewise --socket, before there was --signer */
    {NULL, 0, NULL, 0},
};

/* By the val of long_options; their letters. */
static enum options_outcome (*const handlers[])(struct parse *, const char *value) = {
    on_help,      on_version, on_hs_version, on_ip,       on_port,     on_socket, on_config,
    on_verbosity, on_testnet, on_check,      on_fallback, on_handover, on_signer, on_no_sandbox,
};

#define LETTERS "h--ipscv------"

static enum options_outcome read_arguments(struct parse *p, int argc, char **argv)
{
  struct argparse reader = {
      .options = long_options, .letters = LETTERS, .argc = argc, .argv = argv};
  enum options_outcome outcome = OPTIONS_RUN;
  char *value = NULL;
  int i;

  argparse_begin(&reader);
  while (outcome == OPTIONS_RUN && (i = argparse_next(&reader, &value)) != ARGPARSE_END) {
    outcome = i == ARGPARSE_BAD ? refuse(p, "argument", reader.argument, reader.fault)
                                : handlers[i](p, value);
  }
  if (outcome == OPTIONS_RUN && argparse_rest(&reader) != NULL) {
    return refuse(p, "argument", argparse_rest(&reader), "is not known");
  }
  return outcome;
}

/* A variable of the environment; empty is as if it were not there. */
static const char *variable(char *(*env)(const char *), const char *name)
{
  const char *value = env(name);

  return value == NULL || value[0] == 0 ? NULL : value;
}

/* Defaults from the environment. */
static void read_environment(struct options *o, char *(*env)(const char *))
{
  const char *config = variable(env, "ONIONBALANCE_CONFIG");

  o->config_path = config == NULL ? "config.yaml" : config;
  o->log_location = variable(env, "ONIONBALANCE_LOG_LOCATION");
  o->status_socket = variable(env, "ONIONBALANCE_STATUS_SOCKET_LOCATION");
  o->runtime_folder = variable(env, "RUNTIME_DIRECTORY");
  o->state_directory = variable(env, "STATE_DIRECTORY");
}

/* The level of the environment, where no flag gives another. */
static enum options_outcome choose_level(struct parse *p, const char *env_level)
{
  return p->has_level || env_level == NULL ? OPTIONS_RUN
                                           : take_level(p, "ONIONBALANCE_LOG_LEVEL", env_level);
}

/* The signer of the environment, where no flag gives another. */
static enum options_outcome choose_signer(struct parse *p, const char *env_signer)
{
  return p->options->signer != NULL || env_signer == NULL
             ? OPTIONS_RUN
             : take_signer(p, "ONIONBALANCE_SIGNER", env_signer);
}

static void add_endpoint(struct options *o, int err, const struct endpoint *e)
{
  if (err == 0) {
    o->control[o->n_control++] = *e;
  }
}

/* A port or address given by flag wins over a socket that was not. */
static enum options_outcome choose_control(struct parse *p, const char *env_socket)
{
  struct options *o = p->options;
  bool has_tcp = p->has_host || p->has_port;
  bool uses_env = !p->has_socket && !has_tcp && env_socket != NULL;
  struct endpoint e;

  if (uses_env && take_socket(p, "ONIONBALANCE_TOR_CONTROL_SOCKET", env_socket) != OPTIONS_RUN) {
    return OPTIONS_USAGE;
  }
  o->is_control_given = p->has_socket || has_tcp || uses_env;
  o->control_reason = p->has_socket ? "--socket was given"
                      : has_tcp     ? "--ip or --port was given"
                      : uses_env    ? "ONIONBALANCE_TOR_CONTROL_SOCKET is set"
                                    : "default";
  if (p->socket != NULL && (p->has_socket || !has_tcp)) {
    add_endpoint(o, endpoint_unix(slice_str(p->socket), &e), &e);
  }
  add_endpoint(o, endpoint_tcp(slice_str(p->host), p->port, &e), &e);
  return OPTIONS_RUN;
}

enum options_outcome options_parse(struct options *o, int argc, char **argv,
                                   char *(*env)(const char *name), struct buf *text)
{
  struct parse p = {
      .options = o,
      .text = text,
      .host = DEFAULT_HOST,
      .socket = DEFAULT_SOCKET,
      .port = DEFAULT_PORT,
  };
  enum options_outcome outcome;

  *o = (struct options){.verbosity = LOG_LEVEL_INFO};
  read_environment(o, env);
  outcome = read_arguments(&p, argc, argv);
  if (outcome == OPTIONS_RUN) {
    outcome = choose_level(&p, variable(env, "ONIONBALANCE_LOG_LEVEL"));
  }
  if (outcome == OPTIONS_RUN) {
    outcome = choose_signer(&p, variable(env, "ONIONBALANCE_SIGNER"));
  }
  if (outcome == OPTIONS_RUN) {
    outcome = choose_control(&p, variable(env, "ONIONBALANCE_TOR_CONTROL_SOCKET"));
  }
  return outcome;
}

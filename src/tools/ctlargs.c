#include "tools/ctlargs.h"

#include "base/cursor.h"
#include "conf/nearest.h"
#include "version.h"

#include <getopt.h>
#include <string.h>

#define DEFAULT_SOCKET "/run/onionbalance/admin"

/* The longest time to wait: a week. */
#define TIMEOUT_MAX 604800

static const char usage[] =
    "usage: onionbalancectl [-h] [--version] [--socket PATH] [--json] [--timeout TIME]\n"
    "                       [--keep state|file|no] COMMAND [WORD...]\n";

static const char help_begin[] =
    "\n"
    "Asks and steers a running onionbalance through its admin socket.\n"
    "\n"
    "commands:\n";

static const char help_end[] =
    "\n"
    "NAME is that of a service or an instance in the configuration, its onion\n"
    "address, or enough of its first letters; SERVICE/INSTANCE where several\n"
    "services have an instance of that name.\n"
    "\n"
    "conditions of wait:\n"
    "  ready                 tor and the signer are there\n"
    "  confirmed [SERVICE]   every HSDir has what was published last\n"
    "  instance NAME STATE   it is in the state that status shows, or safe-to-stop\n"
    "\n"
    "options:\n"
    "  -h, --help            show this help and exit\n"
    "  --version             show the version of this program and exit\n"
    "  -s, --socket PATH     admin socket of the publisher (default:\n"
    "                        $ONIONBALANCE_ADMIN_SOCKET, else /run/onionbalance/admin)\n"
    "  --json                answer as JSON; one object a line from watch\n"
    "  --keep state|file|no  where a state or a weight is kept: in the publisher's state\n"
    "                        directory (default), in a file of instances.d, or nowhere,\n"
    "                        which is until the next start\n"
    "  --timeout TIME        of wait and reload: 30s, 5min, 2h (default: wait as long as\n"
    "                        it takes, two minutes for a reload)\n"
    "\n"
    "exit status: 0 done, or so already; 1 refused, or the condition does not hold;\n"
    "2 usage; 3 the publisher cannot be reached or does not answer\n";

/* What has been read so far. */
struct parse {
  struct ctlargs *args;
  struct buf *text;
};

static enum ctlargs_outcome refuse(struct parse *p, const char *what, const char *value,
                                   const char *reason)
{
  buf_clear(p->text);
  buf_addf(p->text, "%sonionbalancectl: error: %s: \"%s\" %s\n", usage, what, value, reason);
  return CTLARGS_USAGE;
}

static void add_command(const struct verb *v, struct buf *out)
{
  struct buf call CLEANUP(buf_deinit) = {0};

  buf_addf(&call, "%s%s%s%s%s", v->first, v->second == NULL ? "" : " ",
           v->second == NULL ? "" : v->second, v->arguments[0] == 0 ? "" : " ", v->arguments);
  buf_addf(out, "  %-35s %s\n", buf_str(&call), v->help);
}

static enum ctlargs_outcome on_help(struct parse *p, const char *value)
{
  (void)value;
  buf_addf(p->text, "%s%s", usage, help_begin);
  for (size_t i = 0; i < VERBS; i++) {
    if (!verb_table[i].is_internal) {
      add_command(&verb_table[i], p->text);
    }
  }
  buf_add_str(p->text, help_end);
  return CTLARGS_PRINT;
}

static enum ctlargs_outcome on_version(struct parse *p, const char *value)
{
  (void)value;
  buf_add_str(p->text, "onionbalancectl " VERSION "\n");
  return CTLARGS_PRINT;
}

static enum ctlargs_outcome on_socket(struct parse *p, const char *value)
{
  p->args->socket = value;
  return CTLARGS_RUN;
}

static enum ctlargs_outcome on_json(struct parse *p, const char *value)
{
  (void)value;
  p->args->is_json = true;
  return CTLARGS_RUN;
}

/* A number of seconds, or with a unit. */
static int read_time(const char *value, uint64_t *out)
{
  static const struct {
    const char *name;
    uint64_t seconds;
  } units[] = {{"", 1}, {"s", 1}, {"sec", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};
  struct cursor c = cursor_from(slice_str(value));
  uint64_t n = cursor_decimal(&c, TIMEOUT_MAX);
  struct slice unit = cursor_rest(&c);

  TRY(c.err);
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    if (slice_is(unit, units[i].name)) {
      *out = n * units[i].seconds;
      return *out <= TIMEOUT_MAX ? 0 : ERR_RANGE;
    }
  }
  return ERR_SYNTAX;
}

static enum ctlargs_outcome on_timeout(struct parse *p, const char *value)
{
  p->args->has_timeout = true;
  return read_time(value, &p->args->timeout) == 0 && p->args->timeout > 0
             ? CTLARGS_RUN
             : refuse(p, "--timeout", value, "is not a time like 30s, 5min or 2h, up to 7d");
}

static enum ctlargs_outcome on_keep(struct parse *p, const char *value)
{
  static const char *const words[] = {"state", "file", "no"};

  p->args->has_keep = true;
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (strcmp(value, words[i]) == 0) {
      p->args->keep = (enum ctlargs_keep)i;
      return CTLARGS_RUN;
    }
  }
  return refuse(p, "--keep", value, "is neither \"state\" nor \"file\" nor \"no\"");
}

/* val is the place in handlers. */
static const struct option long_options[] = {
    {"help", no_argument, NULL, 0},
    {"version", no_argument, NULL, 1},
    {"socket", required_argument, NULL, 2},
    {"json", no_argument, NULL, 3},
    {"timeout", required_argument, NULL, 4},
    {"keep", required_argument, NULL, 5},
    {NULL, 0, NULL, 0},
};

static enum ctlargs_outcome (*const handlers[])(struct parse *, const char *value) = {
    on_help, on_version, on_socket, on_json, on_timeout, on_keep,
};

#define N_HANDLERS (sizeof handlers / sizeof handlers[0])

/* The place in handlers of what getopt_long returned, or N_HANDLERS. */
static size_t find_handler(int c)
{
  return c == 'h' ? 0 : c == 's' ? 2 : c >= 0 && (size_t)c < N_HANDLERS ? (size_t)c : N_HANDLERS;
}

static enum ctlargs_outcome read_options(struct parse *p, int argc, char **argv)
{
  enum ctlargs_outcome outcome = CTLARGS_RUN;
  int c;

  optind = 0; /* start afresh: glibc */
  opterr = 0;
  while (outcome == CTLARGS_RUN &&
         (c = getopt_long(argc, argv, ":hs:", long_options, NULL)) != -1) {
    size_t i = find_handler(c);

    outcome = i < N_HANDLERS ? handlers[i](p, optarg)
                             : refuse(p, "argument", argv[optind - 1],
                                      c == ':' ? "needs a value" : "is not known here");
  }
  return outcome;
}

/* No command begins with that word: perhaps one was meant that has it second,
 * or one that is spelled a little differently. */
static void suggest(const char *word, struct buf *out)
{
  const char *names[2 * VERBS];
  size_t places[2 * VERBS];
  size_t n = 0, nearest;

  for (size_t i = 0; i < VERBS; i++) {
    const struct verb *v = &verb_table[i];

    if (!v->is_internal) {
      places[n] = i;
      names[n++] = v->second == NULL ? v->first : v->second;
    }
  }
  nearest = nearest_find(slice_str(word), names, n);
  if (nearest < n) {
    const struct verb *v = &verb_table[places[nearest]];

    buf_addf(out, ": did you mean \"%s%s%s\"?", v->first, v->second == NULL ? "" : " ",
             v->second == NULL ? "" : v->second);
  }
}

/* The words that can follow a first one. */
static void list_seconds(const char *first, struct buf *out)
{
  const char *before = ": ";

  for (size_t i = 0; i < VERBS; i++) {
    if (strcmp(verb_table[i].first, first) == 0 && verb_table[i].second != NULL) {
      buf_addf(out, "%s%s", before, verb_table[i].second);
      before = ", ";
    }
  }
}

static enum ctlargs_outcome complain(struct parse *p, enum verb_outcome outcome)
{
  const struct ctlargs *a = p->args;
  const struct verb *v = &verb_table[a->verb];

  buf_clear(p->text);
  buf_addf(p->text, "%sonionbalancectl: error: ", usage);
  if (outcome == VERB_UNKNOWN_FIRST) {
    buf_addf(p->text, "there is no command \"%s\"", a->words[0]);
    suggest(a->words[0], p->text);
  } else if (outcome == VERB_UNKNOWN_SECOND) {
    buf_addf(p->text, "behind \"%s\" must stand one of these", a->words[0]);
    list_seconds(a->words[0], p->text);
  } else {
    buf_addf(p->text, "it is: %s%s%s %s", v->first, v->second == NULL ? "" : " ",
             v->second == NULL ? "" : v->second, v->arguments);
  }
  buf_add_u8(p->text, '\n');
  return CTLARGS_USAGE;
}

/* States and weights; an instance that is added is kept in a file anyway. */
static bool is_kept(enum verb_id verb)
{
  return verb >= VERB_INSTANCE_ENABLE && verb <= VERB_INSTANCE_WEIGHT;
}

static enum ctlargs_outcome check_keep(struct parse *p)
{
  struct ctlargs *a = p->args;
  bool is_edit = a->verb == VERB_INSTANCE_ADD || a->verb == VERB_INSTANCE_REMOVE;

  if (is_kept(a->verb) && a->n - a->n_used == verb_table[a->verb].max) {
    return complain(p, VERB_COUNT); /* the last word is ours to add */
  }
  if (!a->has_keep || is_kept(a->verb) || (is_edit && a->keep == CTLARGS_KEEP_FILE)) {
    if (is_kept(a->verb) && a->keep == CTLARGS_KEEP_NO && a->n < LIMIT_ADMIN_WORDS) {
      a->words[a->n++] = "unkept";
    }
    return CTLARGS_RUN;
  }
  return refuse(p, "--keep", is_edit ? "add or remove" : a->words[0],
                is_edit ? "is always kept in a file" : "changes nothing that could be kept");
}

static enum ctlargs_outcome read_words(struct parse *p, int argc, char **argv)
{
  struct ctlargs *a = p->args;
  enum verb_outcome outcome;

  if (optind >= argc) {
    buf_addf(p->text, "%sonionbalancectl: error: which command? --help lists them\n", usage);
    return CTLARGS_USAGE;
  }
  for (; optind < argc; optind++) {
    if (a->n == LIMIT_ADMIN_WORDS || argv[optind][0] == 0) {
      return refuse(p, "argument", argv[optind],
                    argv[optind][0] == 0 ? "is empty" : "is one too many");
    }
    a->words[a->n++] = argv[optind];
  }
  outcome = verb_find(a->words, a->n, &a->verb, &a->n_used);
  return outcome == VERB_FOUND ? check_keep(p) : complain(p, outcome);
}

enum ctlargs_outcome ctlargs_parse(struct ctlargs *a, int argc, char **argv,
                                   char *(*env)(const char *name), struct buf *text)
{
  const char *socket = env("ONIONBALANCE_ADMIN_SOCKET");
  struct parse p = {.args = a, .text = text};
  enum ctlargs_outcome outcome;

  *a = (struct ctlargs){.socket = socket == NULL || socket[0] == 0 ? DEFAULT_SOCKET : socket};
  outcome = read_options(&p, argc, argv);
  return outcome == CTLARGS_RUN ? read_words(&p, argc, argv) : outcome;
}

#include "signer/arguments.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/mem.h"
#include "signer/help.h"
#include "signer/journal.h"
#include "signer/verb.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 65536

#define SOCKET_PREFIX "unix:"
#define SOCKET_MODE   0600U
/* More than reading and writing means nothing for a socket. */
#define SOCKET_MODE_MAX 0666U

/* How the line of a key list begins that names the passphrase file of the key
 * before it. */
#define LIST_PASSPHRASE '\t'

/* Above all characters; 'h' is OPTION_HELP. */
enum {
  OPTION_FIRST = 256,
  OPTION_FD = OPTION_FIRST,
  OPTION_ADDRESS,
  OPTION_ALLOW_GROUP,
  OPTION_ALLOW_USER,
  OPTION_APPROVALS,
  OPTION_CHECK,
  OPTION_DAYS,
  OPTION_FORMAT,
  OPTION_FROM,
  OPTION_JOURNAL,
  OPTION_KEY,
  OPTION_KEYS,
  OPTION_KEY_LIST,
  OPTION_LISTEN,
  OPTION_NEW_PASSPHRASE,
  OPTION_NO_PASSPHRASE,
  OPTION_NO_SANDBOX,
  OPTION_OUTPUT,
  OPTION_PASSPHRASE_FD,
  OPTION_PASSPHRASE_FILE,
  OPTION_PERIOD,
  OPTION_PERIOD_MINUTES,
  OPTION_SOCKET_MODE,
  OPTION_TO,
  OPTION_HELP,
  OPTION_VERSION,
  OPTION_END
};

#define OPTION_BIT(option) (UINT64_C(1) << ((option)-OPTION_FIRST))

static const struct option options[] = {
    {"address", required_argument, NULL, OPTION_ADDRESS},
    {"allow-group", required_argument, NULL, OPTION_ALLOW_GROUP},
    {"allow-user", required_argument, NULL, OPTION_ALLOW_USER},
    {"approvals", required_argument, NULL, OPTION_APPROVALS},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"days", required_argument, NULL, OPTION_DAYS},
    {"fd", required_argument, NULL, OPTION_FD},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"from", required_argument, NULL, OPTION_FROM},
    {"into", required_argument, NULL, OPTION_OUTPUT},
    {"journal", required_argument, NULL, OPTION_JOURNAL},
    {"key", required_argument, NULL, OPTION_KEY},
    {"keys", required_argument, NULL, OPTION_KEYS},
    {"key-list", required_argument, NULL, OPTION_KEY_LIST},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"new-passphrase-file", required_argument, NULL, OPTION_NEW_PASSPHRASE},
    {"no-passphrase", no_argument, NULL, OPTION_NO_PASSPHRASE},
    {"no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"passphrase-fd", required_argument, NULL, OPTION_PASSPHRASE_FD},
    {"passphrase-file", required_argument, NULL, OPTION_PASSPHRASE_FILE},
    {"period", required_argument, NULL, OPTION_PERIOD},
    {"period-minutes", required_argument, NULL, OPTION_PERIOD_MINUTES},
    {"socket-mode", required_argument, NULL, OPTION_SOCKET_MODE},
    {"to", required_argument, NULL, OPTION_TO},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static enum arguments_outcome usage(struct buf *text, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static enum arguments_outcome usage(struct buf *text, const char *fmt, ...)
{
  va_list ap;

  buf_add_str(text, "onionbalance-signer: ");
  va_start(ap, fmt);
  buf_addv(text, fmt, ap);
  va_end(ap);
  buf_add_str(text, "\nTry 'onionbalance-signer --help'.\n");
  return ARGUMENTS_USAGE;
}

static bool is_path(struct slice path)
{
  return path.n <= LIMIT_PATH_BYTES && (path.n == 0 || memchr(path.p, '\0', path.n) == NULL);
}

static enum arguments_outcome add_key(struct arguments *a, struct slice path, struct buf *text)
{
  if (a->n_keys == LIMIT_SERVICES) {
    return usage(text, "more than %u keys", LIMIT_SERVICES);
  }
  if (!is_path(path)) {
    return usage(text, "no file can have this name: '%.80s...'", (const char *)path.p);
  }
  a->keys = mem_grow(a->keys, a->n_keys, &a->cap, sizeof *a->keys);
  a->keys[a->n_keys++] = (struct arguments_key){.path = mem_string(path.p, path.n)};
  return ARGUMENTS_RUN;
}

static enum arguments_outcome add_passphrase(struct arguments *a, struct slice path,
                                             struct buf *text)
{
  struct arguments_key *key = a->n_keys > 0 ? &a->keys[a->n_keys - 1] : NULL;

  if (key == NULL) {
    return usage(text, "--passphrase-file belongs behind the --key that it is for");
  }
  if (key->passphrase != NULL) {
    return usage(text, "two passphrase files for the key %s", key->path);
  }
  if (!is_path(path)) {
    return usage(text, "no file can have this name: '%.80s...'", (const char *)path.p);
  }
  key->passphrase = mem_string(path.p, path.n);
  return ARGUMENTS_RUN;
}

static enum arguments_outcome take_passphrase(struct arguments *a, const char *value,
                                              struct buf *text)
{
  return add_passphrase(a, slice_str(value), text);
}

/* Reads a file of any kind. ERR_IO with errno set, or ERR_TOO_LONG. */
static int read_file(const char *path, size_t max, struct buf *out)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  ssize_t n = 1;

  if (fd < 0) {
    return ERR_IO;
  }
  while (n != 0 && out->n <= max) {
    n = read(fd, buf_reserve(out, READ_BYTES), READ_BYTES);
    if (n < 0 && errno != EINTR) {
      close(fd);
      return ERR_IO;
    }
    buf_used(out, n > 0 ? (size_t)n : 0);
  }
  close(fd);
  return out->n > max ? ERR_TOO_LONG : 0;
}

/* One line of a key list. */
static enum arguments_outcome add_line(struct arguments *a, struct slice line, struct buf *text)
{
  enum arguments_outcome outcome;

  if (line.n == 0) {
    return ARGUMENTS_RUN;
  }
  if (line.p[0] == LIST_PASSPHRASE) {
    return add_passphrase(a, slice_skip(line, 1), text);
  }
  outcome = add_key(a, line, text);
  if (outcome == ARGUMENTS_RUN && a->n_keys > 0) {
    a->keys[a->n_keys - 1].is_listed = true;
  }
  return outcome;
}

static enum arguments_outcome read_list(struct arguments *a, const char *path, struct buf *text)
{
  struct buf file CLEANUP(buf_deinit) = {0};
  enum arguments_outcome outcome = ARGUMENTS_RUN;
  int err = read_file(path, LIMIT_SIGNER_KEY_LIST_BYTES, &file);
  struct cursor c = cursor_from(buf_slice(&file));

  if (err < 0) {
    return usage(text, "cannot read %s: %s", path, err == ERR_IO ? strerror(errno) : err_text(err));
  }
  while (cursor_left(&c) > 0 && outcome == ARGUMENTS_RUN) {
    outcome = add_line(a, cursor_line(&c), text);
  }
  return outcome;
}

static enum arguments_outcome take_list(struct arguments *a, const char *path, struct buf *text)
{
  a->lists = mem_grow(a->lists, a->n_lists, &a->cap_lists, sizeof *a->lists);
  a->lists[a->n_lists++] = path;
  return read_list(a, path, text);
}

static enum arguments_outcome take_listen(struct arguments *a, const char *value, struct buf *text)
{
  struct slice path = slice_str(value);

  if (!slice_has_prefix(path, SOCKET_PREFIX) || path.n == strlen(SOCKET_PREFIX)) {
    return usage(text, "--listen: '%s' is not unix:PATH", value);
  }
  a->socket_path = value + strlen(SOCKET_PREFIX);
  return ARGUMENTS_RUN;
}

static enum arguments_outcome take_mode(struct arguments *a, const char *value, struct buf *text)
{
  struct cursor c = cursor_from(slice_str(value));
  mode_t mode = 0;

  while (cursor_left(&c) > 0 && mode <= SOCKET_MODE_MAX) {
    uint8_t digit = (uint8_t)(cursor_u8(&c) - '0');

    mode = digit < 8 ? mode * 8 + digit : SOCKET_MODE_MAX + 1;
  }
  if (value[0] == '\0' || (mode & ~SOCKET_MODE_MAX) != 0) {
    return usage(text, "--socket-mode: '%s' is not a mode from 0 to 666", value);
  }
  a->socket_mode = mode;
  return ARGUMENTS_RUN;
}

static enum arguments_outcome take_user(struct arguments *a, const char *value, struct buf *text)
{
  const struct passwd *user = getpwnam(value);
  uint64_t number = user == NULL ? 0 : user->pw_uid;

  if (user == NULL && cursor_parse_decimal(slice_str(value), INT_MAX, &number) < 0) {
    return usage(text, "--allow-user: there is no user '%s'", value);
  }
  a->users = mem_grow(a->users, a->n_users, &a->cap_users, sizeof *a->users);
  a->users[a->n_users++] = (uid_t)number;
  return ARGUMENTS_RUN;
}

static enum arguments_outcome take_group(struct arguments *a, const char *value, struct buf *text)
{
  const struct group *group = getgrnam(value);
  uint64_t number = group == NULL ? 0 : group->gr_gid;

  if (group == NULL && cursor_parse_decimal(slice_str(value), INT_MAX, &number) < 0) {
    return usage(text, "--allow-group: there is no group '%s'", value);
  }
  a->groups = mem_grow(a->groups, a->n_groups, &a->cap_groups, sizeof *a->groups);
  a->groups[a->n_groups++] = (gid_t)number;
  return ARGUMENTS_RUN;
}

static enum arguments_outcome set_fd(int *out, const char *value, struct buf *text)
{
  uint64_t fd;

  if (cursor_parse_decimal(slice_str(value), INT_MAX, &fd) < 0 || fcntl((int)fd, F_GETFD) < 0) {
    return usage(text, "'%s' is not an open file descriptor", value);
  }
  *out = (int)fd;
  return ARGUMENTS_RUN;
}

static enum arguments_outcome take_fd(struct arguments *a, const char *value, struct buf *text)
{
  return set_fd(&a->fd, value, text);
}

static enum arguments_outcome take_passphrase_fd(struct arguments *a, const char *value,
                                                 struct buf *text)
{
  return set_fd(&a->passphrase_fd, value, text);
}

static enum arguments_outcome take_key(struct arguments *a, const char *value, struct buf *text)
{
  return add_key(a, slice_str(value), text);
}

static enum arguments_outcome take_keys(struct arguments *a, const char *value, struct buf *text)
{
  if (cursor_parse_decimal(slice_str(value), JOURNAL_KEYS_MAX, &a->keys_more) < 0 ||
      a->keys_more == 0) {
    return usage(text, "--keys: '%s' is not a number from 1 to %u", value, JOURNAL_KEYS_MAX);
  }
  return ARGUMENTS_RUN;
}

/* A number from 1 to max. */
static enum arguments_outcome take_number(uint64_t *out, const char *what, uint64_t max,
                                          const char *value, struct buf *text)
{
  if (cursor_parse_decimal(slice_str(value), max, out) < 0 || *out == 0) {
    return usage(text, "%s: '%s' is not a number from 1 to %" PRIu64, what, value, max);
  }
  return ARGUMENTS_RUN;
}

static enum arguments_outcome take_days(struct arguments *a, const char *value, struct buf *text)
{
  return take_number(&a->days, "--days", LIMIT_BUNDLE_DAYS, value, text);
}

static enum arguments_outcome take_minutes(struct arguments *a, const char *value, struct buf *text)
{
  return take_number(&a->period_minutes, "--period-minutes", LIMIT_PERIOD_MINUTES, value, text);
}

static enum arguments_outcome print_help(struct arguments *a, const char *value, struct buf *text)
{
  (void)a;
  (void)value;
  buf_add_str(text, help_text());
  return ARGUMENTS_PRINT;
}

static enum arguments_outcome print_version(struct arguments *a, const char *value,
                                            struct buf *text)
{
  (void)a;
  (void)value;
  buf_add_str(text, "onionbalance-signer " VERSION "\n");
  return ARGUMENTS_PRINT;
}

/* Options that are kept as they are: where. */
static const size_t text_places[OPTION_END - OPTION_FIRST] = {
    [OPTION_ADDRESS - OPTION_FIRST] = offsetof(struct arguments, address),
    [OPTION_APPROVALS - OPTION_FIRST] = offsetof(struct arguments, approvals),
    [OPTION_FORMAT - OPTION_FIRST] = offsetof(struct arguments, format),
    [OPTION_FROM - OPTION_FIRST] = offsetof(struct arguments, from),
    [OPTION_JOURNAL - OPTION_FIRST] = offsetof(struct arguments, journal),
    [OPTION_NEW_PASSPHRASE - OPTION_FIRST] = offsetof(struct arguments, new_passphrase),
    [OPTION_OUTPUT - OPTION_FIRST] = offsetof(struct arguments, output),
    [OPTION_PERIOD - OPTION_FIRST] = offsetof(struct arguments, period),
    [OPTION_TO - OPTION_FIRST] = offsetof(struct arguments, recipient),
};

/* Those that are there or not. */
static const size_t flag_places[OPTION_END - OPTION_FIRST] = {
    [OPTION_CHECK - OPTION_FIRST] = offsetof(struct arguments, is_check_only),
    [OPTION_NO_PASSPHRASE - OPTION_FIRST] = offsetof(struct arguments, has_no_passphrase),
    [OPTION_NO_SANDBOX - OPTION_FIRST] = offsetof(struct arguments, has_no_sandbox),
};

static enum arguments_outcome (*const takers[OPTION_END - OPTION_FIRST])(struct arguments *,
                                                                         const char *,
                                                                         struct buf *) = {
    [OPTION_ALLOW_GROUP - OPTION_FIRST] = take_group,
    [OPTION_ALLOW_USER - OPTION_FIRST] = take_user,
    [OPTION_DAYS - OPTION_FIRST] = take_days,
    [OPTION_FD - OPTION_FIRST] = take_fd,
    [OPTION_KEY - OPTION_FIRST] = take_key,
    [OPTION_KEYS - OPTION_FIRST] = take_keys,
    [OPTION_KEY_LIST - OPTION_FIRST] = take_list,
    [OPTION_LISTEN - OPTION_FIRST] = take_listen,
    [OPTION_PASSPHRASE_FD - OPTION_FIRST] = take_passphrase_fd,
    [OPTION_PASSPHRASE_FILE - OPTION_FIRST] = take_passphrase,
    [OPTION_PERIOD_MINUTES - OPTION_FIRST] = take_minutes,
    [OPTION_SOCKET_MODE - OPTION_FIRST] = take_mode,
    [OPTION_HELP - OPTION_FIRST] = print_help,
    [OPTION_VERSION - OPTION_FIRST] = print_version,
};

static enum arguments_outcome take_option(struct arguments *a, int option, struct buf *text)
{
  size_t index;

  option = option == 'h' ? OPTION_HELP : option == 'o' ? OPTION_OUTPUT : option;
  if (option < OPTION_FIRST || option >= OPTION_END) {
    return usage(text, "wrong option");
  }
  index = (size_t)option - OPTION_FIRST;
  a->given |= OPTION_BIT(option);
  if (takers[index] != NULL) {
    return takers[index](a, optarg, text);
  }
  if (text_places[index] > 0) {
    *(const char **)(void *)((char *)a + text_places[index]) = optarg;
  } else {
    *(bool *)((char *)a + flag_places[index]) = true;
  }
  return ARGUMENTS_RUN;
}

#define OF_KEYS                                                                                    \
  (OPTION_BIT(OPTION_KEY) | OPTION_BIT(OPTION_PASSPHRASE_FILE) | OPTION_BIT(OPTION_PASSPHRASE_FD))
#define OF_NEW_KEYS                                                                                \
  (OPTION_BIT(OPTION_OUTPUT) | OPTION_BIT(OPTION_FORMAT) | OPTION_BIT(OPTION_NEW_PASSPHRASE) |     \
   OPTION_BIT(OPTION_NO_PASSPHRASE))

/* What each verb can do with; the last one is for serving. */
static const struct {
  const char *verb;
  uint64_t options;
} uses[] = {
    {"allow", OPTION_BIT(OPTION_APPROVALS) | OPTION_BIT(OPTION_PERIOD) | OPTION_BIT(OPTION_KEYS)},
    {"backup", OF_KEYS | OPTION_BIT(OPTION_OUTPUT)},
    {"bundle", OF_KEYS | OPTION_BIT(OPTION_KEY_LIST) | OPTION_BIT(OPTION_TO) |
                   OPTION_BIT(OPTION_FROM) | OPTION_BIT(OPTION_DAYS) |
                   OPTION_BIT(OPTION_PERIOD_MINUTES) | OPTION_BIT(OPTION_OUTPUT)},
    {"generate", OF_NEW_KEYS},
    {"import", OF_KEYS | OF_NEW_KEYS},
    {"inspect", 0},
    {"install", OPTION_BIT(OPTION_OUTPUT)},
    {"recipient", 0},
    {"restore", OF_NEW_KEYS | OPTION_BIT(OPTION_CHECK)},
    {"verify", OF_KEYS | OPTION_BIT(OPTION_KEY_LIST) | OPTION_BIT(OPTION_ADDRESS) |
                   OPTION_BIT(OPTION_PERIOD_MINUTES)},
    {NULL, OF_KEYS | OPTION_BIT(OPTION_KEY_LIST) | OPTION_BIT(OPTION_FD) |
               OPTION_BIT(OPTION_LISTEN) | OPTION_BIT(OPTION_ALLOW_USER) |
               OPTION_BIT(OPTION_ALLOW_GROUP) | OPTION_BIT(OPTION_SOCKET_MODE) |
               OPTION_BIT(OPTION_JOURNAL) | OPTION_BIT(OPTION_APPROVALS) |
               OPTION_BIT(OPTION_NO_SANDBOX)},
};

static uint64_t uses_of(const char *verb)
{
  size_t i = 0;

  while (uses[i].verb != NULL && (verb == NULL || strcmp(uses[i].verb, verb) != 0)) {
    i++;
  }
  return uses[i].options;
}

/* An option that means nothing here is a mistake, not to be passed over. */
static enum arguments_outcome refuse_option(const struct arguments *a, const struct option *option,
                                            struct buf *text)
{
  const char *owner = NULL;

  for (size_t i = 0; uses[i].verb != NULL && owner == NULL; i++) {
    owner = (uses[i].options & OPTION_BIT(option->val)) != 0 ? uses[i].verb : NULL;
  }
  if (a->verb != NULL) {
    return usage(text, "--%s is no option of 'onionbalance-signer %s'", option->name, a->verb);
  }
  return usage(text, "--%s is an option of 'onionbalance-signer %s'", option->name, owner);
}

static enum arguments_outcome check_options(const struct arguments *a, struct buf *text)
{
  uint64_t stray = a->given & ~uses_of(a->verb);
  size_t i = 0;

  while (stray != 0 && (stray & OPTION_BIT(options[i].val)) == 0) {
    i++;
  }
  return stray == 0 ? ARGUMENTS_RUN : refuse_option(a, &options[i], text);
}

/* What can only be judged when everything has been read. */
static enum arguments_outcome check(struct arguments *a, struct buf *text)
{
  if (a->socket_path != NULL && a->fd >= 0) {
    return usage(text, "--listen and --fd: there can be only one of them");
  }
  a->is_listening = a->socket_path != NULL || (a->fd >= 0 && listener_is_one(a->fd));
  if (!a->is_listening && a->n_users + a->n_groups > 0) {
    return usage(text, "--allow-user and --allow-group are for a signer that listens");
  }
  if (a->passphrase_fd >= 0 && a->passphrase_fd == (a->fd < 0 ? STDIN_FILENO : a->fd) &&
      a->socket_path == NULL) {
    return usage(text, "--passphrase-fd: descriptor %d is the one that is served",
                 a->passphrase_fd);
  }
  /* A list may get its keys later. */
  return a->n_keys > 0 || (a->is_listening && a->n_lists > 0) ? ARGUMENTS_RUN
                                                              : usage(text, "no keys");
}

enum arguments_outcome arguments_parse(struct arguments *a, int argc, char **argv, struct buf *text)
{
  enum arguments_outcome outcome = ARGUMENTS_RUN;
  int option;

  *a = (struct arguments){.fd = -1, .passphrase_fd = -1, .socket_mode = SOCKET_MODE};
  if (argc > 1 && verb_is(argv[1])) {
    a->verb = argv[1];
    argc--;
    argv++;
  }
  optind = 0; /* begin anew, also in a test */
  opterr = 0;
  while (outcome == ARGUMENTS_RUN &&
         (option = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
    outcome = take_option(a, option, text);
  }
  outcome = outcome == ARGUMENTS_RUN ? check_options(a, text) : outcome;
  if (outcome != ARGUMENTS_RUN) {
    return outcome;
  }
  if (a->verb != NULL) {
    a->operands = argv + optind;
    a->n_operands = (size_t)(argc - optind);
    return ARGUMENTS_RUN;
  }
  if (optind < argc) {
    return usage(text, "'%s' is no option; keys are given with --key", argv[optind]);
  }
  return check(a, text);
}

static void free_keys(struct arguments_key *keys, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    free(keys[i].path);
    free(keys[i].passphrase);
  }
  free(keys);
}

/* Adds the keys of the command line to fresh, copied. */
static void copy_given(const struct arguments *a, struct arguments *fresh)
{
  for (size_t i = 0; i < a->n_keys; i++) {
    const struct arguments_key *key = &a->keys[i];

    if (!key->is_listed) {
      fresh->keys = mem_grow(fresh->keys, fresh->n_keys, &fresh->cap, sizeof *fresh->keys);
      fresh->keys[fresh->n_keys++] = (struct arguments_key){
          .path = mem_string(key->path, strlen(key->path)),
          .passphrase =
              key->passphrase == NULL ? NULL : mem_string(key->passphrase, strlen(key->passphrase)),
      };
    }
  }
}

enum arguments_outcome arguments_read_lists(struct arguments *a, struct buf *text)
{
  struct arguments fresh = {.fd = -1, .passphrase_fd = -1};

  copy_given(a, &fresh);
  for (size_t i = 0; i < a->n_lists; i++) {
    if (read_list(&fresh, a->lists[i], text) != ARGUMENTS_RUN) {
      free_keys(fresh.keys, fresh.n_keys);
      return ARGUMENTS_USAGE;
    }
  }
  free_keys(a->keys, a->n_keys);
  a->keys = fresh.keys;
  a->n_keys = fresh.n_keys;
  a->cap = fresh.cap;
  return ARGUMENTS_RUN;
}

void arguments_deinit(struct arguments *a)
{
  free_keys(a->keys, a->n_keys);
  free(a->users);
  free(a->groups);
  free(a->lists);
  *a = (struct arguments){.fd = -1, .passphrase_fd = -1};
}

#include "signer/arguments.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/mem.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES 65536

static const char help[] =
    "Usage: onionbalance-signer [OPTION]... --key FILE [--passphrase-file FILE]...\n"
    "Holds the identity keys of onion services and certifies descriptor signing keys\n"
    "for onionbalance, which starts it. Keys are PEM (PKCS#8) files with an Ed25519\n"
    "key, which may be encrypted, or Tor's hs_ed25519_secret_key.\n"
    "\n"
    "  --fd N                  serve the socket that is file descriptor N\n"
    "                          (default: standard input and output)\n"
    "  --key FILE              a key; may be repeated\n"
    "  --passphrase-file FILE  holds the passphrase of the key before it\n"
    "  --passphrase-fd N       a file descriptor that has a line with a passphrase for\n"
    "                          each encrypted key that has no file of its own\n"
    "  --key-list FILE         a file that names a key file on each line\n"
    "  -h, --help              print this text and exit\n"
    "      --version           print the version and exit\n"
    "\n"
    "A passphrase that is not given is a systemd credential (NAME.passphrase for the\n"
    "key file NAME, or key-passphrase), or is asked for on the terminal.\n";

/* Above all characters; 'h' is OPTION_HELP. */
enum {
  OPTION_FIRST = 256,
  OPTION_FD = OPTION_FIRST,
  OPTION_KEY,
  OPTION_KEY_LIST,
  OPTION_PASSPHRASE_FD,
  OPTION_PASSPHRASE_FILE,
  OPTION_HELP,
  OPTION_VERSION,
  OPTION_END
};

static const struct option options[] = {
    {"fd", required_argument, NULL, OPTION_FD},
    {"key", required_argument, NULL, OPTION_KEY},
    {"key-list", required_argument, NULL, OPTION_KEY_LIST},
    {"passphrase-fd", required_argument, NULL, OPTION_PASSPHRASE_FD},
    {"passphrase-file", required_argument, NULL, OPTION_PASSPHRASE_FILE},
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

static enum arguments_outcome add_passphrase(struct arguments *a, const char *path,
                                             struct buf *text)
{
  struct arguments_key *key = a->n_keys > 0 ? &a->keys[a->n_keys - 1] : NULL;

  if (key == NULL) {
    return usage(text, "--passphrase-file belongs behind the --key that it is for");
  }
  if (key->passphrase != NULL) {
    return usage(text, "two passphrase files for the key %s", key->path);
  }
  if (!is_path(slice_str(path))) {
    return usage(text, "no file can have this name: '%.80s...'", path);
  }
  key->passphrase = mem_string(path, strlen(path));
  return ARGUMENTS_RUN;
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

static enum arguments_outcome add_list(struct arguments *a, const char *path, struct buf *text)
{
  struct buf file CLEANUP(buf_deinit) = {0};
  enum arguments_outcome outcome = ARGUMENTS_RUN;
  int err = read_file(path, LIMIT_SIGNER_KEY_LIST_BYTES, &file);
  struct cursor c = cursor_from(buf_slice(&file));

  if (err < 0) {
    return usage(text, "cannot read %s: %s", path, err == ERR_IO ? strerror(errno) : err_text(err));
  }
  while (cursor_left(&c) > 0 && outcome == ARGUMENTS_RUN) {
    struct slice line = cursor_line(&c);

    if (line.n > 0) {
      outcome = add_key(a, line, text);
    }
  }
  return outcome;
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

static enum arguments_outcome print_help(struct arguments *a, const char *value, struct buf *text)
{
  (void)a;
  (void)value;
  buf_add_str(text, help);
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

static enum arguments_outcome (*const takers[OPTION_END - OPTION_FIRST])(struct arguments *,
                                                                         const char *,
                                                                         struct buf *) = {
    [OPTION_FD - OPTION_FIRST] = take_fd,
    [OPTION_KEY - OPTION_FIRST] = take_key,
    [OPTION_KEY_LIST - OPTION_FIRST] = add_list,
    [OPTION_PASSPHRASE_FD - OPTION_FIRST] = take_passphrase_fd,
    [OPTION_PASSPHRASE_FILE - OPTION_FIRST] = add_passphrase,
    [OPTION_HELP - OPTION_FIRST] = print_help,
    [OPTION_VERSION - OPTION_FIRST] = print_version,
};

static enum arguments_outcome take_option(struct arguments *a, int option, struct buf *text)
{
  option = option == 'h' ? OPTION_HELP : option;
  if (option < OPTION_FIRST || option >= OPTION_END) {
    return usage(text, "wrong option");
  }
  return takers[option - OPTION_FIRST](a, optarg, text);
}

enum arguments_outcome arguments_parse(struct arguments *a, int argc, char **argv, struct buf *text)
{
  enum arguments_outcome outcome = ARGUMENTS_RUN;
  int option;

  *a = (struct arguments){.fd = -1, .passphrase_fd = -1};
  optind = 0; /* begin anew, also in a test */
  opterr = 0;
  while (outcome == ARGUMENTS_RUN && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
    outcome = take_option(a, option, text);
  }
  if (outcome != ARGUMENTS_RUN) {
    return outcome;
  }
  if (optind < argc) {
    return usage(text, "'%s' is no option; keys are given with --key", argv[optind]);
  }
  if (a->passphrase_fd >= 0 && a->passphrase_fd == (a->fd < 0 ? STDIN_FILENO : a->fd)) {
    return usage(text, "--passphrase-fd: descriptor %d is the one that is served",
                 a->passphrase_fd);
  }
  return a->n_keys > 0 ? ARGUMENTS_RUN : usage(text, "no keys");
}

void arguments_deinit(struct arguments *a)
{
  for (size_t i = 0; i < a->n_keys; i++) {
    free(a->keys[i].path);
    free(a->keys[i].passphrase);
  }
  free(a->keys);
  *a = (struct arguments){.fd = -1, .passphrase_fd = -1};
}

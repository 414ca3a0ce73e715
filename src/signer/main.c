/* onionbalance-signer: the process that holds the identity keys. */
#include "base/log.h"
#include "signer/arguments.h"
#include "signer/book.h"
#include "signer/confine.h"
#include "signer/harden.h"
#include "signer/keyload.h"
#include "signer/peers.h"
#include "signer/serve.h"
#include "signer/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How long somebody who connects may take over one message. */
#define STALL_MS 30000

/* One line in the log format of onionbalance, whose stderr is ours. */
static void say(void *ctx, enum log_level level, const char *text)
{
  struct buf line CLEANUP(buf_deinit) = {0};
  struct timespec now;
  struct tm local;

  (void)ctx;
  clock_gettime(CLOCK_REALTIME, &now);
  localtime_r(&now.tv_sec, &local);
  log_line_build((struct wall){now.tv_sec + local.tm_gmtoff}, (int)(now.tv_nsec / 1000000), level,
                 slice_str(text), &line);
  (void)!write(STDERR_FILENO, line.p, line.n);
}

static void complain(const char *text)
{
  say(NULL, LOG_LEVEL_ERROR, text);
}

static int serve(struct session *s, const struct arguments *a)
{
  int in = a->fd < 0 ? STDIN_FILENO : a->fd;
  int out = a->fd < 0 ? STDOUT_FILENO : a->fd;
  int err = serve_stream(s, in, out);

  if (err == ERR_IO && (errno == ECONNRESET || errno == EPIPE)) {
    return EXIT_SUCCESS; /* the publisher has gone, without a good-bye */
  }
  if (err < 0) {
    struct buf text CLEANUP(buf_deinit) = {0};

    buf_addf(&text, "signer: the connection to the publisher is unusable: %s",
             err == ERR_IO ? strerror(errno) : err_text(err));
    complain(buf_str(&text));
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

/* Everything is open that is needed: the door is closed behind it. */
static int confine(const struct arguments *a)
{
  struct buf how CLEANUP(buf_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  if (confine_signer(a, &how) < 0) {
    buf_addf(&text, "signer: the sandbox cannot be made: %s (--no-sandbox goes without)",
             strerror(errno));
    complain(buf_str(&text));
    return ERR_IO;
  }
  if (a->is_listening) {
    buf_addf(&text, "signer: sandbox: %s", buf_str(&how));
    say(NULL, LOG_LEVEL_INFO, buf_str(&text));
  }
  return 0;
}

/* What a signer that listens needs to read its keys, again and again. */
struct lister {
  struct arguments *arguments;
  bool is_started;
};

/* A bad key is told to the publisher; here it is for the log of the signer's
 * own service. */
static void tell_keys(const struct keyring *keys)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  size_t n_good = 0;

  for (size_t i = 0; i < keyring_count(keys); i++) {
    const struct keyring_key *key = keyring_get(keys, i);

    n_good += key->status == WIRE_STATUS_GOOD;
    if (key->text.n > 0) {
      buf_clear(&text);
      buf_add_str(&text, "signer: ");
      buf_add_slice(&text, buf_slice(&key->text));
      say(NULL, key->status == WIRE_STATUS_GOOD ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
          buf_str(&text));
    }
  }
  buf_clear(&text);
  buf_addf(&text, "signer: serving %zu key%s", n_good, n_good == 1 ? "" : "s");
  say(NULL, LOG_LEVEL_INFO, buf_str(&text));
}

/* After a reload: why a key cannot be read that root can show to be readable. */
static void explain_folders(const struct arguments *a, const struct keyring *keys)
{
  bool is_closed = false;

  for (size_t i = 0; i < keyring_count(keys); i++) {
    is_closed = is_closed || keyring_get(keys, i)->status == WIRE_STATUS_UNREADABLE;
  }
  if (is_closed && confine_is_wanted(a)) {
    say(NULL, LOG_LEVEL_WARNING,
        "signer: its sandbox lets it read the folders that had keys at its start; if a key lies in "
        "another one, start it again");
  }
}

/* OpenSSL reads its own files when it is first used: in a session. */
static int enclose(const struct arguments *a, struct keyring *keys)
{
  session_free(session_new(keys));
  return confine(a);
}

static struct keyring *load_listed(void *ctx)
{
  struct lister *l = ctx;
  struct buf text CLEANUP(buf_deinit) = {0};
  struct keyring *keys;

  if (l->is_started && arguments_read_lists(l->arguments, &text) != ARGUMENTS_RUN) {
    complain(buf_str(&text));
    return NULL;
  }
  /* Nobody can be asked for a passphrase after the start: others wait. */
  keys = keyload_all(l->arguments, l->is_started);
  l->arguments->passphrase_fd = -1;
  tell_keys(keys);
  if (!l->is_started && enclose(l->arguments, keys) < 0) {
    keyring_free(keys);
    return NULL;
  }
  if (l->is_started) {
    explain_folders(l->arguments, keys);
  }
  l->is_started = true;
  return keys;
}

static int open_listener(const struct arguments *a, int *out)
{
  if (a->socket_path != NULL) {
    return listener_open(a->socket_path, a->socket_mode, out);
  }
  *out = a->fd;
  return fcntl(a->fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(a->fd, F_SETFD, FD_CLOEXEC) == 0 ? 0
                                                                                          : ERR_IO;
}

static int run_listening(struct arguments *a, struct book *book)
{
  struct lister lister = {.arguments = a};
  struct buf text CLEANUP(buf_deinit) = {0};
  struct peers_config config = {
      .listener = -1,
      .stall_ms = STALL_MS,
      .policy = {a->users, a->n_users, a->groups, a->n_groups},
      .book = book,
      .load = load_listed,
      .say = say,
      .ctx = &lister,
  };
  int err = open_listener(a, &config.listener);

  if (err < 0) {
    buf_addf(&text, "signer: cannot listen at %s: %s", a->socket_path, strerror(errno));
    complain(buf_str(&text));
    return EXIT_FAILURE;
  }
  err = peers_serve(&config);
  if (err < 0) {
    buf_addf(&text, "signer: cannot go on: %s", err == ERR_IO ? strerror(errno) : err_text(err));
    complain(buf_str(&text));
  }
  close(config.listener);
  if (a->socket_path != NULL) {
    unlink(a->socket_path);
  }
  return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run_connected(const struct arguments *a, struct book *book)
{
  struct keyring *keys;
  struct session *s;
  int status;

  if (a->fd >= 0) {
    harden_signals();
  }
  keys = keyload_all(a, false);
  s = session_new(keys);
  if (s == NULL) {
    complain("signer: this OpenSSL lacks SHA3-256 or another algorithm");
    status = EXIT_FAILURE;
  } else if (confine(a) < 0) {
    status = EXIT_FAILURE;
  } else {
    session_set_book(s, book, "the one who started it");
    status = serve(s, a);
  }
  session_free(s);
  keyring_free(keys);
  return status;
}

static void free_book(struct book **b)
{
  book_free(*b);
}

/* Serves, and keeps a book of it. */
static int run_serving(struct arguments *a)
{
  const struct book_config config = {.journal = a->journal, .approvals = a->approvals, .say = say};
  struct book *book CLEANUP(free_book) = NULL;
  struct buf why CLEANUP(buf_deinit) = {0};

  if (book_open(&config, (struct wall){time(NULL)}, &book, &why) < 0) {
    complain(buf_str(&why));
    return EXIT_FAILURE;
  }
  return a->is_listening ? run_listening(a, book) : run_connected(a, book);
}

static int run(struct arguments *a)
{
  harden_process(a->fd, a->passphrase_fd);
  signal(SIGPIPE, SIG_IGN);
  if (sodium_init() < 0) {
    complain("signer: libsodium cannot be used");
    return EXIT_FAILURE;
  }
  if (a->verb != NULL) {
    return verb_run(a);
  }
  return run_serving(a);
}

int main(int argc, char **argv)
{
  struct arguments a CLEANUP(arguments_deinit) = {.fd = -1, .passphrase_fd = -1};
  struct buf text CLEANUP(buf_deinit) = {0};

  switch (arguments_parse(&a, argc, argv, &text)) {
  case ARGUMENTS_RUN:
    break;
  case ARGUMENTS_PRINT:
    fputs(buf_str(&text), stdout);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  case ARGUMENTS_USAGE:
    fputs(buf_str(&text), stderr);
    return 2;
  }
  if (a.verb == NULL && a.fd < 0 && !a.is_listening && isatty(STDIN_FILENO)) {
    fputs("onionbalance-signer: standard input is a terminal; a publisher has to talk to it\n",
          stderr);
    return 2;
  }
  return run(&a);
}

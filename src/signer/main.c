/* onionbalance-signer: the process that holds the identity keys. */
#include "base/log.h"
#include "signer/arguments.h"
#include "signer/harden.h"
#include "signer/serve.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One line in the log format of onionbalance, whose stderr is ours. */
static void complain(const char *text)
{
  struct buf line CLEANUP(buf_deinit) = {0};
  struct timespec now;
  struct tm local;

  clock_gettime(CLOCK_REALTIME, &now);
  localtime_r(&now.tv_sec, &local);
  log_line_build((struct wall){now.tv_sec + local.tm_gmtoff}, (int)(now.tv_nsec / 1000000),
                 LOG_LEVEL_ERROR, slice_str(text), &line);
  (void)!write(STDERR_FILENO, line.p, line.n);
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

static struct keyring *load_keys(const struct arguments *a)
{
  struct keyring *keys = keyring_new(a->n_keys);
  struct passphrase_sources sources = {
      .fd = a->passphrase_fd,
      .credentials = getenv("CREDENTIALS_DIRECTORY"),
      .publisher = a->fd,
  };

  for (size_t i = 0; i < a->n_keys; i++) {
    struct keyfile_lock lock = {&sources, a->keys[i].passphrase};

    keyring_load(keys, i, a->keys[i].path, &lock);
  }
  if (a->passphrase_fd >= 0) {
    close(a->passphrase_fd);
  }
  return keys;
}

static int run(const struct arguments *a)
{
  struct keyring *keys;
  struct session *s;
  int status;

  harden_process(a->fd, a->passphrase_fd);
  signal(SIGPIPE, SIG_IGN);
  if (a->fd >= 0) {
    harden_signals();
  }
  if (sodium_init() < 0) {
    complain("signer: libsodium cannot be used");
    return EXIT_FAILURE;
  }
  keys = load_keys(a);
  s = session_new(keys);
  if (s == NULL) {
    complain("signer: this OpenSSL lacks SHA3-256 or another algorithm");
    status = EXIT_FAILURE;
  } else {
    status = serve(s, a);
  }
  session_free(s);
  keyring_free(keys);
  return status;
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
  if (a.fd < 0 && isatty(STDIN_FILENO)) {
    fputs("onionbalance-signer: standard input is a terminal; a publisher has to talk to it\n",
          stderr);
    return 2;
  }
  return run(&a);
}

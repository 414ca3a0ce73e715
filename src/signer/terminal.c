#include "signer/terminal.h"

#include "base/buf.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define TERMINAL_PATH "/dev/tty"

/* While a question is open. */
struct terminal {
  int tty;
  int signals; /* a signalfd */
  int watch;
  sigset_t taken;  /* the signals that it takes */
  sigset_t before; /* the mask to go back to */
  struct termios shown;
};

/* What comes next at the terminal. */
enum step { STEP_BYTE, STEP_STOP, STEP_END };

static void terminal_deinit(struct terminal *t)
{
  if (t->signals >= 0) {
    close(t->signals);
    sigprocmask(SIG_SETMASK, &t->before, NULL);
  }
  if (t->tty >= 0) {
    close(t->tty);
  }
}

static void take_signals(struct terminal *t)
{
  static const int all[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

  sigemptyset(&t->taken);
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    sigaddset(&t->taken, all[i]);
  }
  t->signals = signalfd(-1, &t->taken, SFD_CLOEXEC | SFD_NONBLOCK);
  if (t->signals >= 0) {
    sigprocmask(SIG_BLOCK, &t->taken, &t->before);
  }
}

/* False if there is nobody to ask. In the background we would be stopped. */
static bool terminal_init(struct terminal *t, int watch)
{
  *t = (struct terminal){.tty = -1, .signals = -1, .watch = watch};
  if (isatty(STDIN_FILENO) == 0) {
    return false;
  }
  t->tty = open(TERMINAL_PATH, O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (t->tty < 0 || tcgetpgrp(t->tty) != getpgrp() || tcgetattr(t->tty, &t->shown) != 0) {
    return false;
  }
  take_signals(t);
  return t->signals >= 0;
}

static void write_text(const struct terminal *t, const char *text)
{
  CLEANUP(buf_deinit) struct buf b = {0};

  buf_add_str(&b, text);
  for (size_t i = 0; i < b.n; i++) {
    if ((b.p[i] < ' ' && b.p[i] != '\n') || b.p[i] == 0x7f) {
      b.p[i] = '?';
    }
  }
  (void)!write(t->tty, b.p, b.n); /* not shown, but the answer is read */
}

static bool hide(const struct terminal *t)
{
  struct termios hidden = t->shown;

  hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
  hidden.c_lflag |= ICANON | ISIG;
  return tcsetattr(t->tty, TCSAFLUSH, &hidden) == 0;
}

/* What was typed and not read is thrown away: it may be secret. */
static void show(const struct terminal *t)
{
  while (tcsetattr(t->tty, TCSAFLUSH, &t->shown) != 0 && errno == EINTR) {
  }
}

static enum step take_signal(const struct terminal *t)
{
  struct signalfd_siginfo info;

  if (read(t->signals, &info, sizeof info) != (ssize_t)sizeof info) {
    return STEP_END;
  }
  return info.ssi_signo == SIGTSTP ? STEP_STOP : STEP_END;
}

/* Waits, and reads one byte: nothing of the answer is kept elsewhere. */
static enum step next(const struct terminal *t, uint8_t *out)
{
  struct pollfd fds[] = {{.fd = t->signals, .events = POLLIN},
                         {.fd = t->watch, .events = POLLRDHUP},
                         {.fd = t->tty, .events = POLLIN}};
  ssize_t n = -1;

  while (n < 0) {
    if (poll(fds, 3, -1) < 0) {
      if (errno != EINTR) {
        return STEP_END;
      }
      continue;
    }
    if (fds[0].revents != 0) {
      return take_signal(t);
    }
    if (fds[1].revents != 0) {
      return STEP_END;
    }
    n = read(t->tty, out, 1);
    if (n < 0 && errno != EINTR) {
      return STEP_END;
    }
  }
  return n == 1 ? STEP_BYTE : STEP_END;
}

/* Reads a line, or up to what interrupts it (*step_out). */
static enum terminal_outcome read_line(const struct terminal *t, struct secret *out, size_t *n_out,
                                       enum step *step_out)
{
  uint8_t *bytes = secret_bytes(out);

  for (size_t n = 0; n < secret_size(out); n++) {
    *step_out = next(t, &bytes[n]);
    if (*step_out != STEP_BYTE) {
      return TERMINAL_ENDED;
    }
    if (bytes[n] == '\n') {
      *n_out = n;
      return TERMINAL_ANSWER;
    }
  }
  return TERMINAL_TOO_LONG;
}

/* As if SIGTSTP had not been taken. Comes back when somebody continues us. */
static void stop(const struct terminal *t)
{
  sigset_t set;

  sigemptyset(&set);
  sigaddset(&set, SIGTSTP);
  raise(SIGTSTP);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  sigprocmask(SIG_BLOCK, &t->taken, NULL);
}

enum terminal_outcome terminal_ask(const char *question, int watch, struct secret *out,
                                   size_t *n_out)
{
  CLEANUP(terminal_deinit) struct terminal t;
  enum terminal_outcome outcome = TERMINAL_ENDED;
  enum step step = STEP_STOP;

  *n_out = 0;
  if (!terminal_init(&t, watch)) {
    return TERMINAL_NONE;
  }
  while (outcome == TERMINAL_ENDED && step == STEP_STOP) {
    if (!hide(&t)) {
      return TERMINAL_ENDED;
    }
    write_text(&t, question);
    outcome = read_line(&t, out, n_out, &step);
    show(&t);
    write_text(&t, "\n");
    if (outcome == TERMINAL_ENDED && step == STEP_STOP) {
      stop(&t);
    }
  }
  return outcome;
}

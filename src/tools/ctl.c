#include "tools/ctl.h"

#include "conf/endpoint.h"
#include "io/clock.h"
#include "io/dial.h"
#include "io/file.h"
#include "report/answer.h"
#include "report/query.h"
#include "version.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long the publisher may take, in milliseconds. */
#define PATIENCE_MS        15000
#define RELOAD_PATIENCE_MS 120000

#define RETRY_MS 50

/* Room for a number. */
#define SECONDS_SIZE 24

/* One question and its answer. */
struct talk {
  const struct ctlargs *args;
  const struct ctl_streams *streams;
  int fd;
  struct mono deadline; /* MONO_NEVER: none */
  struct buf in;
};

static void close_talk(struct talk *t)
{
  if (t->fd >= 0) {
    close(t->fd);
  }
  buf_deinit(&t->in);
}

/* What cannot be written is lost, as for any filter. */
static void put(int fd, struct slice text)
{
  (void)!file_write_all(fd, text);
}

static void __attribute__((format(printf, 2, 3)))
say(const struct ctl_streams *s, const char *fmt, ...)
{
  CLEANUP(buf_deinit) struct buf line = {0};
  va_list ap;

  buf_add_str(&line, "onionbalancectl: ");
  va_start(ap, fmt);
  buf_addv(&line, fmt, ap);
  va_end(ap);
  buf_add_u8(&line, '\n');
  put(s->err, buf_slice(&line));
}

/* Milliseconds for poll: what is left, or -1 for ever. */
static int time_left(const struct talk *t)
{
  int64_t left = t->deadline.ms - clock_mono().ms;

  return t->deadline.ms == MONO_NEVER.ms ? -1 : left < 0 ? 0 : left > 1000000 ? 1000000 : (int)left;
}

/* Waits until the socket can be read or written; ERR_NOT_NOW: out of time. */
static int await(const struct talk *t, short events)
{
  struct pollfd p = {.fd = t->fd, .events = events};

  for (;;) {
    int n = poll(&p, 1, time_left(t));

    if (n > 0) {
      return 0;
    }
    if (n == 0 && time_left(t) == 0) {
      return ERR_NOT_NOW;
    }
    if (n < 0 && errno != EINTR) {
      return ERR_IO;
    }
  }
}

static int explain_unreached(const struct talk *t, int errnum)
{
  const char *path = t->args->socket;

  if (errnum == EACCES) {
    say(t->streams,
        "%s: %s: only root, the user of the service and the group "
        "admin-socket-readers of its configuration get in",
        path, strerror(errnum));
  } else if (errnum == ENOENT || errnum == ECONNREFUSED) {
    say(t->streams,
        "%s: %s: is onionbalance running, and does its configuration have this "
        "admin-socket? (another one: --socket)",
        path, strerror(errnum));
  } else {
    say(t->streams, "%s: %s", path, strerror(errnum));
  }
  return ERR_IO;
}

static int connect_to(struct talk *t)
{
  struct endpoint e;

  if (endpoint_unix(slice_str(t->args->socket), &e) < 0) {
    say(t->streams, "%s: this cannot be the path of a unix socket", t->args->socket);
    return ERR_SYNTAX;
  }
  while ((t->fd = dial(&e)) < 0) {
    /* EAGAIN: more clients than it has had time for. */
    if (errno != EAGAIN || time_left(t) == 0) {
      return explain_unreached(t, errno);
    }
    poll(NULL, 0, RETRY_MS);
  }
  return 0;
}

static int send_all(const struct talk *t, struct slice text)
{
  while (text.n > 0) {
    ssize_t n = send(t->fd, text.p, text.n, MSG_NOSIGNAL);

    if (n > 0) {
      text = slice_skip(text, (size_t)n);
    } else if (n < 0 && errno == EAGAIN) {
      TRY(await(t, POLLOUT));
    } else if (n < 0 && errno != EINTR) {
      return ERR_IO;
    }
  }
  return 0;
}

/* The words of the question: those of the command line, and for "wait" the
 * seconds before the condition. */
static int build_question(const struct talk *t, struct buf *out)
{
  const struct ctlargs *a = t->args;
  const char *words[LIMIT_ADMIN_WORDS + 1];
  char seconds[SECONDS_SIZE];
  size_t n = 0;

  snprintf(seconds, sizeof seconds, "%llu", (unsigned long long)a->timeout);
  for (size_t i = 0; i < a->n; i++) {
    if (i == 1 && a->verb == VERB_WAIT) {
      words[n++] = seconds;
    }
    words[n++] = a->words[i];
  }
  return query_build(&t->streams->form, words, n, out);
}

static enum ctl_exit exit_code(enum answer_kind kind)
{
  static const enum ctl_exit codes[] = {
      [ANSWER_MORE] = CTL_DONE,      [ANSWER_DONE] = CTL_DONE,   [ANSWER_REFUSED] = CTL_REFUSED,
      [ANSWER_DENIED] = CTL_REFUSED, [ANSWER_USAGE] = CTL_USAGE, [ANSWER_BUSY] = CTL_UNREACHED,
  };

  return codes[kind];
}

static void show(const struct talk *t, const struct answer *a)
{
  bool is_good = a->kind == ANSWER_MORE || a->kind == ANSWER_DONE;

  if (is_good && t->streams->kept != NULL) {
    buf_add_slice(t->streams->kept, a->text);
  } else {
    put(is_good ? t->streams->out : t->streams->err, a->text);
  }
}

/* Shows the parts that are there. 1: the last one was among them. */
static int show_parts(struct talk *t, enum ctl_exit *code)
{
  struct answer a;
  int err;

  while ((err = answer_parse(buf_slice(&t->in), &a)) == 0) {
    show(t, &a);
    *code = exit_code(a.kind);
    if (a.kind != ANSWER_MORE) {
      return 1;
    }
    buf_consume(&t->in, a.size);
  }
  return err == ERR_TRUNCATED ? 0 : err;
}

/* Reads more of the answer. ERR_CLOSED: there is none. */
static int read_more(struct talk *t)
{
  ssize_t n;

  TRY(await(t, POLLIN));
  n = read(t->fd, buf_reserve(&t->in, 65536), 65536);
  if (n > 0) {
    buf_used(&t->in, (size_t)n);
  }
  return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)) ? 0 : n == 0 ? ERR_CLOSED : ERR_IO;
}

static enum ctl_exit hear(struct talk *t)
{
  enum ctl_exit code = CTL_UNREACHED;
  int err = 0, is_over = 0;

  while (err == 0 && is_over == 0) {
    err = read_more(t);
    is_over = err == 0 ? show_parts(t, &code) : 0;
  }
  if (is_over == 1) {
    return code;
  }
  if (err == ERR_NOT_NOW) {
    say(t->streams, "%s: no answer in time", t->args->socket);
  } else if (err == ERR_CLOSED || err == ERR_IO) {
    say(t->streams, "%s: onionbalance has ended the connection", t->args->socket);
  } else {
    say(t->streams, "%s: the answer cannot be read: is this the admin socket of onionbalance?",
        t->args->socket);
  }
  return CTL_UNREACHED;
}

/* When to give up. Waits have an end of their own, a little earlier. */
static struct mono find_deadline(const struct ctlargs *a)
{
  int64_t ms = PATIENCE_MS;

  if (a->verb == VERB_WATCH || (a->verb == VERB_WAIT && !a->has_timeout)) {
    return MONO_NEVER;
  }
  if (a->verb == VERB_WAIT) {
    ms += (int64_t)a->timeout * 1000;
  } else if (a->verb == VERB_RELOAD) {
    ms = a->has_timeout ? (int64_t)a->timeout * 1000 : RELOAD_PATIENCE_MS;
  }
  return mono_plus(clock_mono(), ms);
}

enum ctl_exit ctl_run(const struct ctlargs *args, const struct ctl_streams *streams)
{
  CLEANUP(close_talk)
  struct talk t = {.args = args, .streams = streams, .fd = -1, .deadline = find_deadline(args)};
  CLEANUP(buf_deinit) struct buf question = {0};

  if (build_question(&t, &question) < 0) {
    say(streams, "these words are too long for a question");
    return CTL_USAGE;
  }
  if (args->verb == VERB_VERSION && !streams->form.is_json) {
    put(streams->out, slice_str("onionbalancectl " VERSION "\n"));
  }
  if (connect_to(&t) < 0) {
    return CTL_UNREACHED;
  }
  /* Who is turned away may have been told why before the question was out. */
  (void)!send_all(&t, buf_slice(&question));
  return hear(&t);
}

/* The keyboard and screen of a terminal that a test plays. Include cmocka
 * before. */
#ifndef TEST_SIGNER_PTY_H
#define TEST_SIGNER_PTY_H

#include "base/buf.h"

#include <poll.h>
#include <pty.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PTY_PATIENCE_MS 60000

/* The master's side. Owns both; screen is all that was shown. */
struct pty {
  int master;
  struct buf screen;
};

static inline void pty_deinit(struct pty *p)
{
  close(p->master);
  buf_deinit(&p->screen);
}

/* Waits until text has been shown n times. */
static inline void pty_expect(struct pty *p, const char *text, unsigned n)
{
  for (;;) {
    struct pollfd ready = {.fd = p->master, .events = POLLIN};
    const char *at = buf_str(&p->screen);
    unsigned seen = 0;
    ssize_t got;

    while ((at = strstr(at, text)) != NULL) {
      seen++;
      at += strlen(text);
    }
    if (seen >= n) {
      return;
    }
    assert_int_equal(poll(&ready, 1, PTY_PATIENCE_MS), 1);
    got = read(p->master, buf_reserve(&p->screen, 1024), 1024);
    assert_true(got > 0);
    buf_used(&p->screen, (size_t)got);
  }
}

static inline void pty_type(const struct pty *p, const char *text)
{
  assert_int_equal(write(p->master, text, strlen(text)), strlen(text));
}

/* Whether what is typed is shown. */
static inline bool pty_is_echoing(const struct pty *p)
{
  struct termios t;

  assert_int_equal(tcgetattr(p->master, &t), 0);
  return (t.c_lflag & ECHO) != 0;
}

static inline bool pty_has_shown(struct pty *p, const char *text)
{
  return strstr(buf_str(&p->screen), text) != NULL;
}

#endif

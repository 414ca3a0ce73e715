/* The keyboard and screen of a terminal that a test plays. Include cmocka
 * before. */
#ifndef TEST_SIGNER_SCREEN_H
#define TEST_SIGNER_SCREEN_H

#include "base/buf.h"

#include <poll.h>
#include <pty.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PATIENCE_MS 60000

/* The master's side. Owns both; shown is all that there was to see. */
struct screen {
  int master;
  struct buf shown;
};

static inline void screen_deinit(struct screen *p)
{
  close(p->master);
  buf_deinit(&p->shown);
}

/* Waits until text has been shown n times. */
static inline void screen_expect(struct screen *p, const char *text, unsigned n)
{
  for (;;) {
    struct pollfd ready = {.fd = p->master, .events = POLLIN};
    const char *at = buf_str(&p->shown);
    unsigned seen = 0;
    ssize_t got;

    while ((at = strstr(at, text)) != NULL) {
      seen++;
      at += strlen(text);
    }
    if (seen >= n) {
      return;
    }
    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    got = read(p->master, buf_reserve(&p->shown, 1024), 1024);
    assert_true(got > 0);
    buf_used(&p->shown, (size_t)got);
  }
}

static inline void screen_type(const struct screen *p, const char *text)
{
  assert_int_equal(write(p->master, text, strlen(text)), strlen(text));
}

/* Whether what is typed is shown. */
static inline bool screen_is_echoing(const struct screen *p)
{
  struct termios t;

  assert_int_equal(tcgetattr(p->master, &t), 0);
  return (t.c_lflag & ECHO) != 0;
}

static inline bool screen_has(struct screen *p, const char *text)
{
  return strstr(buf_str(&p->shown), text) != NULL;
}

#endif

#include "base/log.h"

#include <string.h>
#include <strings.h>

static const char *const names[] = {
    [LOG_LEVEL_DEBUG] = "DEBUG", [LOG_LEVEL_INFO] = "INFO",         [LOG_LEVEL_WARNING] = "WARNING",
    [LOG_LEVEL_ERROR] = "ERROR", [LOG_LEVEL_CRITICAL] = "CRITICAL",
};

#define N_LEVELS (sizeof names / sizeof names[0])

const char *log_level_name(enum log_level level)
{
  return names[level];
}

/* Other words for levels, of Python's logging module. */
static const struct {
  const char *word;
  enum log_level level;
} aliases[] = {{"WARN", LOG_LEVEL_WARNING}, {"FATAL", LOG_LEVEL_CRITICAL}};

#define N_ALIASES (sizeof aliases / sizeof aliases[0])

static bool is_word(struct slice text, const char *word)
{
  return text.n == strlen(word) && strncasecmp((const char *)text.p, word, text.n) == 0;
}

int log_level_parse(struct slice text, enum log_level *out)
{
  for (size_t i = 0; i < N_LEVELS; i++) {
    if (is_word(text, names[i])) {
      *out = (enum log_level)i;
      return 0;
    }
  }
  for (size_t i = 0; i < N_ALIASES; i++) {
    if (is_word(text, aliases[i].word)) {
      *out = aliases[i].level;
      return 0;
    }
  }
  return ERR_SYNTAX;
}

void log_line_build(struct wall t, int ms, enum log_level level, struct slice text, struct buf *out)
{
  char when[WALL_TEXT_SIZE];

  wall_format(t, when);
  buf_addf(out, "%s,%03d [%s]: ", when, ms, log_level_name(level));
  for (size_t i = 0; i < text.n; i++) {
    if (text.p[i] >= 0x20 && text.p[i] < 0x7f) {
      buf_add_u8(out, text.p[i]);
    } else {
      buf_addf(out, "\\x%02x", text.p[i]);
    }
  }
  buf_add_u8(out, '\n');
}

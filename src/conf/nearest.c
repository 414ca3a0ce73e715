#include "conf/nearest.h"

/* Longer words are not compared: no key is as long. */
#define LENGTH_MAX 64

static uint8_t folded(uint8_t c)
{
  if (c >= 'A' && c <= 'Z') {
    return (uint8_t)(c - 'A' + 'a');
  }
  return c == '_' ? '-' : c;
}

static size_t smaller(size_t a, size_t b)
{
  return a < b ? a : b;
}

/* The number of changes between two words, by the usual table of which three
 * rows are kept (swapped letters look two rows back). */
static size_t changes(struct slice a, struct slice b)
{
  size_t rows[3][LENGTH_MAX + 1];
  size_t *before = rows[0], *last = rows[1], *row = rows[2];

  for (size_t j = 0; j <= b.n; j++) {
    last[j] = j;
    before[j] = 0;
  }
  for (size_t i = 1; i <= a.n; i++) {
    size_t *reused = before;

    row[0] = i;
    for (size_t j = 1; j <= b.n; j++) {
      bool same = folded(a.p[i - 1]) == folded(b.p[j - 1]);

      row[j] = smaller(last[j - 1] + (same ? 0 : 1), smaller(last[j], row[j - 1]) + 1);
      if (i > 1 && j > 1 && folded(a.p[i - 1]) == folded(b.p[j - 2]) &&
          folded(a.p[i - 2]) == folded(b.p[j - 1])) {
        row[j] = smaller(row[j], before[j - 2] + 1);
      }
    }
    before = last;
    last = row;
    row = reused;
  }
  return last[b.n];
}

size_t nearest_find(struct slice text, const char *const *words, size_t n_words)
{
  size_t found = n_words;
  size_t fewest = text.n / 3 + 1;

  if (text.n == 0 || text.n > LENGTH_MAX) {
    return n_words;
  }
  for (size_t i = 0; i < n_words; i++) {
    struct slice word = slice_str(words[i]);
    size_t n = word.n > LENGTH_MAX ? LENGTH_MAX : changes(text, word);

    if (n < fewest || (n == fewest && found == n_words)) {
      fewest = n;
      found = i;
    }
  }
  return found;
}

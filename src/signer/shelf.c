#include "signer/shelf.h"

#include "base/limits.h"
#include "base/mem.h"
#include "signer/calendar.h"
#include "signer/opener.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MINUTE 60

/* A file that was seen. */
struct place {
  char *path;
  ino_t inode;
  off_t size;
  struct timespec modified;
  bool is_good;
  bool is_there; /* at the scan that goes on */
  size_t key;    /* of its address */
  struct bundle_facts facts;
};

struct shelf {
  struct shelf_config config;
  struct place *places;
  size_t n, cap;
  uint8_t (*keys)[32];
  size_t n_keys, cap_keys;
  char *complaint; /* about the folder or its key, made last; NULL: none */
};

struct shelf *shelf_new(const struct shelf_config *config)
{
  struct shelf *s = mem_new(sizeof *s);

  s->config = *config;
  return s;
}

void shelf_free(struct shelf *s)
{
  if (s == NULL) {
    return;
  }
  for (size_t i = 0; i < s->n; i++) {
    free(s->places[i].path);
  }
  free(s->places);
  free(s->keys);
  free(s->complaint);
  free(s);
}

/* The same is not said twice in a row. */
static void complain_once(struct shelf *s, struct buf *why)
{
  if (s->complaint == NULL || strcmp(s->complaint, buf_str(why)) != 0) {
    free(s->complaint);
    s->complaint = mem_string(why->p, why->n);
    s->config.say(s->config.ctx, LOG_LEVEL_ERROR, s->complaint);
  }
}

static size_t key_of(struct shelf *s, const uint8_t public_key[32])
{
  for (size_t i = 0; i < s->n_keys; i++) {
    if (memcmp(s->keys[i], public_key, 32) == 0) {
      return i;
    }
  }
  s->keys = mem_grow(s->keys, s->n_keys, &s->cap_keys, sizeof *s->keys);
  memcpy(s->keys[s->n_keys], public_key, 32);
  return s->n_keys++;
}

static struct place *find_place(struct shelf *s, size_t *next, const char *path)
{
  for (size_t k = 0; k < s->n; k++) {
    size_t i = (*next + k) % s->n;

    if (strcmp(s->places[i].path, path) == 0) {
      *next = i + 1;
      return &s->places[i];
    }
  }
  return NULL;
}

static struct place *add_place(struct shelf *s, const char *path)
{
  s->places = mem_grow(s->places, s->n, &s->cap, sizeof *s->places);
  s->places[s->n] = (struct place){.path = mem_string(path, strlen(path))};
  return &s->places[s->n++];
}

static bool is_same(const struct place *p, const struct stat *st)
{
  return p->inode == st->st_ino && p->size == st->st_size &&
         p->modified.tv_sec == st->st_mtim.tv_sec && p->modified.tv_nsec == st->st_mtim.tv_nsec;
}

/* One scan. */
struct scan {
  struct shelf *shelf;
  size_t next;        /* place of the file that is probably next: folders keep their order */
  struct secret *key; /* NULL: not read yet */
  bool is_keyless;    /* it cannot be read */
  bool has_news;
};

static void scan_deinit(struct scan *s)
{
  secret_free(s->key);
}

/* The key is read when the first file needs it. */
static bool need_key(struct scan *scan)
{
  struct shelf *s = scan->shelf;
  CLEANUP(buf_deinit) struct buf folder = {0};
  CLEANUP(buf_deinit) struct buf why = {0};

  if (scan->key == NULL && !scan->is_keyless) {
    bundlefile_folder(s->config.path, &folder);
    scan->is_keyless = bundlefile_key(s->config.suite, buf_str(&folder), &scan->key, &why) < 0;
    if (scan->is_keyless) {
      complain_once(s, &why);
    } else if (why.n > 0) {
      s->config.say(s->config.ctx, LOG_LEVEL_WARNING, buf_str(&why));
    }
  }
  return scan->key != NULL;
}

static void read_place(struct scan *scan, struct place *p)
{
  struct shelf *s = scan->shelf;
  struct bundlefile file CLEANUP(bundlefile_deinit) = {0};
  CLEANUP(buf_deinit) struct buf why = {0};

  p->is_good = bundlefile_load(s->config.suite, p->path, scan->key, &file, &why) == 0;
  if (!p->is_good) {
    s->config.say(s->config.ctx, LOG_LEVEL_ERROR, buf_str(&why));
    return;
  }
  p->facts = file.bundle.facts;
  p->key = key_of(s, p->facts.public_key);
  scan->has_news = true;
}

static void visit(struct scan *scan, const char *path)
{
  struct place *p = find_place(scan->shelf, &scan->next, path);
  CLEANUP(buf_deinit) struct buf why = {0};
  struct stat st;

  if (stat(path, &st) < 0) {
    buf_addf(&why, "cannot read the bundle %s: %s", path, strerror(errno));
    complain_once(scan->shelf, &why);
    return;
  }
  if (p != NULL && is_same(p, &st)) {
    p->is_there = true;
    return;
  }
  if (!need_key(scan) || (p == NULL && scan->shelf->n >= LIMIT_BUNDLE_FILES)) {
    return;
  }
  p = p == NULL ? add_place(scan->shelf, path) : p;
  p->is_there = true;
  p->inode = st.st_ino;
  p->size = st.st_size;
  p->modified = st.st_mtim;
  read_place(scan, p);
}

bool shelf_is_name(const char *name)
{
  size_t n = strlen(name);

  return n > strlen(SHELF_SUFFIX) && name[0] != '.' &&
         strcmp(name + n - strlen(SHELF_SUFFIX), SHELF_SUFFIX) == 0;
}

static void visit_folder(struct scan *scan, DIR *folder)
{
  struct dirent *entry;

  while ((entry = readdir(folder)) != NULL) {
    if (shelf_is_name(entry->d_name)) {
      CLEANUP(buf_deinit) struct buf path = {0};

      buf_addf(&path, "%s/%s", scan->shelf->config.path, entry->d_name);
      visit(scan, buf_str(&path));
    }
  }
}

/* Forgets files that were not seen any more. */
static void sweep(struct shelf *s)
{
  size_t kept = 0;

  for (size_t i = 0; i < s->n; i++) {
    if (s->places[i].is_there) {
      s->places[kept++] = s->places[i];
    } else {
      free(s->places[i].path);
    }
  }
  s->n = kept;
}

bool shelf_scan(struct shelf *s)
{
  struct scan scan CLEANUP(scan_deinit) = {.shelf = s};
  DIR *folder = opener_folder(s->config.path);

  for (size_t i = 0; i < s->n; i++) {
    s->places[i].is_there = false;
  }
  if (folder != NULL) {
    visit_folder(&scan, folder);
    closedir(folder);
  } else {
    visit(&scan, s->config.path);
  }
  sweep(s);
  return scan.has_news;
}

size_t shelf_count(const struct shelf *s)
{
  return s->n_keys;
}

const uint8_t *shelf_key(const struct shelf *s, size_t i)
{
  return s->keys[i];
}

/* True if the file is one of the key, with periods of that length, and covers it. */
static bool covers(const struct place *p, size_t key, const struct wire_period *period)
{
  return p->is_good && p->key == key && p->facts.minutes == period->minutes &&
         p->facts.first <= period->number && period->number <= p->facts.last;
}

/* The file of a key that has a period of that length and, if there are several,
 * goes on for longest; NULL: none has. */
static const struct place *covering(const struct shelf *s, size_t key,
                                    const struct wire_period *period)
{
  const struct place *best = NULL;

  for (size_t i = 0; i < s->n; i++) {
    const struct place *p = &s->places[i];

    if (covers(p, key, period) && (best == NULL || p->facts.last > best->facts.last)) {
      best = p;
    }
  }
  return best;
}

bool shelf_has(const struct shelf *s, size_t i, const struct wire_period *period)
{
  return covering(s, i, period) != NULL;
}

/* The file of a key that was made last, or NULL. */
static const struct place *newest(const struct shelf *s, size_t key)
{
  const struct place *best = NULL;

  for (size_t i = 0; i < s->n; i++) {
    const struct place *p = &s->places[i];

    if (p->is_good && p->key == key && (best == NULL || p->facts.made.s > best->facts.made.s)) {
      best = p;
    }
  }
  return best;
}

static int64_t span_of(const struct bundle_facts *f)
{
  return (int64_t)((f->last - f->first + 1) * f->minutes) * MINUTE;
}

struct shelf_stock shelf_stock_of(const struct shelf *s, size_t i, struct wall now)
{
  const struct place *p = newest(s, i);
  struct shelf_stock out = {.until = now};
  struct wire_period period;

  if (p == NULL) {
    return out;
  }
  out.span = span_of(&p->facts);
  period.minutes = p->facts.minutes;
  period.number = calendar_cover(now, wall_plus(now, 1), period.minutes).first;
  while ((p = covering(s, i, &period)) != NULL) {
    out.span = span_of(&p->facts);
    period.number = p->facts.last + 1;
  }
  out.until = calendar_window_of(&period).begin;
  return out;
}

/* The newest file that covers the question and was made before `before`, or NULL. */
static const struct place *next_candidate(const struct shelf *s, const struct shelf_question *q,
                                          const struct place *before)
{
  const struct place *best = NULL;

  for (size_t i = 0; i < s->n; i++) {
    const struct place *p = &s->places[i];
    bool is_later = before != NULL && (p->facts.made.s > before->facts.made.s ||
                                       (p->facts.made.s == before->facts.made.s && p >= before));

    if (covers(p, q->key, &q->period) && !is_later &&
        (best == NULL || p->facts.made.s >= best->facts.made.s)) {
      best = p;
    }
  }
  return best;
}

static int take_from(const struct shelf *s, const struct place *p, const struct shelf_question *q,
                     struct bundle_item *out, struct buf *why)
{
  struct bundlefile file CLEANUP(bundlefile_deinit) = {0};
  CLEANUP(buf_deinit) struct buf folder = {0};
  struct secret *key = NULL;
  int err;

  bundlefile_folder(s->config.path, &folder);
  buf_clear(why);
  err = bundlefile_key(s->config.suite, buf_str(&folder), &key, why);
  if (err == 0) {
    buf_clear(why);
    err = bundlefile_load(s->config.suite, p->path, key, &file, why);
  }
  secret_free(key);
  TRY(err);
  if (memcmp(file.bundle.facts.public_key, s->keys[q->key], 32) != 0 ||
      file.bundle.facts.minutes != q->period.minutes ||
      !bundle_find(&file.bundle, q->period.number, q->signing_key, out)) {
    buf_addf(why, "the bundle %s has changed", p->path);
    return ERR_MISSING;
  }
  return 0;
}

/* What there is instead. */
static int explain(const struct shelf *s, const struct shelf_question *q, struct buf *why)
{
  const struct place *p = newest(s, q->key);
  char from[WALL_TEXT_SIZE], to[WALL_TEXT_SIZE];

  buf_clear(why);
  if (p == NULL) {
    buf_addf(why, "there is no bundle for it at %s any more; install the next one", s->config.path);
    return ERR_MISSING;
  }
  if (p->facts.minutes != q->period.minutes) {
    buf_addf(why,
             "the bundle %s is for time periods of %" PRIu64 " minutes, but those of this network "
             "have %" PRIu64 "; make it with --period-minutes %" PRIu64,
             p->path, p->facts.minutes, q->period.minutes, q->period.minutes);
    return ERR_MISMATCH;
  }
  wall_format(calendar_window_of(&(struct wire_period){p->facts.first, p->facts.minutes}).begin,
              from);
  wall_format(calendar_window_of(&(struct wire_period){p->facts.last + 1, p->facts.minutes}).begin,
              to);
  buf_addf(why, "no bundle has it: %s is for %s to %s UTC; make and install the next one", p->path,
           from, to);
  return ERR_MISSING;
}

int shelf_find(const struct shelf *s, const struct shelf_question *q, struct bundle_item *out,
               uint8_t blinded_out[32], struct buf *why)
{
  const struct place *p = NULL;
  int err = ERR_MISSING;

  *out = (struct bundle_item){0};
  if (next_candidate(s, q, NULL) == NULL) {
    return explain(s, q, why);
  }
  while (err < 0 && (p = next_candidate(s, q, p)) != NULL) {
    err = take_from(s, p, q, out, why);
    if (err == 0) {
      err = bundle_check(s->config.suite, &p->facts, out, q->now, blinded_out);
      if (err < 0) {
        buf_addf(why,
                 "the bundle %s cannot be used for it: %s; make it anew (do the clocks agree?)",
                 p->path, err_text(err));
      }
    }
  }
  return err;
}

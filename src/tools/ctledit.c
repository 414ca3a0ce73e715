#include "tools/ctledit.h"

#include "base/cursor.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE 0755
#define FILE_MODE   0644

/* What the publisher says about an instance. Borrows the answer. */
struct place {
  bool is_absent;
  bool is_dropin;
  uint64_t n_beside;    /* instances in the drop-in */
  struct slice path;    /* of the drop-in, or where it stands in the configuration */
  struct slice service; /* if it is absent */
  struct slice address;
};

static int read_place(struct slice text, struct place *out)
{
  struct cursor c = cursor_from(text);

  *out = (struct place){0};
  if (cursor_accept(&c, "absent\n")) {
    out->is_absent = true;
    if (cursor_left(&c) > 0) {
      out->path = cursor_line(&c);
      out->service = cursor_line(&c);
      out->address = cursor_line(&c);
    }
    return cursor_finish(&c);
  }
  if (cursor_accept(&c, "dropin ")) {
    out->is_dropin = true;
    out->n_beside = cursor_decimal(&c, UINT32_MAX);
    cursor_expect(&c, " ");
  } else {
    cursor_expect(&c, "config ");
  }
  out->path = cursor_line(&c);
  return cursor_finish(&c);
}

/* Puts another question with the same socket; its good answer goes to text. */
static enum ctl_exit ask(const struct ctlargs *args, const struct ctl_streams *streams,
                         const struct ctlargs *question, struct buf *text)
{
  struct ctlargs a = *question;
  struct ctl_streams s = *streams;

  a.socket = args->socket;
  a.has_timeout = args->has_timeout;
  a.timeout = args->timeout;
  s.form = text == NULL ? s.form : (struct form){0};
  s.kept = text;
  return ctl_run(&a, &s);
}

static void __attribute__((format(printf, 2, 3))) tell(int fd, const char *fmt, ...)
{
  va_list ap;

  va_start(ap, fmt);
  vdprintf(fd, fmt, ap);
  va_end(ap);
}

/* Where the publisher has the instance; place borrows text. */
static enum ctl_exit locate(const struct ctlargs *args, const struct ctl_streams *streams,
                            const struct ctlargs *where, struct buf *text, struct place *place)
{
  enum ctl_exit code = ask(args, streams, where, text);

  if (code == CTL_DONE && read_place(buf_slice(text), place) < 0) {
    tell(streams->err, "onionbalancectl: the publisher is of another version\n");
    return CTL_UNREACHED;
  }
  return code;
}

static enum ctl_exit reload(const struct ctlargs *args, const struct ctl_streams *streams)
{
  return ask(args, streams, &(struct ctlargs){.verb = VERB_RELOAD, .words = {"reload"}, .n = 1},
             NULL);
}

/* In double quotes, as YAML has them. */
static void quote(struct slice text, struct buf *out)
{
  buf_add_u8(out, '"');
  for (size_t i = 0; i < text.n; i++) {
    if (text.p[i] < ' ' || text.p[i] == 0x7f) {
      buf_addf(out, "\\x%02X", text.p[i]);
    } else {
      buf_add_str(out, text.p[i] == '"' || text.p[i] == '\\' ? "\\" : "");
      buf_add_u8(out, text.p[i]);
    }
  }
  buf_add_u8(out, '"');
}

void ctledit_build(struct slice service, struct slice address, const char *name, struct buf *out)
{
  buf_add_str(out, "# Added by onionbalancectl.\n");
  if (service.n > 0) {
    buf_add_str(out, "service: ");
    quote(service, out);
    buf_add_str(out, "\n");
  }
  buf_add_str(out, "instances:\n- address: ");
  buf_add_slice(out, address);
  buf_add_str(out, "\n");
  if (name != NULL) {
    buf_add_str(out, "  name: ");
    quote(slice_str(name), out);
    buf_add_str(out, "\n");
  }
}

static void close_at(const int *fd)
{
  if (*fd >= 0) {
    close(*fd);
  }
}

/* Makes a file with that text, on the disk. */
static int write_part(const char *path, struct slice text)
{
  CLEANUP(close_at)
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);

  return fd >= 0 && file_write_all(fd, text) == 0 && fchmod(fd, FILE_MODE) == 0 && fsync(fd) == 0
             ? 0
             : ERR_IO;
}

/* Writes a file whole or not at all. ERR_IO with errno set. */
static int write_new(const char *path, struct slice text)
{
  CLEANUP(buf_deinit) struct buf part = {0};
  int why;

  buf_addf(&part, "%s.part", path); /* no drop-in by its name */
  if (write_part(buf_str(&part), text) == 0 && rename(buf_str(&part), path) == 0) {
    return 0;
  }
  why = errno;
  unlink(buf_str(&part));
  errno = why;
  return ERR_IO;
}

/* Makes the folder of a drop-in, unless it is there. */
static void make_folder(const char *path)
{
  CLEANUP(buf_deinit) struct buf folder = {0};
  const char *slash = strrchr(path, '/');

  buf_add(&folder, path, slash == NULL ? 0 : (size_t)(slash - path));
  if (folder.n > 0 && mkdir(buf_str(&folder), FOLDER_MODE) == 0) {
    (void)!chmod(buf_str(&folder), FOLDER_MODE);
  }
}

static void take_away(const struct ctl_streams *streams, const char *path)
{
  unlink(path);
  tell(streams->err, "onionbalancectl: %s is taken away again\n", path);
}

/* A publisher that reads a copy of its configuration does not see the folder. */
static bool has_come(const struct ctlargs *args, const struct ctl_streams *streams,
                     const struct ctlargs *where)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct place place;

  return locate(args, streams, where, &text, &place) == CTL_DONE && !place.is_absent;
}

static enum ctl_exit add_new(const struct ctlargs *args, const struct ctl_streams *streams,
                             const struct ctlargs *where, const struct place *place)
{
  const char *name = args->n > args->n_used + 2 ? args->words[args->n_used + 2] : NULL;
  CLEANUP(buf_deinit) struct buf text = {0};
  CLEANUP(buf_deinit) struct buf path = {0};
  enum ctl_exit code;

  buf_add_slice(&path, place->path);
  ctledit_build(place->service, place->address, name, &text);
  make_folder(buf_str(&path));
  if (write_new(buf_str(&path), buf_slice(&text)) < 0) {
    tell(streams->err, "onionbalancectl: cannot write %s: %s; it would say:\n%s", buf_str(&path),
         strerror(errno), buf_str(&text));
    return CTL_REFUSED;
  }
  code = reload(args, streams);
  if (code == CTL_REFUSED || code == CTL_USAGE) {
    take_away(streams, buf_str(&path));
  } else if (code == CTL_DONE && !has_come(args, streams, where)) {
    tell(streams->err,
         "onionbalancectl: the publisher does not read %s: it may not, or it reads a "
         "copy of its configuration; add the instance to the file itself\n",
         buf_str(&path));
    take_away(streams, buf_str(&path));
    return CTL_REFUSED;
  }
  return code;
}

enum ctl_exit ctledit_add(const struct ctlargs *args, const struct ctl_streams *streams)
{
  struct ctlargs where = {
      .verb = VERB_WHERE,
      .words = {"where", args->words[args->n_used], args->words[args->n_used + 1]},
      .n = 3};
  CLEANUP(buf_deinit) struct buf text = {0};
  struct place place;
  enum ctl_exit code = locate(args, streams, &where, &text, &place);

  if (code != CTL_DONE) {
    return code;
  }
  if (!place.is_absent) {
    tell(streams->out, "no change: it stands in %.*s\n", SLICE_ARGS(place.path));
    return CTL_DONE;
  }
  return add_new(args, streams, &where, &place);
}

/* Takes the file away, and puts it back if the publisher cannot do without. */
static enum ctl_exit remove_file(const struct ctlargs *args, const struct ctl_streams *streams,
                                 const struct place *place)
{
  CLEANUP(buf_deinit) struct buf path = {0};
  CLEANUP(buf_deinit) struct buf aside = {0};
  enum ctl_exit code;

  buf_add_slice(&path, place->path);
  buf_addf(&aside, "%s.removed", buf_str(&path));
  if (rename(buf_str(&path), buf_str(&aside)) != 0) {
    tell(streams->err, "onionbalancectl: cannot remove %s: %s\n", buf_str(&path), strerror(errno));
    return CTL_REFUSED;
  }
  code = reload(args, streams);
  if (code == CTL_DONE) {
    unlink(buf_str(&aside));
  } else if (rename(buf_str(&aside), buf_str(&path)) == 0) {
    tell(streams->err, "onionbalancectl: %s is back\n", buf_str(&path));
  }
  return code;
}

enum ctl_exit ctledit_remove(const struct ctlargs *args, const struct ctl_streams *streams)
{
  const char *name = args->words[args->n_used];
  struct ctlargs where = {.verb = VERB_WHERE, .words = {"where", name}, .n = 2};
  CLEANUP(buf_deinit) struct buf text = {0};
  struct place place;
  enum ctl_exit code = locate(args, streams, &where, &text, &place);

  if (code != CTL_DONE) {
    return code;
  }
  if (place.is_absent) {
    tell(streams->out, "%s: no change\n", name);
    return CTL_DONE;
  }
  if (!place.is_dropin || place.n_beside > 1) {
    tell(streams->err,
         "onionbalancectl: %s stands in %.*s%s: take it out there, then \"onionbalancectl "
         "reload\"; or \"onionbalancectl instance disable %s\"\n",
         name, SLICE_ARGS(place.path), place.is_dropin ? " with others" : "", name);
    return CTL_REFUSED;
  }
  return remove_file(args, streams, &place);
}

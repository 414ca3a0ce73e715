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
  bool is_copy;         /* the publisher reads a copy of its configuration */
  uint64_t n_beside;    /* instances in the drop-in */
  struct slice path;    /* of the drop-in, or where it stands in the configuration */
  struct slice state;   /* unless it is absent: the file for its state */
  struct slice weight;  /* ... for its weight */
  struct slice service; /* that the drop-in or a weight is for */
  struct slice address;
};

/* The last lines of a place. */
static int read_end(struct cursor *c, struct place *out)
{
  out->service = cursor_line(c);
  out->address = cursor_line(c);
  out->is_copy = cursor_accept(c, "copy\n");
  if (!out->is_copy) {
    cursor_expect(c, "file\n");
  }
  return cursor_finish(c);
}

static int read_place(struct slice text, struct place *out)
{
  struct cursor c = cursor_from(text);

  *out = (struct place){0};
  if (cursor_accept(&c, "absent\n")) {
    out->is_absent = true;
    if (cursor_left(&c) > 0) {
      out->path = cursor_line(&c);
      return read_end(&c, out);
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
  out->state = cursor_line(&c);
  out->weight = cursor_line(&c);
  return read_end(&c, out);
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

static void add_service(struct slice service, struct buf *out)
{
  if (service.n > 0) {
    buf_add_str(out, "service: ");
    quote(service, out);
    buf_add_str(out, "\n");
  }
}

void ctledit_build_change(struct slice service, struct slice address, const char *key,
                          const char *value, struct buf *out)
{
  buf_add_str(out, "# Written by onionbalancectl.\n");
  add_service(service, out);
  buf_add_str(out, "changes:\n- address: ");
  buf_add_slice(out, address);
  buf_addf(out, "\n  %s: %s\n", key, value);
}

void ctledit_build(struct slice service, struct slice address, const char *name, struct buf *out)
{
  buf_add_str(out, "# Added by onionbalancectl.\n");
  add_service(service, out);
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

/* What is left to do where the publisher reads a copy, which somebody else makes. */
static enum ctl_exit tell_copy(const struct ctl_streams *streams, const char *path,
                               const char *what)
{
  tell(streams->err,
       "onionbalancectl: %s is %s; the publisher reads a copy of its configuration: now run "
       "\"systemctl reload onionbalance\"\n",
       path, what);
  return CTL_REFUSED;
}

/* A publisher that may not read the folder does not see what is in it. */
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
  if (place->is_copy) {
    return tell_copy(streams, buf_str(&path), "written");
  }
  code = reload(args, streams);
  if (code == CTL_REFUSED || code == CTL_USAGE) {
    take_away(streams, buf_str(&path));
  } else if (code == CTL_DONE && !has_come(args, streams, where)) {
    tell(streams->err,
         "onionbalancectl: the publisher does not read %s: see that it may, or add the "
         "instance to the configuration file itself\n",
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

static void unlink_one(struct slice name)
{
  CLEANUP(buf_deinit) struct buf path = {0};

  buf_add_slice(&path, name);
  unlink(buf_str(&path)); /* it need not be there */
}

/* What was changed about an instance that is no more. */
static void unlink_changes(const struct place *place)
{
  unlink_one(place->state);
  unlink_one(place->weight);
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
  if (place->is_copy) {
    unlink(buf_str(&aside));
    unlink_changes(place);
    return tell_copy(streams, buf_str(&path), "removed");
  }
  code = reload(args, streams);
  if (code == CTL_DONE) {
    unlink(buf_str(&aside));
    unlink_changes(place);
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

/* The value in the file of a change; NULL: no file is needed. */
static const char *value_of(const struct ctlargs *args)
{
  const char *weight = args->verb == VERB_INSTANCE_WEIGHT ? args->words[args->n_used + 1] : NULL;

  if (weight != NULL) {
    return strcmp(weight, "default") == 0 ? NULL : weight;
  }
  return args->verb == VERB_INSTANCE_ENABLE    ? NULL
         : args->verb == VERB_INSTANCE_DISABLE ? "disabled"
                                               : args->words[args->n_used - 1];
}

static bool is_good(const struct ctlargs *args)
{
  const char *value = value_of(args);
  uint64_t weight;

  return args->verb != VERB_INSTANCE_WEIGHT || value == NULL ||
         cursor_parse_decimal(slice_str(value), LIMIT_WEIGHT, &weight) == 0;
}

/* Puts the change in force: it is the configuration's now, or will be when the
 * copy is made anew; until then it is an operator's. */
static enum ctl_exit put_in_force(const struct ctlargs *args, const struct ctl_streams *streams,
                                  const struct place *place)
{
  struct ctlargs now = *args;

  if (place->is_copy) {
    now.words[now.n++] = "unkept";
  } else if (args->verb == VERB_INSTANCE_WEIGHT) {
    now.words[now.n_used + 1] = "default";
  }
  return ctl_run(&now, streams);
}

/* Replaces or removes the file. ERR_IO: that has been told. */
static int write_change(const struct ctl_streams *streams, const char *path, struct slice text)
{
  int err;

  if (text.n == 0) {
    err = unlink(path) == 0 || errno == ENOENT ? 0 : ERR_IO;
  } else {
    make_folder(path);
    err = write_new(path, text);
  }
  if (err < 0) {
    tell(streams->err, "onionbalancectl: cannot write %s: %s; nothing has changed\n", path,
         strerror(errno));
  }
  return err;
}

/* Reloads with another file; with the one of before if that is refused. */
static enum ctl_exit change_file(const struct ctlargs *args, const struct ctl_streams *streams,
                                 const struct place *place, struct slice text)
{
  CLEANUP(buf_deinit) struct buf path = {0};
  CLEANUP(buf_deinit) struct buf before = {0};
  enum ctl_exit code;

  buf_add_slice(&path, args->verb == VERB_INSTANCE_WEIGHT ? place->weight : place->state);
  if (file_read(buf_str(&path), LIMIT_DROPIN_BYTES, &before) < 0) {
    buf_clear(&before);
  }
  if (write_change(streams, buf_str(&path), text) < 0) {
    return CTL_REFUSED;
  }
  code = place->is_copy ? CTL_DONE : reload(args, streams);
  if (code == CTL_REFUSED || code == CTL_USAGE) {
    tell(streams->err, "onionbalancectl: %s is as it was before\n", buf_str(&path));
    (void)write_change(streams, buf_str(&path), buf_slice(&before));
  }
  return code;
}

enum ctl_exit ctledit_keep(const struct ctlargs *args, const struct ctl_streams *streams)
{
  struct ctlargs where = {
      .verb = VERB_WHERE, .words = {"where", args->words[args->n_used]}, .n = 2};
  bool is_weight = args->verb == VERB_INSTANCE_WEIGHT;
  CLEANUP(buf_deinit) struct buf text = {0};
  CLEANUP(buf_deinit) struct buf change = {0};
  struct place place;
  enum ctl_exit code = locate(args, streams, &where, &text, &place);

  if (code != CTL_DONE) {
    return code;
  }
  if (place.is_absent || !is_good(args)) {
    return ctl_run(args, streams); /* which says what is wrong */
  }
  if (value_of(args) != NULL) {
    ctledit_build_change(is_weight ? place.service : (struct slice){0}, place.address,
                         is_weight ? "weight" : "state", value_of(args), &change);
  }
  code = change_file(args, streams, &place, buf_slice(&change));
  return code == CTL_DONE ? put_in_force(args, streams, &place) : code;
}

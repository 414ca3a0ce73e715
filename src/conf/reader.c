#include "conf/reader.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/mem.h"
#include "conf/nearest.h"
#include "conf/value.h"

#include <stdlib.h>
#include <string.h>

#define ONION_CHARACTERS 56

struct reader {
  struct suite *suite;
  const struct tree *tree;
  struct messages *messages;
  size_t n_items; /* of all lists so far */
};

/* Where a value stands and where it goes. */
struct slot {
  const struct schema_key *key;
  uint32_t node;
  void *owner;
  void *field;
};

static void read_map(struct reader *r, const struct schema_map *map, uint32_t node, void *owner);

static struct place place_at(const struct reader *r, uint32_t node)
{
  return tree_node(r->tree, node)->place;
}

/* Reports what is wrong with a value: as an error, or as a warning where it
 * can be left out. */
static void __attribute__((format(printf, 3, 4)))
complain(struct reader *r, const struct slot *s, const char *fmt, ...)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct place at = place_at(r, s->node);
  va_list ap;

  va_start(ap, fmt);
  buf_addv(&text, fmt, ap);
  va_end(ap);
  if (s->key->is_lenient) {
    messages_warn(r->messages, at, "%s: %s: it is left out", s->key->name, buf_str(&text));
  } else {
    messages_error(r->messages, at, "%s: %s", s->key->name, buf_str(&text));
  }
}

/* KEY: "VALUE" REASON. */
static void bad_value(struct reader *r, const struct slot *s, const char *reason)
{
  CLEANUP(buf_deinit) struct buf text = {0};

  messages_quote(tree_text(r->tree, s->node), &text);
  complain(r, s, "%s %s", buf_str(&text), reason);
}

/* A value that is text, or an empty slice when that has been reported. */
static struct slice text_of(struct reader *r, const struct slot *s)
{
  struct slice text = tree_text(r->tree, s->node);

  if (tree_node(r->tree, s->node)->kind != TREE_SCALAR) {
    complain(r, s, "must be text (%s), not %s", s->key->help, tree_kind_text(r->tree, s->node));
  } else if (text.n == 0) {
    complain(r, s, "is empty: it must be %s", s->key->help);
  }
  return text;
}

/* Replaces what a field of type char * held. */
static void set_string(void *field, const void *p, size_t n)
{
  char **string = field;

  free(*string);
  *string = mem_string(p, n);
}

static bool is_printable(struct slice text)
{
  for (size_t i = 0; i < text.n; i++) {
    if (text.p[i] < 0x20 || text.p[i] == 0x7f) {
      return false;
    }
  }
  return true;
}

/* Common to texts and paths: true if it may be used. */
static bool is_fit(struct reader *r, const struct slot *s, struct slice text)
{
  if (text.n == 0) {
    return false;
  }
  if (!is_printable(text)) {
    bad_value(r, s, "has a control character in it");
    return false;
  }
  if (text.n > s->key->max) {
    bad_value(r, s, "is too long");
    return false;
  }
  return true;
}

static void read_text(struct reader *r, const struct slot *s)
{
  struct slice text = text_of(r, s);

  if (is_fit(r, s, text)) {
    set_string(s->field, text.p, text.n);
  }
}

static void read_path(struct reader *r, const struct slot *s)
{
  CLEANUP(buf_deinit) struct buf path = {0};
  struct slice text = text_of(r, s);
  const char *slash = strrchr(r->messages->file, '/');

  if (!is_fit(r, s, text)) {
    return;
  }
  if (text.p[0] != '/' && slash != NULL) {
    buf_add(&path, r->messages->file, (size_t)(slash - r->messages->file) + 1);
  }
  buf_add_slice(&path, text);
  set_string(s->field, path.p, path.n);
}

static void read_socket(struct reader *r, const struct slot *s)
{
  struct slice text = text_of(r, s);
  struct endpoint e;
  int err;

  if (text.n == 0) {
    return;
  }
  err = endpoint_unix(text, &e);
  if (err < 0) {
    bad_value(r, s, err == ERR_TOO_LONG ? "is too long for a unix socket" : "is not a path");
    return;
  }
  set_string(s->field, text.p, text.n);
}

static const char *endpoint_reason(int err)
{
  switch (err) {
  case ERR_TOO_LONG:
    return "has a path that is too long for a unix socket";
  case ERR_ENCODING:
    return "has no numeric address before the port";
  case ERR_RANGE:
    return "has a port that is not from 1 to 65535";
  default:
    return "is neither unix:PATH nor ADDRESS:PORT";
  }
}

static void read_endpoint(struct reader *r, const struct slot *s)
{
  struct slice text;
  int err;

  if (tree_node(r->tree, s->node)->kind == TREE_LIST) {
    messages_error(r->messages, place_at(r, s->node),
                   "%s: must be one address: a list of several is not supported", s->key->name);
    return;
  }
  text = text_of(r, s);
  if (text.n == 0 || (s->key->automatic != NULL && slice_is(text, s->key->automatic))) {
    return;
  }
  err = endpoint_parse(text, s->field);
  if (err < 0) {
    bad_value(r, s, endpoint_reason(err));
  }
}

static void read_signer(struct reader *r, const struct slot *s)
{
  struct keysource *field = s->field;
  struct slice text = text_of(r, s);
  int err;

  if (!is_fit(r, s, text)) {
    return;
  }
  keysource_deinit(field);
  err = keysource_parse(text, field);
  if (err < 0) {
    bad_value(r, s,
              err == ERR_TOO_LONG
                  ? "has a path or a command that is too long"
                  : "is none of unix:PATH, exec:COMMAND ARGUMENT... and bundle:PATH");
  }
}

static const char *address_reason(int err)
{
  switch (err) {
  case ERR_SYNTAX:
    return "is not an onion address: that has 56 characters, with or without \".onion\" behind";
  case ERR_ENCODING:
    return "is not an onion address: only the letters a-z and the digits 2-7 stand in one";
  case ERR_UNSUPPORTED:
    return "is not an onion address of version 3";
  case ERR_CHECKSUM:
    return "is not an onion address: its checksum is wrong, look for a typing error";
  case ERR_KEY:
    return "is not an onion address that can be used: its key is weak or none at all";
  default:
    return "is not an onion address";
  }
}

static void read_address(struct reader *r, const struct slot *s)
{
  struct slice text = text_of(r, s);
  int err;

  if (text.n == 0) {
    return;
  }
  err = address_parse(r->suite, text, s->field);
  if (err < 0) {
    bad_value(r, s, address_reason(err));
  }
}

static void read_inner_map(struct reader *r, const struct slot *s)
{
  read_map(r, s->key->map, s->node, s->field);
}

static void read_choice(struct reader *r, const struct slot *s)
{
  CLEANUP(buf_deinit) struct buf reason = {0};
  struct slice text = text_of(r, s);
  unsigned *field = s->field;

  if (text.n == 0) {
    return;
  }
  buf_add_str(&reason, "is not one of these:");
  for (unsigned i = 0; s->key->words[i] != NULL; i++) {
    if (slice_is(text, s->key->words[i])) {
      *field = i + 1;
      return;
    }
    buf_addf(&reason, "%s %s", i == 0 ? "" : ",", s->key->words[i]);
  }
  bad_value(r, s, buf_str(&reason));
}

static void read_number(struct reader *r, const struct slot *s)
{
  CLEANUP(buf_deinit) struct buf reason = {0};
  struct slice text = text_of(r, s);
  unsigned *field = s->field;
  uint64_t value = 0;

  if (text.n == 0) {
    return;
  }
  if (cursor_parse_decimal(text, s->key->max, &value) < 0 || value < s->key->min) {
    buf_addf(&reason, "is not a number from %zu to %zu", s->key->min, s->key->max);
    bad_value(r, s, buf_str(&reason));
    return;
  }
  *field = (unsigned)value;
}

static void read_duration(struct reader *r, const struct slot *s)
{
  CLEANUP(buf_deinit) struct buf reason = {0};
  struct slice text = text_of(r, s);
  int64_t *field = s->field;
  int64_t value = 0;
  int err;

  if (text.n == 0) {
    return;
  }
  err = value_duration(text, &value);
  if (err == ERR_SYNTAX) {
    bad_value(r, s, "is not a duration: a number with ms, s, m or h right behind it, as in 20s");
  } else if (err < 0 || value < (int64_t)s->key->min || value > (int64_t)s->key->max) {
    buf_add_str(&reason, "is out of its bounds: from ");
    value_duration_build((int64_t)s->key->min, &reason);
    buf_add_str(&reason, " to ");
    value_duration_build((int64_t)s->key->max, &reason);
    bad_value(r, s, buf_str(&reason));
  } else {
    *field = value;
  }
}

static void read_status(struct reader *r, const struct slot *s)
{
  static const unsigned bounds[2] = {100, 599};
  struct slice text = text_of(r, s);

  if (text.n > 0 && value_range(text, bounds, s->field) < 0) {
    bad_value(r, s, "is not a status from 100 to 599 or a range of them, as in 200-399");
  }
}

static void read_flag(struct reader *r, const struct slot *s)
{
  struct slice text = text_of(r, s);

  if (text.n > 0 && value_flag(text, s->field) < 0) {
    bad_value(r, s, "is neither true nor false");
  }
}

/* True while one more item may be read. */
static bool has_room(struct reader *r, const struct slot *s, size_t used, uint32_t item)
{
  if (used >= s->key->max) {
    messages_error(r->messages, place_at(r, item), "%s: has more than %zu items", s->key->name,
                   s->key->max);
    return false;
  }
  if (r->n_items >= LIMIT_CONFIG_ITEMS) {
    messages_error(r->messages, place_at(r, item), "%s: the file has more than %u items in all",
                   s->key->name, LIMIT_CONFIG_ITEMS);
    return false;
  }
  return true;
}

static void read_list(struct reader *r, const struct slot *s)
{
  const struct tree_node *list = tree_node(r->tree, s->node);
  size_t used = 0;

  if (list->kind != TREE_LIST) {
    messages_error(r->messages, list->place, "%s: must be a list (%s), not %s", s->key->name,
                   s->key->help, tree_kind_text(r->tree, s->node));
    return;
  }
  if (list->n == 0) {
    messages_error(r->messages, list->place, "%s: is empty: it must be %s", s->key->name,
                   s->key->help);
  }
  for (uint32_t i = list->first; i != TREE_NONE; i = r->tree->links[i].next) {
    uint32_t item = r->tree->links[i].value;

    if (!has_room(r, s, used, item)) {
      return;
    }
    used++;
    r->n_items++;
    read_map(r, s->key->map, item, s->key->append(s->owner));
  }
}

static void (*const readers[])(struct reader *, const struct slot *) = {
    [SCHEMA_TEXT] = read_text,         [SCHEMA_PATH] = read_path,
    [SCHEMA_SOCKET] = read_socket,     [SCHEMA_ADDRESS] = read_address,
    [SCHEMA_ENDPOINT] = read_endpoint, [SCHEMA_MAP] = read_inner_map,
    [SCHEMA_LIST] = read_list,         [SCHEMA_SIGNER] = read_signer,
    [SCHEMA_CHOICE] = read_choice,     [SCHEMA_NUMBER] = read_number,
    [SCHEMA_DURATION] = read_duration, [SCHEMA_STATUS] = read_status,
    [SCHEMA_FLAG] = read_flag,
};

static void warn_unknown(struct reader *r, const struct schema_map *map, uint32_t key)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  const char *names[SCHEMA_KEYS_MAX];
  size_t nearest;

  for (size_t i = 0; i < map->n; i++) {
    names[i] = map->keys[i].name;
  }
  messages_quote(tree_text(r->tree, key), &text);
  nearest = nearest_find(tree_text(r->tree, key), names, map->n);
  if (nearest < map->n) {
    buf_addf(&text, " is not a known key of %s and is ignored: did you mean \"%s\"?", map->name,
             names[nearest]);
  } else {
    buf_addf(&text, " is not a known key of %s and is ignored: known are", map->name);
    for (size_t i = 0; i < map->n; i++) {
      buf_addf(&text, "%s \"%s\"", i == 0 ? "" : ",", names[i]);
    }
  }
  messages_warn(r->messages, place_at(r, key), "%s", buf_str(&text));
}

/* The place of a key in the map of the schema, or map->n. */
static size_t find_key(const struct schema_map *map, struct slice name)
{
  size_t i = 0;

  while (i < map->n && !slice_is(name, map->keys[i].name)) {
    i++;
  }
  return i;
}

/* Reads one value; a null is as if the key were not there. */
static void read_value(struct reader *r, const struct schema_key *key, uint32_t node, void *owner)
{
  struct slot s = {
      .key = key,
      .node = node,
      .owner = owner,
      .field = (uint8_t *)owner + key->offset,
  };

  if (!tree_is_null(r->tree, node)) {
    readers[key->type](r, &s);
  } else if (key->is_required) {
    messages_error(r->messages, place_at(r, node), "%s: is empty: it must be %s", key->name,
                   key->help);
  }
}

/* Whether another key stands in place of one that is not there. */
static bool has_instead(const struct schema_map *map, const struct schema_key *key,
                        const bool *seen)
{
  size_t k = key->instead == NULL ? map->n : find_key(map, slice_str(key->instead));

  return k < map->n && seen[k];
}

static void read_map(struct reader *r, const struct schema_map *map, uint32_t node, void *owner)
{
  const struct tree_node *n = tree_node(r->tree, node);
  bool seen[SCHEMA_KEYS_MAX] = {0};

  if (map->place_offset != SCHEMA_NO_PLACE) {
    *(struct place *)(void *)((uint8_t *)owner + map->place_offset) = n->place;
  }
  if (n->kind != TREE_MAP) {
    messages_error(r->messages, n->place, "%s must be a map (lines of \"key: value\"), not %s",
                   map->name, tree_kind_text(r->tree, node));
    return;
  }
  for (uint32_t i = n->first; i != TREE_NONE; i = r->tree->links[i].next) {
    struct tree_link entry = r->tree->links[i];
    size_t k = find_key(map, tree_text(r->tree, entry.key));

    if (k == map->n) {
      warn_unknown(r, map, entry.key);
      continue;
    }
    seen[k] = map->keys[k].is_required || !tree_is_null(r->tree, entry.value);
    read_value(r, &map->keys[k], entry.value, owner);
  }
  for (size_t k = 0; k < map->n; k++) {
    if (map->keys[k].is_required && !seen[k] && !has_instead(map, &map->keys[k], seen)) {
      messages_error(r->messages, n->place, "%s has no \"%s\": it must be %s", map->name,
                     map->keys[k].name, map->keys[k].help);
    }
  }
}

void reader_run(struct suite *s, const struct tree *t, struct config *c, struct messages *m)
{
  struct reader r = {.suite = s, .tree = t, .messages = m};

  if (t->root == TREE_NONE || tree_is_null(t, t->root)) {
    messages_error(m, (struct place){0}, "the file is empty: \"services\" is missing");
    return;
  }
  read_map(&r, &schema_root, t->root, c);
}

void reader_run_dropin(struct suite *s, const struct tree *t, struct config_service *sv,
                       struct messages *m)
{
  struct reader r = {.suite = s, .tree = t, .messages = m};

  if (t->root == TREE_NONE || tree_is_null(t, t->root)) {
    messages_error(m, (struct place){0}, "the file is empty: \"instances\" is missing");
    return;
  }
  read_map(&r, &schema_dropin, t->root, sv);
}

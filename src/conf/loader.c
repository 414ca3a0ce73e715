#include "conf/loader.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A list or map whose end has not been read, and in a map the key whose value
 * comes next. */
struct frame {
  uint32_t node;
  uint32_t key;
  bool has_merge; /* a "<<" is among its keys */
};

struct anchor {
  char *name;
  uint32_t node;
};

struct loader {
  struct tree *tree;
  struct messages *messages;
  struct frame frames[LIMIT_CONFIG_DEPTH];
  size_t depth;
  struct anchor anchors[LIMIT_CONFIG_ANCHORS];
  size_t n_anchors;
  bool has_document;
};

static struct place place_of(const yaml_mark_t *mark)
{
  return (struct place){.line = (uint32_t)mark->line + 1, .column = (uint32_t)mark->column + 1};
}

static struct slice slice_of_yaml(const yaml_char_t *text)
{
  return slice_str((const char *)text);
}

/* An error that ends the loading. */
static int __attribute__((format(printf, 3, 4)))
refuse(struct loader *l, struct place at, const char *fmt, ...)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  va_list ap;

  va_start(ap, fmt);
  buf_addv(&text, fmt, ap);
  va_end(ap);
  messages_error(l->messages, at, "%s", buf_str(&text));
  return ERR_SYNTAX;
}

static int refuse_size(struct loader *l, struct place at)
{
  return refuse(l, at, "too large: more than %u values", LIMIT_CONFIG_NODES);
}

/* Quotes a text from the file into a buffer of the caller; borrowed. */
static const char *quoted(struct buf *space, struct slice text)
{
  messages_quote(text, space);
  return buf_str(space);
}

/* Tags other than YAML's simple ones would make other types of a value: there
 * are none here. */
static int check_tag(struct loader *l, struct place at, const yaml_char_t *tag)
{
  static const char *const known[] = {
      "!",          YAML_STR_TAG, YAML_NULL_TAG,  YAML_BOOL_TAG,
      YAML_INT_TAG, YAML_MAP_TAG, YAML_FLOAT_TAG, YAML_SEQ_TAG,
  };
  CLEANUP(buf_deinit) struct buf space = {0};

  for (size_t i = 0; tag != NULL && i < sizeof known / sizeof known[0]; i++) {
    if (slice_is(slice_of_yaml(tag), known[i])) {
      return 0;
    }
  }
  return tag == NULL
             ? 0
             : refuse(l, at, "the tag %s is not supported", quoted(&space, slice_of_yaml(tag)));
}

static int add_anchor(struct loader *l, struct place at, const yaml_char_t *name, uint32_t node)
{
  if (name == NULL) {
    return 0;
  }
  if (l->n_anchors == LIMIT_CONFIG_ANCHORS) {
    return refuse(l, at, "more than %u anchors", LIMIT_CONFIG_ANCHORS);
  }
  l->anchors[l->n_anchors++] =
      (struct anchor){.name = mem_string(name, slice_of_yaml(name).n), .node = node};
  return 0;
}

/* The newest anchor of that name: a name may be used again. */
static uint32_t find_anchor(const struct loader *l, const yaml_char_t *name)
{
  for (size_t i = l->n_anchors; i > 0; i--) {
    if (slice_is(slice_of_yaml(name), l->anchors[i - 1].name)) {
      return l->anchors[i - 1].node;
    }
  }
  return TREE_NONE;
}

static bool is_merge_key(const struct tree *t, uint32_t key)
{
  return tree_node(t, key)->is_plain && slice_is(tree_text(t, key), "<<");
}

/* Drops an earlier entry of the same key. */
static void drop_duplicate(struct loader *l, uint32_t map, uint32_t key)
{
  CLEANUP(buf_deinit) struct buf space = {0};
  struct slice name = tree_text(l->tree, key);
  uint32_t link = tree_find(l->tree, map, name);
  struct place first;

  if (link == TREE_NONE) {
    return;
  }
  first = tree_node(l->tree, l->tree->links[link].key)->place;
  messages_warn(l->messages, tree_node(l->tree, key)->place,
                "%s stands twice: the one at line %u is ignored", quoted(&space, name), first.line);
  tree_unlink(l->tree, map, link);
}

static int put_in_map(struct loader *l, struct frame *f, struct place at, uint32_t node)
{
  uint32_t key = f->key;

  if (key == TREE_NONE) {
    f->key = node;
    return tree_node(l->tree, node)->kind == TREE_SCALAR
               ? 0
               : refuse(l, at, "a key must be text, not %s", tree_kind_text(l->tree, node));
  }
  f->key = TREE_NONE;
  f->has_merge = f->has_merge || is_merge_key(l->tree, key);
  drop_duplicate(l, f->node, key);
  if (tree_node(l->tree, f->node)->n == LIMIT_CONFIG_KEYS) {
    return refuse(l, at, "more than %u keys in one map", LIMIT_CONFIG_KEYS);
  }
  return tree_append(l->tree, f->node, key, node) < 0 ? refuse_size(l, at) : 0;
}

/* Hangs a node where the document has got to. */
static int put(struct loader *l, struct place at, uint32_t node)
{
  struct frame *f;

  if (l->depth == 0) {
    l->tree->root = node;
    return 0;
  }
  f = &l->frames[l->depth - 1];
  if (tree_node(l->tree, f->node)->kind == TREE_MAP) {
    return put_in_map(l, f, at, node);
  }
  return tree_append(l->tree, f->node, TREE_NONE, node) < 0 ? refuse_size(l, at) : 0;
}

/* Copies the entries of a map that are not there yet. */
static int merge_map(struct loader *l, struct place at, uint32_t map, uint32_t from)
{
  struct tree *t = l->tree;

  if (tree_node(t, from)->kind != TREE_MAP) {
    return refuse(l, at, "\"<<\" needs a map or a list of maps, not %s", tree_kind_text(t, from));
  }
  for (uint32_t i = tree_node(t, from)->first; i != TREE_NONE; i = t->links[i].next) {
    struct tree_link entry = t->links[i];

    if (tree_find(t, map, tree_text(t, entry.key)) != TREE_NONE) {
      continue;
    }
    if (tree_node(t, map)->n == LIMIT_CONFIG_KEYS) {
      return refuse(l, at, "more than %u keys in one map", LIMIT_CONFIG_KEYS);
    }
    if (tree_append(t, map, entry.key, entry.value) < 0) {
      return refuse_size(l, at);
    }
  }
  return 0;
}

/* Carries out the "<<" of a map whose end has been read. What it merges was
 * merged itself when it ended, so one level is enough. */
static int merge(struct loader *l, uint32_t map)
{
  struct tree *t = l->tree;
  uint32_t link = tree_find(t, map, slice_str("<<"));
  uint32_t value = t->links[link].value;
  struct place at = tree_node(t, t->links[link].key)->place;

  tree_unlink(t, map, link);
  if (tree_node(t, value)->kind != TREE_LIST) {
    return merge_map(l, at, map, value);
  }
  for (uint32_t i = tree_node(t, value)->first; i != TREE_NONE; i = t->links[i].next) {
    TRY(merge_map(l, at, map, t->links[i].value));
  }
  return 0;
}

static int on_nothing(struct loader *l, struct place at, const yaml_event_t *e)
{
  (void)l;
  (void)at;
  (void)e;
  return 0;
}

static int on_document(struct loader *l, struct place at, const yaml_event_t *e)
{
  (void)e;
  if (l->has_document) {
    return refuse(l, at, "a second YAML document begins here: there must be only one");
  }
  l->has_document = true;
  return 0;
}

static int on_alias(struct loader *l, struct place at, const yaml_event_t *e)
{
  CLEANUP(buf_deinit) struct buf space = {0};
  const yaml_char_t *name = e->data.alias.anchor;
  uint32_t node = find_anchor(l, name);

  if (node == TREE_NONE) {
    return refuse(l, at, "no anchor has the name %s", quoted(&space, slice_of_yaml(name)));
  }
  if (!tree_node(l->tree, node)->is_done) {
    return refuse(l, at, "the alias %s stands inside of what it names",
                  quoted(&space, slice_of_yaml(name)));
  }
  return put(l, at, node);
}

static int on_scalar(struct loader *l, struct place at, const yaml_event_t *e)
{
  uint32_t node;

  TRY(check_tag(l, at, e->data.scalar.tag));
  if (tree_add(l->tree, TREE_SCALAR, at, &node) < 0) {
    return refuse_size(l, at);
  }
  tree_set_text(l->tree, node, slice_of(e->data.scalar.value, e->data.scalar.length));
  l->tree->nodes[node].is_plain = e->data.scalar.plain_implicit != 0;
  TRY(add_anchor(l, at, e->data.scalar.anchor, node));
  return put(l, at, node);
}

/* A list or map begins. */
static int begin(struct loader *l, struct place at, enum tree_kind kind, const yaml_char_t *anchor)
{
  uint32_t node;

  if (l->depth == LIMIT_CONFIG_DEPTH) {
    return refuse(l, at, "nested deeper than %u levels", LIMIT_CONFIG_DEPTH);
  }
  if (tree_add(l->tree, kind, at, &node) < 0) {
    return refuse_size(l, at);
  }
  TRY(add_anchor(l, at, anchor, node));
  TRY(put(l, at, node));
  l->frames[l->depth++] = (struct frame){.node = node, .key = TREE_NONE};
  return 0;
}

static int on_list(struct loader *l, struct place at, const yaml_event_t *e)
{
  TRY(check_tag(l, at, e->data.sequence_start.tag));
  return begin(l, at, TREE_LIST, e->data.sequence_start.anchor);
}

static int on_map(struct loader *l, struct place at, const yaml_event_t *e)
{
  TRY(check_tag(l, at, e->data.mapping_start.tag));
  return begin(l, at, TREE_MAP, e->data.mapping_start.anchor);
}

static int on_end(struct loader *l, struct place at, const yaml_event_t *e)
{
  struct frame f = l->frames[--l->depth];

  (void)at;
  (void)e;
  if (f.has_merge) {
    TRY(merge(l, f.node));
  }
  l->tree->nodes[f.node].is_done = true;
  return 0;
}

static int (*const handlers[])(struct loader *, struct place, const yaml_event_t *) = {
    [YAML_NO_EVENT] = on_nothing,           [YAML_STREAM_START_EVENT] = on_nothing,
    [YAML_STREAM_END_EVENT] = on_nothing,   [YAML_DOCUMENT_START_EVENT] = on_document,
    [YAML_DOCUMENT_END_EVENT] = on_nothing, [YAML_ALIAS_EVENT] = on_alias,
    [YAML_SCALAR_EVENT] = on_scalar,        [YAML_SEQUENCE_START_EVENT] = on_list,
    [YAML_SEQUENCE_END_EVENT] = on_end,     [YAML_MAPPING_START_EVENT] = on_map,
    [YAML_MAPPING_END_EVENT] = on_end,
};

/* libyaml tells the byte, not the line, of text that is not UTF-8. */
static struct place place_of_byte(struct slice yaml, size_t offset)
{
  struct place at = {.line = 1, .column = 1};

  for (size_t i = 0; i < offset && i < yaml.n; i++) {
    at.column++;
    if (yaml.p[i] == '\n') {
      at.line++;
      at.column = 1;
    }
  }
  return at;
}

static int report_yaml(struct loader *l, struct slice yaml, const yaml_parser_t *p)
{
  const char *problem = p->problem == NULL ? "out of memory" : p->problem;

  if (p->error == YAML_READER_ERROR) {
    return refuse(l, place_of_byte(yaml, p->problem_offset), "malformed text: %s", problem);
  }
  if (p->context == NULL) {
    return refuse(l, place_of(&p->problem_mark), "malformed YAML: %s", problem);
  }
  return refuse(l, place_of(&p->problem_mark), "malformed YAML: %s, %s at line %zu", problem,
                p->context, p->context_mark.line + 1);
}

static int run(struct loader *l, struct slice yaml, yaml_parser_t *p)
{
  yaml_event_type_t type = YAML_NO_EVENT;

  while (type != YAML_STREAM_END_EVENT) {
    CLEANUP(yaml_event_delete) yaml_event_t e;

    if (!yaml_parser_parse(p, &e)) {
      return report_yaml(l, yaml, p);
    }
    type = e.type;
    TRY(handlers[type](l, place_of(&e.start_mark), &e));
  }
  return 0;
}

int loader_parse(struct slice yaml, struct tree *out, struct messages *m)
{
  struct loader l = {.tree = out, .messages = m};
  yaml_parser_t p;
  int err;

  tree_init(out);
  if (!yaml_parser_initialize(&p)) {
    abort();
  }
  yaml_parser_set_input_string(&p, yaml.n == 0 ? (const uint8_t *)"" : yaml.p, yaml.n);
  err = run(&l, yaml, &p);
  yaml_parser_delete(&p);
  for (size_t i = 0; i < l.n_anchors; i++) {
    free(l.anchors[i].name);
  }
  if (err < 0) {
    tree_deinit(out);
  }
  return err;
}

#include "conf/tree.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdlib.h>

void tree_init(struct tree *t)
{
  *t = (struct tree){.root = TREE_NONE};
}

void tree_deinit(struct tree *t)
{
  free(t->nodes);
  free(t->links);
  buf_deinit(&t->texts);
  tree_init(t);
}

int tree_add(struct tree *t, enum tree_kind kind, struct place at, uint32_t *out)
{
  if (t->n_nodes >= LIMIT_CONFIG_NODES) {
    return ERR_TOO_LONG;
  }
  t->nodes = mem_grow(t->nodes, t->n_nodes, &t->cap_nodes, sizeof *t->nodes);
  t->nodes[t->n_nodes] = (struct tree_node){
      .kind = kind,
      .place = at,
      .is_done = kind == TREE_SCALAR,
      .first = TREE_NONE,
      .last = TREE_NONE,
  };
  *out = (uint32_t)t->n_nodes++;
  return 0;
}

void tree_set_text(struct tree *t, uint32_t node, struct slice text)
{
  /* The text of a document is below LIMIT_CONFIG_BYTES and an escape at most
   * doubles it: it fits. */
  t->nodes[node].text_at = (uint32_t)t->texts.n;
  t->nodes[node].text_n = (uint32_t)text.n;
  buf_add_slice(&t->texts, text);
}

int tree_append(struct tree *t, uint32_t parent, uint32_t key, uint32_t value)
{
  struct tree_node *p = &t->nodes[parent];
  uint32_t link = (uint32_t)t->n_links;

  if (t->n_links >= LIMIT_CONFIG_NODES) {
    return ERR_TOO_LONG;
  }
  t->links = mem_grow(t->links, t->n_links, &t->cap_links, sizeof *t->links);
  t->links[t->n_links++] = (struct tree_link){.key = key, .value = value, .next = TREE_NONE};
  if (p->last == TREE_NONE) {
    p->first = link;
  } else {
    t->links[p->last].next = link;
  }
  p->last = link;
  p->n++;
  return 0;
}

uint32_t tree_find(const struct tree *t, uint32_t map, struct slice key)
{
  uint32_t at = t->nodes[map].first;

  while (at != TREE_NONE && !slice_equal(tree_text(t, t->links[at].key), key)) {
    at = t->links[at].next;
  }
  return at;
}

void tree_unlink(struct tree *t, uint32_t parent, uint32_t link)
{
  struct tree_node *p = &t->nodes[parent];
  uint32_t before = TREE_NONE;

  for (uint32_t at = p->first; at != link; at = t->links[at].next) {
    before = at;
  }
  if (before == TREE_NONE) {
    p->first = t->links[link].next;
  } else {
    t->links[before].next = t->links[link].next;
  }
  if (p->last == link) {
    p->last = before;
  }
  p->n--;
}

const struct tree_node *tree_node(const struct tree *t, uint32_t node)
{
  return &t->nodes[node];
}

struct slice tree_text(const struct tree *t, uint32_t node)
{
  const struct tree_node *n = &t->nodes[node];

  if (n->text_n == 0) {
    return slice_of(NULL, 0);
  }
  return slice_of(t->texts.p + n->text_at, n->text_n);
}

bool tree_is_null(const struct tree *t, uint32_t node)
{
  static const char *const words[] = {"", "~", "null", "Null", "NULL"};
  const struct tree_node *n = &t->nodes[node];

  for (size_t i = 0; n->is_plain && i < sizeof words / sizeof words[0]; i++) {
    if (slice_is(tree_text(t, node), words[i])) {
      return true;
    }
  }
  return false;
}

const char *tree_kind_text(const struct tree *t, uint32_t node)
{
  static const char *const texts[] = {
      [TREE_SCALAR] = "text", [TREE_LIST] = "a list", [TREE_MAP] = "a map"};

  return tree_is_null(t, node) ? "nothing" : texts[t->nodes[node].kind];
}

/* A YAML document as a tree with positions. A value may have several parents
 * (aliases), so children hang in chains of links rather than in the nodes. */
#ifndef CONF_TREE_H
#define CONF_TREE_H

#include "conf/messages.h"

/* No node, no link. */
#define TREE_NONE UINT32_MAX

enum tree_kind {
  TREE_SCALAR,
  TREE_LIST,
  TREE_MAP,
};

/* One child of a list or map. */
struct tree_link {
  uint32_t key;   /* node of the key in a map; TREE_NONE in a list */
  uint32_t value; /* node */
  uint32_t next;  /* link, or TREE_NONE */
};

struct tree_node {
  enum tree_kind kind;
  bool is_plain; /* a scalar without quotes */
  bool is_done;  /* its end has been read: an alias may point to it */
  struct place place;
  uint32_t text_at; /* of a scalar: its bytes in texts */
  uint32_t text_n;
  uint32_t first; /* of a list or map: link, or TREE_NONE */
  uint32_t last;
  uint32_t n; /* links */
};

/* Owns its arrays. Nodes and links are named by their index. All zero is an
 * empty tree except for root. */
struct tree {
  struct tree_node *nodes;
  size_t n_nodes, cap_nodes;
  struct tree_link *links;
  size_t n_links, cap_links;
  struct buf texts;
  uint32_t root; /* TREE_NONE for an empty document */
};

/* An empty tree. */
void tree_init(struct tree *t);

/* Frees the arrays; *t is empty afterwards. */
void tree_deinit(struct tree *t);

/* Appends a node that is not linked yet; returns its index. ERR_TOO_LONG if
 * there are LIMIT_CONFIG_NODES already. */
int tree_add(struct tree *t, enum tree_kind kind, struct place at, uint32_t *out) MUST_USE;

/* Gives a scalar its text. */
void tree_set_text(struct tree *t, uint32_t node, struct slice text);

/* Appends a child to a list (key TREE_NONE) or map. ERR_TOO_LONG if there are
 * LIMIT_CONFIG_NODES links already. */
int tree_append(struct tree *t, uint32_t parent, uint32_t key, uint32_t value) MUST_USE;

/* The link in a map whose key has that text, or TREE_NONE. */
uint32_t tree_find(const struct tree *t, uint32_t map, struct slice key);

/* Takes a link out of the chain of its map or list. */
void tree_unlink(struct tree *t, uint32_t parent, uint32_t link);

/* The node of that index, borrowed until the tree changes. */
const struct tree_node *tree_node(const struct tree *t, uint32_t node);

/* The text of a scalar, empty for anything else; borrowed likewise. */
struct slice tree_text(const struct tree *t, uint32_t node);

/* True for a plain scalar that YAML reads as null: nothing, "~", "null". */
bool tree_is_null(const struct tree *t, uint32_t node);

/* "text", "a list", "a map" or "nothing": what a node is, for messages. */
const char *tree_kind_text(const struct tree *t, uint32_t node);

#endif

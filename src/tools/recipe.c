#include "tools/recipe.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* The Python program's words: scripts look for them. */
#define PLACEHOLDER "<Enter the instance onion address here>"

/* As much of the address as tells services apart in the name of a folder. */
#define ADDRESS_START 8

/* Names are listed one by one up to this many. */
#define LISTED 4

struct recipe_service *recipe_add(struct recipe *r, const char *tag, size_t n_instances)
{
  struct recipe_service *s;

  r->services = mem_grow(r->services, r->n, &r->cap, sizeof *r->services);
  s = &r->services[r->n++];
  *s = (struct recipe_service){.tag = mem_string(tag, strlen(tag)), .n_instances = n_instances};
  return s;
}

void recipe_deinit(struct recipe *r)
{
  for (size_t i = 0; i < r->n; i++) {
    free(r->services[i].tag);
  }
  free(r->services);
  *r = (struct recipe){0};
}

static bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/* True if the tag with a number behind it is a plain scalar of YAML and text
 * in every schema. */
static bool is_plain(const char *tag)
{
  if (!is_letter(tag[0])) {
    return false;
  }
  for (const char *c = tag; *c != 0; c++) {
    if (!is_letter(*c) && !is_digit(*c) && strchr("._-/ ", *c) == NULL) {
      return false;
    }
  }
  return true;
}

/* The name of an instance as a YAML scalar. */
static void add_name(const char *tag, size_t i, struct buf *out)
{
  if (is_plain(tag)) {
    buf_addf(out, "%s%zu", tag, i);
    return;
  }
  buf_add_u8(out, '\'');
  for (const char *c = tag; *c != 0; c++) {
    buf_add_str(out, *c == '\'' ? "'" : "");
    buf_add(out, c, 1);
  }
  buf_addf(out, "%zu'", i);
}

void recipe_config(const struct recipe *r, struct buf *out)
{
  buf_add_str(out, "# Onionbalance Config File\nservices:\n");
  for (size_t s = 0; s < r->n; s++) {
    const struct recipe_service *service = &r->services[s];

    buf_add_str(out, "- instances:\n");
    for (size_t i = 1; i <= service->n_instances; i++) {
      buf_add_str(out, "  - address: " PLACEHOLDER "\n    name: ");
      add_name(service->tag, i, out);
      buf_add_u8(out, '\n');
    }
    buf_addf(out, "  key: %s.key\n", service->address);
  }
}

/* The name of an instance as one that every file system and shell takes. */
static void add_safe_name(const struct recipe_service *s, size_t i, struct buf *out)
{
  for (const char *c = s->tag; *c != 0; c++) {
    bool is_safe = is_letter(*c) || is_digit(*c) || (c != s->tag && strchr("._-", *c) != NULL);

    buf_add_u8(out, is_safe ? (uint8_t)*c : '_');
  }
  buf_addf(out, "%zu", i);
}

void recipe_folder(const struct recipe *r, size_t s, size_t i, struct buf *out)
{
  if (r->n > 1) {
    buf_addf(out, "%s/", r->services[s].address);
  }
  add_safe_name(&r->services[s], i, out);
}

/* HiddenServiceDir: one host may be a backend of several services. */
static void add_service_dir(const struct recipe_service *s, size_t i, struct buf *out)
{
  buf_add_str(out, "/var/lib/tor/");
  add_safe_name(s, i, out);
  buf_addf(out, "-%.*s", ADDRESS_START, s->address);
}

void recipe_torrc(const struct recipe *r, size_t s, size_t i, struct buf *out)
{
  const struct recipe_service *service = &r->services[s];
  struct buf dir CLEANUP(buf_deinit) = {0};
  const char *path;

  add_service_dir(service, i, &dir);
  path = buf_str(&dir);
  buf_addf(out, "# Backend %s%zu of %s.onion\n", service->tag, i, service->address);
  buf_add_str(out, "# For the torrc of a tor of version 0.4.4 or later. On Debian, as root and in\n"
                   "# the folder of this file (ob_config has to be there before tor restarts):\n"
                   "#\n");
  buf_addf(out, "#   install -d -o debian-tor -g debian-tor -m 0700 %s\n", path);
  buf_addf(out, "#   install -o debian-tor -g debian-tor -m 0600 ob_config %s/\n", path);
  buf_add_str(out, "#   cat torrc >> /etc/tor/torrc\n"
                   "#   systemctl restart tor@default\n");
  buf_addf(out, "#   cat %s/hostname\n", path);
  buf_add_str(out, "#\n# The last line prints the address that belongs into config.yaml.\n");
  buf_addf(out, "HiddenServiceDir %s\n", path);
  buf_addf(out, "HiddenServicePort %u %s\n", r->virtual_port, r->target);
  buf_add_str(out, "HiddenServiceOnionbalanceInstance 1\n");
}

void recipe_ob_config(const struct recipe *r, size_t s, struct buf *out)
{
  buf_addf(out, "MasterOnionAddress %s.onion\n", r->services[s].address);
}

/* A path as a word of a shell. */
static void add_word(const char *path, struct buf *out)
{
  bool is_safe = path[0] != 0;

  for (const char *c = path; *c != 0; c++) {
    is_safe = is_safe && (is_letter(*c) || is_digit(*c) || strchr("._-/", *c) != NULL);
  }
  if (is_safe) {
    buf_add_str(out, path);
    return;
  }
  buf_add_u8(out, '\'');
  for (const char *c = path; *c != 0; c++) {
    if (*c == '\'') {
      buf_add_str(out, "'\\''");
    } else {
      buf_add(out, c, 1);
    }
  }
  buf_add_u8(out, '\'');
}

/* The folders of a service, one a line, the middle ones left out. */
static void add_folders(const struct recipe *r, size_t s, const char *output, struct buf *out)
{
  size_t n = r->services[s].n_instances;

  for (size_t i = 1; i <= n; i++) {
    if (i >= LISTED && i < n) {
      buf_addf(out, "      ... (%zu in all)\n", n);
      i = n;
    }
    buf_add_str(out, "      ");
    add_word(output, out);
    buf_add_u8(out, '/');
    recipe_folder(r, s, i, out);
    buf_add_u8(out, '\n');
  }
}

/* What is done on the machine that publishes. */
static void add_publisher(const char *output, struct buf *out)
{
  buf_add_str(out, "3. On the machine that publishes, as root (if it has a config.yaml already,\n"
                   "   put the new services into that instead):\n"
                   "      install -d /etc/onionbalance\n"
                   "      install -m 0644 ");
  add_word(output, out);
  buf_add_str(out, "/config.yaml /etc/onionbalance/\n"
                   "      install -o onionbalance -g onionbalance -m 0600 ");
  add_word(output, out);
  buf_add_str(
      out,
      "/*.key /etc/onionbalance/\n"
      "      runuser -u onionbalance -- onionbalance --check -c /etc/onionbalance/config.yaml\n"
      "      systemctl restart onionbalance\n"
      "   Keep a copy of the keys in a safe place: they are the addresses.\n");
}

void recipe_steps(const struct recipe *r, const char *output, bool is_encrypted, struct buf *out)
{
  buf_add_str(out, "\nClients will use:\n");
  for (size_t s = 0; s < r->n; s++) {
    buf_addf(out, "      %s.onion\n", r->services[s].address);
  }
  buf_add_str(out, "\nWhat comes next:\n"
                   "1. Copy each of these folders to a backend:\n");
  for (size_t s = 0; s < r->n; s++) {
    add_folders(r, s, output, out);
  }
  buf_add_str(out, "   and run there the commands that its torrc has in its first lines. The last\n"
                   "   of them prints the address of that backend (its file 'hostname').\n"
                   "2. Put these addresses into ");
  add_word(output, out);
  buf_add_str(out, "/config.yaml,\n   in place of each " PLACEHOLDER ".\n");
  add_publisher(output, out);
  if (is_encrypted) {
    buf_add_str(out, "   Encrypted keys are opened with key-passphrase-file in config.yaml or as\n"
                     "   onionbalance-signer(1) tells.\n");
  }
}

#include "tools/oldkey.h"

#include "base/limits.h"
#include "signer/keyfile.h"

#include <string.h>

/* What is wanted is the public key; the secret one stays in its file. */
static enum oldkey_outcome parse(struct oldkey *k, const struct slice *passphrase, struct buf *why)
{
  struct secret *memory CLEANUP(secret_free_at) = secret_new(sizeof(struct keyfile_key));
  struct keyfile_key *key = keyfile_key_in(memory);
  struct slice content = slice_of(secret_peek(k->file.content), k->file.n);
  enum wire_status status = keyfile_parse(content, passphrase, key, why);

  memcpy(k->public_key, key->public_key, sizeof k->public_key);
  if (status == WIRE_STATUS_ENCRYPTED) {
    return OLDKEY_ENCRYPTED;
  }
  return status == WIRE_STATUS_GOOD ? OLDKEY_GOOD : OLDKEY_BAD;
}

enum oldkey_outcome oldkey_load(const char *path, struct oldkey *out, struct buf *text)
{
  static const struct secretfile_kind kind = {"key", LIMIT_KEY_FILE_BYTES};
  struct buf why CLEANUP(buf_deinit) = {0};
  enum oldkey_outcome outcome;

  *out = (struct oldkey){0};
  if (secretfile_load(path, &kind, &out->file, text) != WIRE_STATUS_GOOD) {
    return OLDKEY_BAD;
  }
  outcome = parse(out, NULL, &why);
  if (outcome == OLDKEY_BAD) {
    buf_addf(text, "%s ", path);
    buf_add_slice(text, buf_slice(&why));
  } else {
    secretfile_warn(&out->file, path, text);
  }
  return outcome;
}

enum oldkey_outcome oldkey_open(struct oldkey *k, struct slice passphrase, struct buf *text)
{
  struct buf why CLEANUP(buf_deinit) = {0};
  enum oldkey_outcome outcome = parse(k, &passphrase, &why);

  if (outcome == OLDKEY_BAD) {
    buf_add_slice(text, buf_slice(&why));
  }
  return outcome;
}

void oldkey_deinit(struct oldkey *k)
{
  secretfile_deinit(&k->file);
  *k = (struct oldkey){0};
}

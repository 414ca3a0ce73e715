#include "tools/oldkey.h"

#include "base/limits.h"
#include "signer/keyfile.h"
#include "tools/pbes2.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void free_secret(struct secret **s)
{
  secret_free(*s);
}

/* The content of a file that has just been found good, straight into memory
 * where it may stay. */
static int read_content(const char *path, struct oldkey *out)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  ssize_t n = 1;

  if (fd < 0) {
    return ERR_IO;
  }
  out->content = secret_new(LIMIT_KEY_FILE_BYTES);
  while (n > 0 && out->size < LIMIT_KEY_FILE_BYTES) {
    n = read(fd, secret_bytes(out->content) + out->size, LIMIT_KEY_FILE_BYTES - out->size);
    out->size += n > 0 ? (size_t)n : 0;
  }
  close(fd);
  return n < 0 ? ERR_IO : 0;
}

enum oldkey_outcome oldkey_load(const char *path, struct oldkey *out, struct buf *text)
{
  struct secret *expanded CLEANUP(free_secret) = secret_new(ED25519_EXPANDED_SIZE);
  enum wire_status status;

  *out = (struct oldkey){0};
  status = keyfile_load(path, NULL, secret_bytes(expanded), out->public_key, text);
  if (status != WIRE_STATUS_GOOD && status != WIRE_STATUS_ENCRYPTED) {
    return OLDKEY_BAD;
  }
  if (status == WIRE_STATUS_ENCRYPTED) {
    buf_clear(text); /* it tells how to do without encryption */
  }
  if (read_content(path, out) < 0) {
    buf_addf(text, "cannot read %s: %s", path, strerror(errno));
    return OLDKEY_BAD;
  }
  if (status == WIRE_STATUS_ENCRYPTED) {
    return OLDKEY_ENCRYPTED;
  }
  /* Again from what is going to be copied: the file may have been replaced. */
  status = keyfile_parse(slice_of(secret_peek(out->content), out->size), NULL,
                         secret_bytes(expanded), out->public_key, text);
  return status == WIRE_STATUS_GOOD ? OLDKEY_GOOD : OLDKEY_BAD;
}

int oldkey_open(struct oldkey *k, struct slice passphrase)
{
  struct slice pem = slice_of(secret_peek(k->content), k->size);

  switch (pbes2_open(pem, passphrase, k->public_key)) {
  case PBES2_GOOD:
    return 0;
  case PBES2_WRONG:
    return ERR_AUTH;
  case PBES2_OTHER:
    return ERR_UNSUPPORTED;
  case PBES2_FAILED:
    return ERR_CRYPTO;
  }
  return ERR_CRYPTO;
}

void oldkey_deinit(struct oldkey *k)
{
  secret_free(k->content);
  *k = (struct oldkey){0};
}

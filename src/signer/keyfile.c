#include "signer/keyfile.h"

#include "base/limits.h"
#include "crypto/secret.h"
#include "signer/pem.h"
#include "signer/pkcs8.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The header of Tor's files, 32 bytes with its three NULs. */
#define TOR_HEADER_SIZE 32
#define TOR_FILE_SIZE   (TOR_HEADER_SIZE + ED25519_EXPANDED_SIZE)
#define TOR_MAGIC       "== ed25519v1-"
static const uint8_t tor_header[TOR_HEADER_SIZE] = "== ed25519v1-secret: type0 ==";

static enum wire_status bad(enum wire_status status, struct buf *why, const char *text)
{
  buf_add_str(why, text);
  return status;
}

static enum wire_status parse_tor(struct slice content, uint8_t *expanded, struct buf *why)
{
  if (content.n < TOR_HEADER_SIZE || memcmp(content.p, tor_header, TOR_HEADER_SIZE) != 0) {
    return bad(WIRE_STATUS_FORMAT, why,
               slice_has_prefix(content, TOR_MAGIC "public:")
                   ? "holds a public key; the secret one is in hs_ed25519_secret_key"
                   : "is a key file of Tor, but not an hs_ed25519_secret_key of type 0");
  }
  if (content.n != TOR_FILE_SIZE) {
    buf_addf(why, "has %zu bytes, but an hs_ed25519_secret_key of Tor has %d", content.n,
             TOR_FILE_SIZE);
    return WIRE_STATUS_FORMAT;
  }
  memcpy(expanded, content.p + TOR_HEADER_SIZE, ED25519_EXPANDED_SIZE);
  return WIRE_STATUS_GOOD;
}

/* What a PEM object is, if it is not a private key. */
static enum wire_status wrong_label(struct slice label, struct buf *why)
{
  if (slice_is(label, "ENCRYPTED PRIVATE KEY")) {
    return bad(WIRE_STATUS_ENCRYPTED, why,
               "is encrypted; make a copy without a passphrase ('openssl pkey -in OLD -out NEW')");
  }
  buf_add_str(why, "is a PEM file, but holds '");
  buf_add_slice(why, label);
  buf_add_str(why, "' and not 'PRIVATE KEY' (PKCS#8 with an Ed25519 key)");
  return WIRE_STATUS_FORMAT;
}

static enum wire_status parse_pem(struct slice content, uint8_t *expanded, struct buf *why)
{
  struct pem pem CLEANUP(pem_deinit) = {0};
  int err = pem_parse(content, &pem);

  if (err == ERR_MISSING) {
    return bad(WIRE_STATUS_FORMAT, why,
               "is neither a PEM file (PKCS#8) nor an hs_ed25519_secret_key of Tor");
  }
  if (!slice_is(pem.label, "PRIVATE KEY")) {
    return wrong_label(pem.label, why); /* even if it cannot be decoded: old formats */
  }
  if (err == 0) {
    /* The seed is read into the place of the result, then expanded there. */
    err = pkcs8_parse(slice_of(secret_peek(pem.der), pem.size), expanded);
  }
  if (err == ERR_UNSUPPORTED) {
    return bad(WIRE_STATUS_FORMAT, why, "holds a key of another kind than Ed25519");
  }
  if (err < 0) {
    buf_addf(why, "is a damaged PEM file (%s)", err_text(err));
    return WIRE_STATUS_FORMAT;
  }
  ed25519_expand(expanded, expanded);
  return WIRE_STATUS_GOOD;
}

enum wire_status keyfile_parse(struct slice content, uint8_t expanded[ED25519_EXPANDED_SIZE],
                               uint8_t public_out[ED25519_PUBLIC_SIZE], struct buf *why)
{
  enum wire_status status;

  if (content.n == 0) {
    status = bad(WIRE_STATUS_FORMAT, why, "is empty");
  } else if (slice_has_prefix(content, TOR_MAGIC)) {
    status = parse_tor(content, expanded, why);
  } else {
    status = parse_pem(content, expanded, why);
  }
  if (status == WIRE_STATUS_GOOD && ed25519_public_of(expanded, public_out) < 0) {
    status = bad(WIRE_STATUS_WEAK, why,
                 "holds a key that would give itself away with its first signature");
  }
  if (status != WIRE_STATUS_GOOD) {
    sodium_memzero(expanded, ED25519_EXPANDED_SIZE);
    memset(public_out, 0, ED25519_PUBLIC_SIZE);
  }
  return status;
}

static void close_at(int *fd)
{
  if (*fd >= 0) {
    close(*fd);
  }
}

/* "cannot read PATH: No such file or directory". */
static enum wire_status unreadable(const char *path, const char *reason, struct buf *text)
{
  buf_addf(text, "cannot read %s: %s", path, reason);
  return WIRE_STATUS_UNREADABLE;
}

/* Looks at what was opened, before anything of it is read. */
static enum wire_status check_file(const char *path, const struct stat *st, struct buf *text)
{
  unsigned mode = st->st_mode & 07777U;

  if (!S_ISREG(st->st_mode)) {
    return unreadable(path, S_ISDIR(st->st_mode) ? "Is a directory" : "Not a regular file", text);
  }
  if ((mode & S_IWOTH) != 0) {
    buf_addf(text, "%s may be written by anybody (mode %04o): somebody may have replaced the key",
             path, mode);
    return WIRE_STATUS_PERMISSIONS;
  }
  return WIRE_STATUS_GOOD;
}

/* Reads up to size bytes, straight to where they may stay. */
static ssize_t read_all(int fd, uint8_t *out, size_t size)
{
  size_t n = 0;

  while (n < size) {
    ssize_t got = read(fd, out + n, size - n);

    if (got < 0 && errno != EINTR) {
      return -1;
    }
    if (got == 0) {
      break;
    }
    n += got > 0 ? (size_t)got : 0;
  }
  return (ssize_t)n;
}

static void free_secret(struct secret **s)
{
  secret_free(*s);
}

static enum wire_status parse_content(const char *path, struct slice content, uint8_t *expanded,
                                      uint8_t *public_out, struct buf *text)
{
  struct buf why CLEANUP(buf_deinit) = {0};
  enum wire_status status = keyfile_parse(content, expanded, public_out, &why);

  if (status != WIRE_STATUS_GOOD) {
    buf_addf(text, "%s ", path);
    buf_add_slice(text, buf_slice(&why));
  }
  return status;
}

enum wire_status keyfile_load(const char *path, uint8_t expanded[ED25519_EXPANDED_SIZE],
                              uint8_t public_out[ED25519_PUBLIC_SIZE], struct buf *text)
{
  struct secret *content CLEANUP(free_secret) = secret_new(LIMIT_KEY_FILE_BYTES + 1);
  int fd CLEANUP(close_at) = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  enum wire_status status;
  struct stat st;
  ssize_t n;

  sodium_memzero(expanded, ED25519_EXPANDED_SIZE);
  memset(public_out, 0, ED25519_PUBLIC_SIZE);
  if (fd < 0 || fstat(fd, &st) < 0) {
    return unreadable(path, strerror(errno), text);
  }
  status = check_file(path, &st, text);
  if (status != WIRE_STATUS_GOOD) {
    return status;
  }
  n = read_all(fd, secret_bytes(content), secret_size(content));
  if (n < 0) {
    return unreadable(path, strerror(errno), text);
  }
  if ((size_t)n > LIMIT_KEY_FILE_BYTES) {
    buf_addf(text, "%s is too large for a key file", path);
    return WIRE_STATUS_FORMAT;
  }
  status =
      parse_content(path, slice_of(secret_peek(content), (size_t)n), expanded, public_out, text);
  if (status == WIRE_STATUS_GOOD && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    buf_addf(text, "%s is open to the group or to others (mode %04o); chmod 600 it", path,
             (unsigned)(st.st_mode & 07777));
  }
  return status;
}

#include "signer/keyfile.h"

#include "base/limits.h"
#include "signer/pem.h"
#include "signer/pkcs8.h"
#include "signer/sealed.h"

#include <sodium.h>
#include <string.h>

/* How often a person may mistype a passphrase. */
#define ATTEMPTS 3

/* The header of Tor's files, 32 bytes with its three NULs. */
#define TOR_HEADER_SIZE 32
#define TOR_MAGIC       "== ed25519v1-"
static const uint8_t tor_header[TOR_HEADER_SIZE] = "== ed25519v1-secret: type0 ==";

static const struct secretfile_kind kind = {"key", LIMIT_KEY_FILE_BYTES};

struct keyfile_key *keyfile_key_in(struct secret *memory)
{
  return (struct keyfile_key *)(void *)secret_bytes(memory);
}

static enum wire_status bad(enum wire_status status, struct buf *why, const char *text)
{
  buf_add_str(why, text);
  return status;
}

static enum wire_status parse_tor(struct slice content, struct keyfile_key *out, struct buf *why)
{
  if (content.n < TOR_HEADER_SIZE || memcmp(content.p, tor_header, TOR_HEADER_SIZE) != 0) {
    return bad(WIRE_STATUS_FORMAT, why,
               slice_has_prefix(content, TOR_MAGIC "public:")
                   ? "holds a public key; the secret one is in hs_ed25519_secret_key"
                   : "is a key file of Tor, but not an hs_ed25519_secret_key of type 0");
  }
  if (content.n != KEYFILE_TOR_SIZE) {
    buf_addf(why, "has %zu bytes, but an hs_ed25519_secret_key of Tor has %d", content.n,
             KEYFILE_TOR_SIZE);
    return WIRE_STATUS_FORMAT;
  }
  memcpy(out->expanded, content.p + TOR_HEADER_SIZE, ED25519_EXPANDED_SIZE);
  return WIRE_STATUS_GOOD;
}

void keyfile_build_tor(const uint8_t expanded[ED25519_EXPANDED_SIZE], uint8_t out[KEYFILE_TOR_SIZE])
{
  memcpy(out, tor_header, TOR_HEADER_SIZE);
  memcpy(out + TOR_HEADER_SIZE, expanded, ED25519_EXPANDED_SIZE);
}

/* What a PEM object is, if it is not a private key. */
static enum wire_status wrong_label(struct slice label, struct buf *why)
{
  buf_add_str(why, "is a PEM file, but holds '");
  buf_add_slice(why, label);
  buf_add_str(why, "' and not 'PRIVATE KEY' (PKCS#8 with an Ed25519 key)");
  return WIRE_STATUS_FORMAT;
}

static bool is_sealed(const struct pem *pem)
{
  return slice_is(pem->label, "ENCRYPTED PRIVATE KEY");
}

static enum wire_status damaged(int err, struct buf *why)
{
  buf_addf(why, "is a damaged PEM file (%s)", err_text(err));
  return WIRE_STATUS_FORMAT;
}

static enum wire_status parse_der(struct slice der, struct keyfile_key *out, struct buf *why)
{
  int err = pkcs8_parse(der, out->seed);

  if (err == ERR_UNSUPPORTED) {
    return bad(WIRE_STATUS_FORMAT, why, "holds a key of another kind than Ed25519");
  }
  if (err < 0) {
    return damaged(err, why);
  }
  ed25519_expand(out->seed, out->expanded);
  out->has_seed = true;
  return WIRE_STATUS_GOOD;
}

/* The encryption itself, before anybody is asked for a passphrase. */
static enum wire_status parse_sealed(const struct pem *pem, struct sealed *out, struct buf *why)
{
  int err = sealed_parse(slice_of(secret_peek(pem->der), pem->size), out);

  if (err == ERR_UNSUPPORTED) {
    return bad(WIRE_STATUS_FORMAT, why,
               "is encrypted in a way that cannot be read (PBES2 with PBKDF2 or scrypt, and "
               "AES-CBC, can); 'openssl pkcs8 -topk8 -v2 aes256 -in OLD -out NEW' changes it");
  }
  if (err == ERR_RANGE) {
    buf_addf(why,
             "is encrypted with more work than we are ready to do (PBKDF2: %u rounds; scrypt: %u "
             "MiB, p %u)",
             LIMIT_PBKDF2_ROUNDS, LIMIT_SCRYPT_BYTES >> 20, LIMIT_SCRYPT_LANES);
    return WIRE_STATUS_FORMAT;
  }
  return err < 0 ? damaged(err, why) : WIRE_STATUS_GOOD;
}

/* Garbage inside means a wrong passphrase; a key of another kind does not. */
static enum wire_status open_sealed(const struct sealed *s, struct slice passphrase,
                                    struct keyfile_key *out, struct buf *why)
{
  CLEANUP(secret_free_at) struct secret *der = secret_new(s->data.n);
  size_t n = 0;
  int err = sealed_open(s, passphrase, secret_bytes(der), &n);

  if (err == ERR_CRYPTO) {
    return bad(WIRE_STATUS_FORMAT, why, "cannot be decrypted by this OpenSSL");
  }
  if (err == 0) {
    err = pkcs8_parse(slice_of(secret_peek(der), n), out->seed);
  }
  if (err == 0 || err == ERR_UNSUPPORTED) {
    return parse_der(slice_of(secret_peek(der), n), out, why);
  }
  return bad(WIRE_STATUS_ENCRYPTED, why, "does not open with this passphrase, or is damaged");
}

static enum wire_status parse_pem(struct slice content, const struct slice *passphrase,
                                  struct keyfile_key *out, struct buf *why)
{
  struct pem pem CLEANUP(pem_deinit) = {0};
  struct sealed sealed;
  int err = pem_parse(content, &pem);
  enum wire_status status;

  if (err == ERR_MISSING) {
    return bad(WIRE_STATUS_FORMAT, why,
               "is neither a PEM file (PKCS#8) nor an hs_ed25519_secret_key of Tor");
  }
  if (!slice_is(pem.label, "PRIVATE KEY") && !is_sealed(&pem)) {
    return wrong_label(pem.label, why); /* even if it cannot be decoded: old formats */
  }
  if (err < 0) {
    return damaged(err, why);
  }
  if (!is_sealed(&pem)) {
    return parse_der(slice_of(secret_peek(pem.der), pem.size), out, why);
  }
  status = parse_sealed(&pem, &sealed, why);
  if (status != WIRE_STATUS_GOOD) {
    return status;
  }
  return passphrase == NULL
             ? bad(WIRE_STATUS_ENCRYPTED, why, "is encrypted, and needs a passphrase")
             : open_sealed(&sealed, *passphrase, out, why);
}

enum wire_status keyfile_parse(struct slice content, const struct slice *passphrase,
                               struct keyfile_key *out, struct buf *why)
{
  enum wire_status status;

  sodium_memzero(out, sizeof *out);
  if (content.n == 0) {
    status = bad(WIRE_STATUS_FORMAT, why, "is empty");
  } else if (slice_has_prefix(content, TOR_MAGIC)) {
    status = parse_tor(content, out, why);
  } else {
    status = parse_pem(content, passphrase, out, why);
  }
  if (status == WIRE_STATUS_GOOD &&
      (ed25519_is_pair(out->expanded) || ed25519_public_of(out->expanded, out->public_key) < 0)) {
    status = bad(WIRE_STATUS_WEAK, why,
                 "holds a key that would give itself away with its first signature");
  }
  if (status != WIRE_STATUS_GOOD) {
    sodium_memzero(out, sizeof *out);
  }
  return status;
}

/* A file that is being read, and where its key goes. */
struct reading {
  const char *path;
  struct slice content;
  struct keyfile_key *out;
  struct buf *text;
};

/* Tries one passphrase, or none. */
static enum wire_status try_parse(const struct reading *r, const struct passphrase *p)
{
  struct buf why CLEANUP(buf_deinit) = {0};
  struct slice value = {0};
  enum wire_status status;

  if (p != NULL) {
    value = slice_of(secret_peek(p->value.content), p->value.n);
  }
  status = keyfile_parse(r->content, p == NULL ? NULL : &value, r->out, &why);
  if (status == WIRE_STATUS_ENCRYPTED && p != NULL) {
    buf_addf(r->text, "%s is encrypted, and ", r->path);
    buf_add_slice(r->text, buf_slice(&p->origin));
    buf_add_str(r->text, " does not fit (or the file is damaged)");
  } else if (status != WIRE_STATUS_GOOD) {
    buf_addf(r->text, "%s ", r->path);
    buf_add_slice(r->text, buf_slice(&why));
  }
  return status;
}

/* Finds one passphrase and tries it; *again: a person may have another one. */
static enum wire_status try_open(const struct reading *r, const struct keyfile_lock *lock,
                                 unsigned attempt, bool *again)
{
  struct passphrase p CLEANUP(passphrase_deinit) = {0};
  struct passphrase_key key = {r->path, lock->file, attempt};
  enum wire_status status = passphrase_find(lock->sources, &key, &p, r->text);

  *again = false;
  if (status != WIRE_STATUS_GOOD) {
    return status;
  }
  status = try_parse(r, &p);
  *again = status == WIRE_STATUS_ENCRYPTED && p.is_typed;
  if (status == WIRE_STATUS_GOOD && lock->file != NULL) {
    passphrase_warn(&p, lock->file, r->text);
  }
  return status;
}

static enum wire_status open_locked(const struct reading *r, const struct keyfile_lock *lock)
{
  enum wire_status status = WIRE_STATUS_ENCRYPTED;
  bool again = true;

  for (unsigned attempt = 0; attempt < ATTEMPTS && again; attempt++) {
    buf_clear(r->text);
    status = try_open(r, lock, attempt, &again);
  }
  return status;
}

enum wire_status keyfile_load(const char *path, const struct keyfile_lock *lock,
                              struct keyfile_key *out, struct buf *text)
{
  struct secretfile file CLEANUP(secretfile_deinit) = {0};
  struct reading r = {.path = path, .out = out, .text = text};
  enum wire_status status = secretfile_load(path, &kind, &file, text);

  sodium_memzero(out, sizeof *out);
  if (status != WIRE_STATUS_GOOD) {
    return status;
  }
  r.content = slice_of(secret_peek(file.content), file.n);
  status = try_parse(&r, NULL);
  if (status == WIRE_STATUS_ENCRYPTED && lock != NULL) {
    status = open_locked(&r, lock);
  }
  if (status == WIRE_STATUS_GOOD) {
    secretfile_warn(&file, path, text);
  }
  return status;
}

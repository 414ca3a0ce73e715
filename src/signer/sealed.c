#include "signer/sealed.h"

#include "base/limits.h"
#include "crypto/secret.h"
#include "signer/der.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define BLOCK_SIZE   16
#define KEY_MAX      32
#define SCRYPT_CHUNK 128U /* bytes for each unit of N times r */

/* 1.2.840.113549, the arc of RSA Laboratories. */
#define RSADSI "\x2a\x86\x48\x86\xf7\x0d"
/* 2.16.840.1.101.3.4.1, the arc of AES. */
#define NIST_AES "\x60\x86\x48\x01\x65\x03\x04\x01"

static const char *const scheme_oids[] = {RSADSI "\x01\x05\x0d"};

static const char *const kdf_oids[] = {
    [SEALED_PBKDF2] = RSADSI "\x01\x05\x0c",
    [SEALED_SCRYPT] = "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b",
};

/* HMAC with SHA-1 (what is meant if nothing is said), SHA-224, ... */
static const char *const hash_oids[] = {RSADSI "\x02\x07", RSADSI "\x02\x08", RSADSI "\x02\x09",
                                        RSADSI "\x02\x0a", RSADSI "\x02\x0b"};

static const EVP_MD *(*const hashes[])(void) = {EVP_sha1, EVP_sha224, EVP_sha256, EVP_sha384,
                                                EVP_sha512};

static const char *const cipher_oids[] = {NIST_AES "\x02", NIST_AES "\x16", NIST_AES "\x2a"};

static const struct {
  size_t key_size;
  const EVP_CIPHER *(*get)(void);
} ciphers[] = {{16, EVP_aes_128_cbc}, {24, EVP_aes_192_cbc}, {32, EVP_aes_256_cbc}};

/* An AlgorithmIdentifier: *params stands before its parameters, *which is its
 * place among those that we know. */
static int parse_algorithm(struct cursor *c, const char *const *oids, size_t n,
                           struct cursor *params, size_t *which)
{
  struct cursor oid;
  struct slice name;

  *params = der_element(c, DER_SEQUENCE);
  oid = der_element(params, DER_OBJECT);
  name = cursor_rest(&oid);
  TRY(oid.err);
  for (size_t i = 0; i < n; i++) {
    if (slice_is(name, oids[i])) {
      *which = i;
      return 0;
    }
  }
  return ERR_UNSUPPORTED;
}

static struct slice parse_bytes(struct cursor *c)
{
  struct cursor content = der_element(c, DER_OCTET_STRING);

  return cursor_rest(&content);
}

/* The optional length of the key; 0 if it is not given. */
static size_t parse_key_size(struct cursor *c)
{
  return der_is_next(c, DER_INTEGER) ? (size_t)der_integer(c, KEY_MAX) : 0;
}

/* salt, iterations, key length, pseudo-random function. */
static int parse_pbkdf2(struct cursor *c, struct sealed *out, size_t *key_size)
{
  struct cursor none = {0};

  out->salt = parse_bytes(c);
  out->rounds = der_integer(c, LIMIT_PBKDF2_ROUNDS);
  *key_size = parse_key_size(c);
  if (cursor_left(c) > 0) {
    TRY(parse_algorithm(c, hash_oids, COUNT(hash_oids), &none, &out->hash));
    if (cursor_left(&none) > 0) {
      none = der_element(&none, DER_NULL);
    }
    TRY(cursor_finish(&none));
  }
  TRY(cursor_finish(c));
  return out->rounds > 0 ? 0 : ERR_SYNTAX;
}

/* salt, N, r, p, key length. */
static int parse_scrypt(struct cursor *c, struct sealed *out, size_t *key_size)
{
  const uint64_t most = LIMIT_SCRYPT_BYTES / SCRYPT_CHUNK;

  out->salt = parse_bytes(c);
  out->cost = der_integer(c, most);
  out->block = der_integer(c, most);
  out->lanes = der_integer(c, LIMIT_SCRYPT_LANES);
  *key_size = parse_key_size(c);
  TRY(cursor_finish(c));
  if (out->cost < 2 || (out->cost & (out->cost - 1)) != 0 || out->block == 0 || out->lanes == 0) {
    return ERR_SYNTAX;
  }
  return out->cost * out->block <= most ? 0 : ERR_RANGE;
}

static int parse_scheme(struct cursor *c, struct sealed *out)
{
  struct cursor kdf, cipher;
  size_t which = 0;
  size_t key_size = 0;

  TRY(parse_algorithm(c, kdf_oids, COUNT(kdf_oids), &kdf, &which));
  out->kdf = which == SEALED_SCRYPT ? SEALED_SCRYPT : SEALED_PBKDF2;
  kdf = der_element(&kdf, DER_SEQUENCE);
  TRY(out->kdf == SEALED_SCRYPT ? parse_scrypt(&kdf, out, &key_size)
                                : parse_pbkdf2(&kdf, out, &key_size));
  TRY(parse_algorithm(c, cipher_oids, COUNT(cipher_oids), &cipher, &out->cipher));
  out->iv = parse_bytes(&cipher);
  TRY(cursor_finish(&cipher));
  TRY(cursor_finish(c));
  if (out->iv.n != BLOCK_SIZE) {
    return ERR_SYNTAX;
  }
  return key_size == 0 || key_size == ciphers[out->cipher].key_size ? 0 : ERR_MISMATCH;
}

int sealed_parse(struct slice der, struct sealed *out)
{
  struct cursor c = cursor_from(der);
  struct cursor info = der_element(&c, DER_SEQUENCE);
  struct cursor params;
  size_t which;

  *out = (struct sealed){0};
  if (der.n > LIMIT_KEY_FILE_BYTES) {
    return ERR_TOO_LONG;
  }
  TRY(parse_algorithm(&info, scheme_oids, COUNT(scheme_oids), &params, &which));
  params = der_element(&params, DER_SEQUENCE);
  TRY(parse_scheme(&params, out));
  out->data = parse_bytes(&info);
  TRY(cursor_finish(&info));
  TRY(cursor_finish(&c));
  return out->data.n > 0 && out->data.n % BLOCK_SIZE == 0 ? 0 : ERR_SYNTAX;
}

static bool derive(const struct sealed *s, struct slice passphrase, uint8_t *key)
{
  const char *text = (const char *)passphrase.p;
  size_t key_size = ciphers[s->cipher].key_size;

  if (s->kdf == SEALED_SCRYPT) {
    /* Twice: OpenSSL counts what each lane needs as well. */
    return EVP_PBE_scrypt(text, passphrase.n, s->salt.p, s->salt.n, s->cost, s->block, s->lanes,
                          2ULL * LIMIT_SCRYPT_BYTES, key, key_size) == 1;
  }
  return PKCS5_PBKDF2_HMAC(text, (int)passphrase.n, s->salt.p, (int)s->salt.n, (int)s->rounds,
                           hashes[s->hash](), (int)key_size, key) == 1;
}

/* Without OpenSSL's padding, which would keep a block of the key for itself. */
static bool decrypt(const struct sealed *s, const uint8_t *key, uint8_t *out)
{
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
  int n = 0;
  bool is_good =
      ctx != NULL && EVP_DecryptInit_ex(ctx, ciphers[s->cipher].get(), NULL, key, s->iv.p) == 1 &&
      EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
      EVP_DecryptUpdate(ctx, out, &n, s->data.p, (int)s->data.n) == 1 && (size_t)n == s->data.n;

  EVP_CIPHER_CTX_free(ctx);
  return is_good;
}

/* RFC 8018 section 6.1.1: the last byte says how many bytes like it to cut. */
static int unpad(const uint8_t *bytes, size_t n, size_t *n_out)
{
  size_t padding = bytes[n - 1];

  if (padding == 0 || padding > BLOCK_SIZE) {
    return ERR_AUTH;
  }
  for (size_t i = n - padding; i < n; i++) {
    if (bytes[i] != padding) {
      return ERR_AUTH;
    }
  }
  *n_out = n - padding;
  return 0;
}

int sealed_open(const struct sealed *s, struct slice passphrase, uint8_t *out, size_t *n_out)
{
  struct secret *key;
  bool is_good;

  *n_out = 0;
  if (passphrase.n > LIMIT_PASSPHRASE_BYTES) {
    return ERR_TOO_LONG;
  }
  key = secret_new(KEY_MAX);
  is_good = derive(s, passphrase, secret_bytes(key)) && decrypt(s, secret_peek(key), out);
  secret_free(key);
  ERR_clear_error();
  return is_good ? unpad(out, s->data.n, n_out) : ERR_CRYPTO;
}

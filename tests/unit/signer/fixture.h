/* What the tests of this layer share: files of tests/vectors/keys, a folder
 * for files with permissions of their own, and good requests. Include cmocka
 * before. */
#ifndef TEST_SIGNER_FIXTURE_H
#define TEST_SIGNER_FIXTURE_H

#include "base/buf.h"
#include "base/hex.h"
#include "signer/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURE_PATH 4096

/* The path of a key under tests/vectors/keys. */
static inline const char *fixture_key(const char *name, char path[FIXTURE_PATH])
{
  snprintf(path, FIXTURE_PATH, "%s/keys/%s", getenv("TEST_VECTORS"), name);
  return path;
}

/* The bytes of such a key. */
static inline void fixture_load(const char *name, struct buf *out)
{
  char path[FIXTURE_PATH];
  FILE *f = fopen(fixture_key(name, path), "rb");
  size_t got;

  assert_non_null(f);
  do {
    got = fread(buf_reserve(out, 4096), 1, 4096, f);
    buf_used(out, got);
  } while (got > 0);
  fclose(f);
}

/* A new folder; removed, with its files, by fixture_remove. */
static inline void fixture_folder(char path[FIXTURE_PATH])
{
  const char *tmp = getenv("TMPDIR");

  snprintf(path, FIXTURE_PATH, "%s/signer-test-XXXXXX", tmp == NULL ? "/tmp" : tmp);
  assert_non_null(mkdtemp(path));
}

/* Writes a file into the folder; path gets its name. */
static inline void fixture_write(const char *folder, const char *name, struct slice content,
                                 mode_t mode, char path[FIXTURE_PATH])
{
  FILE *f;

  assert_true(snprintf(path, FIXTURE_PATH, "%.4000s/%s", folder, name) < FIXTURE_PATH);
  f = fopen(path, "wb");
  assert_non_null(f);
  assert_int_equal(fwrite(content.p, 1, content.n, f), content.n);
  assert_int_equal(fclose(f), 0);
  assert_int_equal(chmod(path, mode), 0);
}

static inline bool fixture_has(struct buf *text, const char *part)
{
  return strstr(buf_str(text), part) != NULL;
}

/* What opens sealed_*.pem; test_sealed.c says how they were made. */
#define FIXTURE_PASSPHRASE "correct horse"

/* The identity keys of the vectors: of ed25519.pem, as openssl says, and of
 * hs_ed25519_secret_key, as tor wrote into hs_ed25519_public_key. */
#define FIXTURE_PEM_PUBLIC "d04378eef1c2d3fba42f14cb665583cbad6c4f884b843b3e5c7dc4d8a5a60df5"
#define FIXTURE_TOR_PUBLIC "10ec5aa1e48d7d49b7cb65cc98fbe4e91d3fbcbe0214ba08b6f425065c440997"

#define assert_hex(p, n, text)                                                                     \
  do {                                                                                             \
    uint8_t want_[64];                                                                             \
    assert_true((n) <= sizeof want_);                                                              \
    assert_int_equal(hex_parse(slice_str(text), want_, n), 0);                                     \
    assert_memory_equal(p, want_, n);                                                              \
  } while (0)

/* 2026-11-22 15:44:40 UTC, in time period 20779, and an expiration that tor
 * would give then. */
#define FIXTURE_NOW     ((struct wall){1795362280})
#define FIXTURE_PERIOD  ((struct wire_period){20779, 1440})
#define FIXTURE_EXPIRES ((uint32_t)(1795362280 / 3600 + 1 + 54))

#endif

/* Bundles for tests: of the key of ed25519.pem, for a recipient of our own. */
#ifndef TEST_SIGNER_BUNDLES_H
#define TEST_SIGNER_BUNDLES_H

#include "signer/bundle.h"
#include "signer/bundling.h"
#include "signer/envelope.h"

#include "fixture.h"

#define BUNDLES_FIRST 20779U
#define BUNDLES_LAST  20783U

/* All zero before bundles_init. */
struct bundles {
  struct suite *suite;
  struct keyring *keys;
  struct secret *recipient; /* secret key */
  struct bundling bundling; /* FIXTURE_NOW, BUNDLES_FIRST to BUNDLES_LAST, days */
};

static inline void bundles_init(struct bundles *b)
{
  char path[FIXTURE_PATH];

  b->suite = suite_new();
  b->keys = keyring_new(1);
  keyring_load(b->keys, 0, fixture_key("ed25519.pem", path), NULL);
  assert_int_equal(keyring_get(b->keys, 0)->status, WIRE_STATUS_GOOD);
  b->recipient = secret_new(RECIPIENT_SIZE);
  memset(secret_bytes(b->recipient), 7, RECIPIENT_SIZE);
  b->bundling = (struct bundling){.suite = b->suite,
                                  .range = {BUNDLES_FIRST, BUNDLES_LAST},
                                  .minutes = 1440,
                                  .now = FIXTURE_NOW};
  recipient_public_of(secret_peek(b->recipient), b->bundling.recipient);
}

static inline void bundles_deinit(struct bundles *b)
{
  secret_free(b->recipient);
  keyring_free(b->keys);
  suite_free(b->suite);
}

/* A sealed one. */
static inline void bundles_seal(const struct bundles *b, struct buf *out)
{
  assert_int_equal(bundling_build(&b->bundling, b->keys, 0, out), 0);
}

/* The plain text of it; freed with secret_free. */
static inline struct secret *bundles_plain(const struct bundles *b)
{
  struct buf sealed CLEANUP(buf_deinit) = {0};
  struct envelope e;
  struct secret *plain;

  bundles_seal(b, &sealed);
  assert_int_equal(envelope_parse(buf_slice(&sealed), &e), 0);
  assert_int_equal(envelope_open(&e, secret_peek(b->recipient), &plain), 0);
  return plain;
}

/* Writes the key that opens them into a folder. */
static inline void bundles_write_key(const struct bundles *b, const char *folder)
{
  struct buf text CLEANUP(buf_wipe) = {0};
  char path[FIXTURE_PATH];

  recipient_secret_build(b->suite, secret_peek(b->recipient), &text);
  fixture_write(folder, RECIPIENT_FILE, buf_slice(&text), 0600, path);
}

#endif

#include "signer/pkcs8.h"

#include "signer/der.h"

/* 1.3.101.112, id-Ed25519. */
static const uint8_t ed25519_oid[] = {0x2b, 0x65, 0x70};

int pkcs8_parse(struct slice der, uint8_t seed[ED25519_SEED_SIZE])
{
  struct cursor c = cursor_from(der);
  struct cursor info = der_element(&c, DER_SEQUENCE);
  struct cursor version = der_element(&info, DER_INTEGER);
  struct cursor algorithm = der_element(&info, DER_SEQUENCE);
  struct cursor oid = der_element(&algorithm, DER_OBJECT);
  struct cursor outer = der_element(&info, DER_OCTET_STRING);
  struct cursor inner = {0};

  TRY(info.err);
  TRY(oid.err);
  TRY(cursor_finish(&c));
  if (cursor_u8(&version) > 1 || cursor_finish(&version) < 0) {
    return ERR_SYNTAX;
  }
  if (!slice_equal(cursor_rest(&oid), slice_of(ed25519_oid, sizeof ed25519_oid))) {
    return ERR_UNSUPPORTED;
  }
  inner = der_element(&outer, DER_OCTET_STRING);
  cursor_copy(&inner, seed, ED25519_SEED_SIZE);
  TRY(cursor_finish(&inner));
  TRY(cursor_finish(&algorithm));
  return cursor_finish(&outer);
}

#include "signer/pkcs8.h"

#include "base/cursor.h"

#define TAG_INTEGER      0x02
#define TAG_OCTET_STRING 0x04
#define TAG_OBJECT       0x06
#define TAG_SEQUENCE     0x30

/* 1.3.101.112, id-Ed25519. */
static const uint8_t ed25519_oid[] = {0x2b, 0x65, 0x70};

/* The content of the element that comes next, which must have this tag. The
 * lengths of keys take one byte, or two or three. */
static struct cursor element(struct cursor *c, uint8_t tag)
{
  uint8_t got = cursor_u8(c);
  size_t n = cursor_u8(c);

  if (got != tag) {
    cursor_fail(c, ERR_SYNTAX);
  }
  if (n == 0x81) {
    n = cursor_u8(c);
  } else if (n == 0x82) {
    n = cursor_u16(c);
  } else if (n > 0x7f) {
    cursor_fail(c, ERR_SYNTAX);
  }
  return cursor_sub(c, n);
}

int pkcs8_parse(struct slice der, uint8_t seed[ED25519_SEED_SIZE])
{
  struct cursor c = cursor_from(der);
  struct cursor info = element(&c, TAG_SEQUENCE);
  struct cursor version = element(&info, TAG_INTEGER);
  struct cursor algorithm = element(&info, TAG_SEQUENCE);
  struct cursor oid = element(&algorithm, TAG_OBJECT);
  struct cursor outer = element(&info, TAG_OCTET_STRING);
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
  inner = element(&outer, TAG_OCTET_STRING);
  cursor_copy(&inner, seed, ED25519_SEED_SIZE);
  TRY(cursor_finish(&inner));
  TRY(cursor_finish(&algorithm));
  return cursor_finish(&outer);
}

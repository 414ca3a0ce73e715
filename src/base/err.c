#include "base/err.h"

#include <stddef.h>

static const char *const texts[] = {
    [-ERR_NONE] = "no error",
    [-ERR_TRUNCATED] = "cut short",
    [-ERR_SYNTAX] = "malformed",
    [-ERR_TOO_LONG] = "over a size limit",
    [-ERR_ENCODING] = "badly encoded",
    [-ERR_CHECKSUM] = "wrong checksum",
    [-ERR_SIGNATURE] = "wrong signature",
    [-ERR_MAC] = "wrong authentication code",
    [-ERR_EXPIRED] = "outside of its validity",
    [-ERR_UNSUPPORTED] = "of an unknown version or type",
    [-ERR_MISMATCH] = "belongs to something else",
    [-ERR_MISSING] = "a required part is missing",
    [-ERR_DUPLICATE] = "a part stands twice",
    [-ERR_RANGE] = "out of range",
    [-ERR_KEY] = "unusable key",
    [-ERR_CRYPTO] = "the cryptographic library failed",
    [-ERR_IO] = "a system call failed",
    [-ERR_AUTH] = "authentication refused",
    [-ERR_CLOSED] = "closed by the other side",
    [-ERR_REFUSED] = "refused by the other side",
    [-ERR_NOT_NOW] = "not possible now",
};

const char *err_text(int err)
{
  size_t n = sizeof texts / sizeof texts[0];

  if (err > 0 || (size_t) - (long)err >= n || texts[-err] == NULL) {
    return "unknown error";
  }
  return texts[-err];
}

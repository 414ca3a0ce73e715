/* Errors: one enum for the whole program, one table of texts.
 *
 * A function that can fail returns an int: 0, or one of these negative
 * values. What is an expected outcome rather than a failure has an enum of
 * its own where it happens. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_USE __attribute__((warn_unused_result))

/* Runs a destructor on a local variable when it goes out of scope. The
 * destructor takes a pointer to the variable. */
#define CLEANUP(destructor) __attribute__((cleanup(destructor)))

/* Returns from the enclosing function with the error of expr, if any. The
 * only macro of the program with control flow inside. */
#define TRY(expr)                                                                                  \
  do {                                                                                             \
    int try_err_ = (expr);                                                                         \
    if (try_err_ < 0) {                                                                            \
      return try_err_;                                                                             \
    }                                                                                              \
  } while (0)

enum err {
  ERR_NONE = 0,
  ERR_TRUNCATED = -1,   /* the input ends too early */
  ERR_SYNTAX = -2,      /* the input does not have the form it must have */
  ERR_TOO_LONG = -3,    /* over a limit of base/limits.h */
  ERR_ENCODING = -4,    /* not valid hex, base32 or base64 */
  ERR_CHECKSUM = -5,    /* a checksum does not fit */
  ERR_SIGNATURE = -6,   /* a signature does not verify */
  ERR_MAC = -7,         /* a message authentication code does not fit */
  ERR_EXPIRED = -8,     /* no longer (or not yet) valid */
  ERR_UNSUPPORTED = -9, /* a version or type that we do not know */
  ERR_MISMATCH = -10,   /* well formed, but it belongs to something else */
  ERR_MISSING = -11,    /* something required is not there */
  ERR_DUPLICATE = -12,  /* something that may stand once stands twice */
  ERR_RANGE = -13,      /* a number or time outside of what is allowed */
  ERR_KEY = -14,        /* a key that must not be used (weak, all zero) */
  ERR_CRYPTO = -15,     /* the cryptographic library reports a failure */
  ERR_IO = -16,         /* a system call failed; errno says why */
  ERR_AUTH = -17,       /* authentication refused */
  ERR_CLOSED = -18,     /* the other side has gone */
  ERR_REFUSED = -19,    /* the other side says no */
  ERR_NOT_NOW = -20,    /* not possible now */
};

/* A short English text for an error, without a full stop: "a signature does
 * not verify". Never NULL; unknown values get a text too. */
const char *err_text(int err);

#endif

/* seccomp: which system calls a process may make from now on. */
#ifndef SIGNER_FILTER_H
#define SIGNER_FILTER_H

#include "base/err.h"

#include <stddef.h>

/* What a call is allowed with. */
enum filter_when {
  FILTER_ALWAYS,
  FILTER_DATA,      /* mmap, mprotect: memory that is not executable */
  FILTER_READING,   /* openat: neither to write nor to make a file */
  FILTER_CONNECTED, /* sendto: where the socket leads, not to an address */
  FILTER_COUNT,     /* ioctl: how many bytes wait, nothing else; no terminal is typed at */
  FILTER_THREAD,    /* clone: a thread, not a process */
  FILTER_ABSENT,    /* never, as if the kernel did not have it: libraries then make another */
  FILTER_REFUSED,   /* never, but a library tries it: an error, not the end */
};

/* Where a call is needed, for the test that each is. */
enum filter_where {
  FILTER_HERE,  /* whenever the program runs */
  FILTER_ARM64, /* in place of another one on machines that lack that */
  FILTER_AMD64, /* likewise */
  FILTER_RARE,  /* when something happens that a test cannot bring about */
};

/* One call, by the name that the kernel gives it. */
struct filter_call {
  const char *name;
  enum filter_when when;
  enum filter_where where;
};

/* From now on allows nothing but these calls. Another one ends the process with
 * FILTER_EXIT, after a line on stderr, which begins with the name of the program
 * and says which it was. A call that this machine does not have is skipped.
 * ERR_UNSUPPORTED if the kernel has no seccomp filters, or the machine is neither amd64
 * nor arm64; ERR_IO with errno set:
 * nothing is closed then. */
int filter_close(const char *program, const struct filter_call *calls, size_t n) MUST_USE;

/* The exit status after a call that is not allowed. */
#define FILTER_EXIT 159

#endif

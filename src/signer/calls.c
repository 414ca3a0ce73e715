#include "signer/calls.h"

/* The first ones are for every signer, the others for one that listens. Nothing
 * here makes a socket, a file or a process. */
static const struct filter_call calls[] = {
    {"read", FILTER_ALWAYS, FILTER_HERE},
    {"write", FILTER_ALWAYS, FILTER_HERE},
    {"poll", FILTER_ALWAYS, FILTER_AMD64},
    {"ppoll", FILTER_ALWAYS, FILTER_ARM64},
    {"restart_syscall", FILTER_ALWAYS, FILTER_HERE}, /* poll after SIGSTOP and SIGCONT */
    {"brk", FILTER_ALWAYS, FILTER_HERE},
    {"mmap", FILTER_DATA, FILTER_HERE},
    {"munmap", FILTER_ALWAYS, FILTER_HERE},
    {"mprotect", FILTER_DATA, FILTER_HERE}, /* the guard pages of secrets */
    {"madvise", FILTER_ALWAYS, FILTER_HERE},
    {"munlock", FILTER_ALWAYS, FILTER_HERE},
    {"exit_group", FILTER_ALWAYS, FILTER_HERE},
    {"clock_gettime", FILTER_ALWAYS, FILTER_RARE}, /* a machine whose vDSO has no clock */
    {"futex", FILTER_ALWAYS, FILTER_RARE},         /* locks inside of libraries */

    {"accept4", FILTER_ALWAYS, FILTER_HERE},
    {"getsockopt", FILTER_ALWAYS, FILTER_HERE}, /* who connects */
    {"geteuid", FILTER_ALWAYS, FILTER_HERE},    /* and whether it is us */
    {"close", FILTER_ALWAYS, FILTER_HERE},
    {"openat", FILTER_READING, FILTER_HERE},
    {"newfstatat", FILTER_ALWAYS, FILTER_AMD64},
    {"fstat", FILTER_ALWAYS, FILTER_ARM64},
    {"mlock", FILTER_ALWAYS, FILTER_HERE},
    {"rt_sigprocmask", FILTER_ALWAYS, FILTER_HERE}, /* the end, which is a signal */
    {"unlink", FILTER_ALWAYS, FILTER_AMD64},        /* its socket */
    {"unlinkat", FILTER_ALWAYS, FILTER_ARM64},
};

#define N_COMMON 14

const struct filter_call *calls_get(bool is_listening, size_t *n_out)
{
  *n_out = is_listening ? sizeof calls / sizeof calls[0] : N_COMMON;
  return calls;
}

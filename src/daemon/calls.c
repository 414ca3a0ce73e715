#include "daemon/calls.h"

/* No call here makes a socket, a connection or a process: the porter does. The one
 * thread is the scribe's (io/scribe.h). */
static const struct filter_call calls[] = {
    /* the loop */
    {"epoll_wait", FILTER_ALWAYS, FILTER_AMD64},
    {"epoll_pwait", FILTER_ALWAYS, FILTER_ARM64},
    {"epoll_ctl", FILTER_ALWAYS, FILTER_HERE},
    {"rt_sigreturn", FILTER_ALWAYS, FILTER_HERE},
    {"restart_syscall", FILTER_ALWAYS, FILTER_RARE},
    /* streams */
    {"read", FILTER_ALWAYS, FILTER_HERE},
    {"write", FILTER_ALWAYS, FILTER_HERE},
    {"readv", FILTER_ALWAYS, FILTER_HERE},
    {"writev", FILTER_ALWAYS, FILTER_HERE},
    {"recvfrom", FILTER_ALWAYS, FILTER_HERE},
    {"recvmsg", FILTER_ALWAYS, FILTER_HERE}, /* descriptors of the porter */
    {"sendto", FILTER_CONNECTED, FILTER_HERE},
    {"shutdown", FILTER_ALWAYS, FILTER_HERE},
    {"accept4", FILTER_ALWAYS, FILTER_HERE},
    {"getsockopt", FILTER_ALWAYS, FILTER_HERE},
    {"ioctl", FILTER_COUNT, FILTER_HERE},
    {"fcntl", FILTER_ALWAYS, FILTER_HERE},
    {"close", FILTER_ALWAYS, FILTER_HERE},
    /* the state directory */
    {"openat", FILTER_ALWAYS, FILTER_HERE},
    {"newfstatat", FILTER_ALWAYS, FILTER_HERE},
    {"fstat", FILTER_ALWAYS, FILTER_ARM64},
    {"getdents64", FILTER_ALWAYS, FILTER_HERE},
    {"fsync", FILTER_ALWAYS, FILTER_HERE},
    {"renameat", FILTER_ALWAYS, FILTER_HERE},
    {"unlinkat", FILTER_ALWAYS, FILTER_HERE},
    {"access", FILTER_ALWAYS, FILTER_AMD64},
    {"faccessat", FILTER_ALWAYS, FILTER_ARM64},
    {"faccessat2", FILTER_ALWAYS, FILTER_RARE}, /* why a file is closed to us */
    {"mkdir", FILTER_ALWAYS, FILTER_AMD64}, /* refused by Landlock, but first by what is wrong */
    {"mkdirat", FILTER_ALWAYS, FILTER_ARM64},
    {"flock", FILTER_ALWAYS, FILTER_HERE},
    {"ftruncate", FILTER_ALWAYS, FILTER_HERE},
    {"pwrite64", FILTER_ALWAYS, FILTER_HERE},
    {"pread64", FILTER_ALWAYS, FILTER_HERE},
    {"getpid", FILTER_ALWAYS, FILTER_HERE},
    /* the thread that writes to it */
    {"eventfd2", FILTER_ALWAYS, FILTER_HERE},
    {"clone", FILTER_THREAD, FILTER_HERE},
    {"clone3", FILTER_ABSENT, FILTER_HERE}, /* its flags cannot be seen: clone comes next */
    {"set_robust_list", FILTER_ALWAYS, FILTER_HERE},
    {"rseq", FILTER_ALWAYS, FILTER_HERE},
    {"exit", FILTER_ALWAYS, FILTER_HERE},
    /* memory */
    {"brk", FILTER_ALWAYS, FILTER_HERE},
    {"mmap", FILTER_DATA, FILTER_HERE},
    {"mremap", FILTER_ALWAYS, FILTER_HERE},
    {"munmap", FILTER_ALWAYS, FILTER_HERE},
    {"mprotect", FILTER_DATA, FILTER_HERE},
    {"madvise", FILTER_ALWAYS, FILTER_HERE},
    {"mlock", FILTER_ALWAYS, FILTER_HERE}, /* descriptor signing keys */
    {"munlock", FILTER_ALWAYS, FILTER_HERE},
    {"getrandom", FILTER_ALWAYS, FILTER_HERE},
    {"futex", FILTER_ALWAYS, FILTER_HERE},
    {"clock_gettime", FILTER_ALWAYS, FILTER_RARE},
    /* the end */
    {"rt_sigaction", FILTER_ALWAYS, FILTER_HERE},
    {"rt_sigprocmask", FILTER_ALWAYS, FILTER_HERE},
    {"exit_group", FILTER_ALWAYS, FILTER_HERE},
    {"geteuid", FILTER_ALWAYS, FILTER_HERE}, /* this and the next: may we use a file? */
    {"getegid", FILTER_ALWAYS, FILTER_RARE},
    {"getuid", FILTER_ALWAYS, FILTER_RARE},
    {"getgid", FILTER_ALWAYS, FILTER_RARE},
    {"getgroups", FILTER_ALWAYS, FILTER_RARE},
    /* a service manager that has gone away: no other connection to it */
    {"socket", FILTER_REFUSED, FILTER_RARE},
};

const struct filter_call *calls_publisher(size_t *n_out)
{
  *n_out = sizeof calls / sizeof calls[0];
  return calls;
}

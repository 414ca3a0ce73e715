#include "signer/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The kernel's numbers of calls, those of now and of some years to come. */
#define N_NUMBERS 512

/* The argument that a condition is about. */
#define ARGUMENT_PROTECTION 2
#define ARGUMENT_FLAGS      2
#define ARGUMENT_ADDRESS    4
#define ARGUMENT_CLONE      0
#define ARGUMENT_REQUEST    1

/* What the handler of SIGSYS needs: it cannot ask anybody. */
static const char *refused_program;
static char *refused_names[N_NUMBERS];

static void tell(const char *text)
{
  (void)!write(STDERR_FILENO, text, strlen(text));
}

static void on_refused(int number, siginfo_t *info, void *context)
{
  int call = info->si_syscall;
  const char *name = call >= 0 && call < N_NUMBERS ? refused_names[call] : NULL;

  (void)number;
  (void)context;
  tell(refused_program);
  tell(": the sandbox ends it: it made the system call ");
  tell(name == NULL ? "(unknown)" : name);
  tell(", which is not among those that it needs; please report this, --no-sandbox goes without\n");
  _exit(FILTER_EXIT);
}

static int prepare(const char *program)
{
  struct sigaction action = {.sa_sigaction = on_refused, .sa_flags = SA_SIGINFO};

  refused_program = program;
  for (int i = 0; i < N_NUMBERS; i++) {
    if (refused_names[i] == NULL) {
      refused_names[i] = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, i);
    }
  }
  return sigaction(SIGSYS, &action, NULL) == 0 ? 0 : ERR_IO;
}

/* libseccomp answers with 0 or a negative errno. */
static int judge(int result)
{
  errno = result < 0 ? -result : errno;
  return result < 0 ? ERR_IO : 0;
}

/* openat, to read a file or a folder. */
static int add_reading(scmp_filter_ctx ctx, int number)
{
  const struct scmp_arg_cmp reading = SCMP_CMP(ARGUMENT_FLAGS, SCMP_CMP_MASKED_EQ,
                                               (scmp_datum_t)(O_ACCMODE | O_CREAT | O_TMPFILE), 0);
  const struct scmp_arg_cmp folder =
      SCMP_CMP(ARGUMENT_FLAGS, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(O_ACCMODE | O_CREAT | O_TMPFILE),
               (scmp_datum_t)O_DIRECTORY);

  TRY(judge(seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, number, 1, &folder)));
  return judge(seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, number, 1, &reading));
}

static int add(scmp_filter_ctx ctx, const struct filter_call *call)
{
  const struct scmp_arg_cmp data =
      SCMP_CMP(ARGUMENT_PROTECTION, SCMP_CMP_MASKED_EQ, (scmp_datum_t)PROT_EXEC, 0);
  const struct scmp_arg_cmp thread =
      SCMP_CMP(ARGUMENT_CLONE, SCMP_CMP_MASKED_EQ, (scmp_datum_t)CLONE_THREAD, CLONE_THREAD);
  const struct scmp_arg_cmp count = {
      .arg = ARGUMENT_REQUEST, .op = SCMP_CMP_EQ, .datum_a = FIONREAD};
  const struct scmp_arg_cmp connected = {.arg = ARGUMENT_ADDRESS, .op = SCMP_CMP_EQ, .datum_a = 0};
  int number = seccomp_syscall_resolve_name(call->name);

  if (number < 0) {
    return 0; /* not on this machine */
  }
  switch (call->when) {
  case FILTER_ALWAYS:
    return judge(seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, number, 0, NULL));
  case FILTER_DATA:
    return judge(seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, number, 1, &data));
  case FILTER_READING:
    return add_reading(ctx, number);
  case FILTER_CONNECTED:
    return judge(seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, number, 1, &connected));
  case FILTER_COUNT:
    return judge(seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, number, 1, &count));
  case FILTER_THREAD:
    return judge(seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, number, 1, &thread));
  case FILTER_ABSENT:
    return judge(seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(ENOSYS), number, 0, NULL));
  case FILTER_REFUSED:
    return judge(seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EACCES), number, 0, NULL));
  }
  return ERR_RANGE;
}

static int load(scmp_filter_ctx ctx, const struct filter_call *calls, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    TRY(add(ctx, &calls[i]));
  }
  return judge(seccomp_load(ctx));
}

/* The lists of calls have been tried out there; another machine's library may make
 * others. */
static bool is_known_machine(void)
{
  uint32_t native = seccomp_arch_native();

  return native == SCMP_ARCH_X86_64 || native == SCMP_ARCH_AARCH64;
}

int filter_close(const char *program, const struct filter_call *calls, size_t n)
{
  scmp_filter_ctx ctx;
  int err;

  if (!is_known_machine() || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
    return ERR_UNSUPPORTED;
  }
  TRY(prepare(program));
  ctx = seccomp_init(SCMP_ACT_TRAP);
  if (ctx == NULL) {
    errno = ENOMEM;
    return ERR_IO;
  }
  err = load(ctx, calls, n);
  seccomp_release(ctx);
  return err;
}

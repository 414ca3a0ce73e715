#include "signer/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's headers may be older than the kernel: what they lack. */
#define FS_TRUNCATE         (1ULL << 14)
#define NET_BIND_TCP        (1ULL << 0)
#define NET_CONNECT_TCP     (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX (1ULL << 0)
#define SCOPE_SIGNAL        (1ULL << 1)

/* struct landlock_ruleset_attr of the newest version that we know. */
struct ruleset {
  uint64_t files;
  uint64_t net;
  uint64_t scoped;
};

/* What each version of the kernel interface can close (linux/landlock.h), and
 * how much of the struct it knows. */
static const struct {
  int abi; /* from this one on */
  uint64_t files;
  uint64_t net;
  uint64_t scoped;
  size_t size;
} versions[] = {
    {1, (1ULL << 13) - 1, 0, 0, 8},
    {2, (1ULL << 14) - 1, 0, 0, 8},
    {3, (1ULL << 15) - 1, 0, 0, 8},
    {4, (1ULL << 15) - 1, NET_BIND_TCP | NET_CONNECT_TCP, 0, 16},
    {5, (1ULL << 16) - 1, NET_BIND_TCP | NET_CONNECT_TCP, 0, 16},
    {6, (1ULL << 16) - 1, NET_BIND_TCP | NET_CONNECT_TCP, SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL, 24},
};

#define N_VERSIONS (sizeof versions / sizeof versions[0])

/* What a file has of the rights below; the others are those of folders. */
#define RIGHTS_OF_FILES                                                                            \
  (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | (uint64_t)FS_TRUNCATE)

static const uint64_t rights[] = {
    [LANDLOCK_READ] = LANDLOCK_ACCESS_FS_READ_FILE,
    [LANDLOCK_REMOVE] = LANDLOCK_ACCESS_FS_REMOVE_FILE,
    [LANDLOCK_KEEP] = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                      LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                      LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNCATE,
};

static void close_at(const int *fd)
{
  if (*fd >= 0) {
    int saved = errno;

    close(*fd);
    errno = saved;
  }
}

/* Opens one place in the rule set; handled is what the set is about. */
static int allow(int set, const struct landlock_place *place, uint64_t handled)
{
  int fd CLEANUP(close_at) = open(place->path, O_PATH | O_CLOEXEC);
  struct landlock_path_beneath_attr rule = {.parent_fd = fd,
                                            .allowed_access = rights[place->use] & handled};
  struct stat st;

  if (fd < 0 || fstat(fd, &st) != 0) {
    return 0; /* it stays closed */
  }
  if (!S_ISDIR(st.st_mode)) {
    rule.allowed_access &= RIGHTS_OF_FILES;
  }
  return syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0
                                                                                        : ERR_IO;
}

int landlock_close(const struct landlock_place *places, size_t n, int *abi_out)
{
  long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  int set CLEANUP(close_at) = -1;
  struct ruleset rules;
  size_t at = N_VERSIONS;

  *abi_out = abi < 0 ? 0 : (int)abi;
  while (at > 0 && versions[at - 1].abi > *abi_out) {
    at--;
  }
  if (at == 0) {
    return 0;
  }
  rules = (struct ruleset){versions[at - 1].files, versions[at - 1].net, versions[at - 1].scoped};
  set = (int)syscall(SYS_landlock_create_ruleset, &rules, versions[at - 1].size, 0);
  TRY(set < 0 ? ERR_IO : 0);
  for (size_t i = 0; i < n; i++) {
    TRY(allow(set, &places[i], rules.files));
  }
  return syscall(SYS_landlock_restrict_self, set, 0) == 0 ? 0 : ERR_IO;
}

/* What changes a process for good is tried in a child. */
#ifndef TEST_SIGNER_INCHILD_H
#define TEST_SIGNER_INCHILD_H

#include <sys/wait.h>
#include <unistd.h>

/* The exit status of a child that did this; -1 if a signal ended it. Its stderr
 * goes to fd unless that is negative. */
static int in_child(int (*work)(void), int fd)
{
  pid_t child = fork();
  int status = 0;

  if (child == 0) {
    if (fd >= 0) {
      dup2(fd, STDERR_FILENO);
    }
    _exit(work());
  }
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif

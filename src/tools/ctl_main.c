/* onionbalancectl: asks and steers a running onionbalance. */
#include "tools/ctledit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Text fits the terminal and has colours there; in a pipe it has neither. */
static struct form find_form(const struct ctlargs *args)
{
  struct form form = {.is_json = args->is_json};
  const char *terminal = getenv("TERM");
  struct winsize size = {0};

  if (args->is_json || !isatty(STDOUT_FILENO)) {
    return form;
  }
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    form.width = size.ws_col;
  }
  form.has_colour = getenv("NO_COLOR") == NULL && terminal != NULL && strcmp(terminal, "dumb") != 0;
  return form;
}

int main(int argc, char **argv)
{
  struct ctlargs args = {0};
  struct buf text = {0};
  enum ctlargs_outcome outcome = ctlargs_parse(&args, argc, argv, getenv, &text);
  struct ctl_streams streams = {.out = STDOUT_FILENO, .err = STDERR_FILENO};

  if (outcome != CTLARGS_RUN) {
    fputs(buf_str(&text), outcome == CTLARGS_PRINT ? stdout : stderr);
    buf_deinit(&text);
    return outcome == CTLARGS_PRINT ? CTL_DONE : CTL_USAGE;
  }
  buf_deinit(&text);
  streams.form = find_form(&args);
  if (args.verb == VERB_INSTANCE_ADD) {
    return (int)ctledit_add(&args, &streams);
  }
  if (args.verb == VERB_INSTANCE_REMOVE) {
    return (int)ctledit_remove(&args, &streams);
  }
  if (args.has_keep && args.keep == CTLARGS_KEEP_FILE) {
    return (int)ctledit_keep(&args, &streams);
  }
  return (int)ctl_run(&args, &streams);
}

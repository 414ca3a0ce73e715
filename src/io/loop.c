#include "io/loop.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>

struct event_base *loop_new(void)
{
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  struct event_base *base = event_base_new();

  if (base == NULL || sigaction(SIGPIPE, &ignore, NULL) != 0) {
    abort();
  }
  return base;
}

void loop_free(struct event_base *base)
{
  event_base_free(base);
}

void loop_run(struct event_base *base)
{
  event_base_dispatch(base);
}

void loop_stop(struct event_base *base)
{
  event_base_loopbreak(base);
}

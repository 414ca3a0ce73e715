#include "balance/service.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void service_init(struct service *s, const struct address *address, const char *label)
{
  *s = (struct service){.address = *address, .wake = MONO_NEVER};
  s->label = mem_string(label, strlen(label));
}

void service_deinit(struct service *s)
{
  free(s->label);
  free(s->instances);
  free(s->members);
  free(s->strays);
  publication_deinit(&s->publications[0]);
  publication_deinit(&s->publications[1]);
  *s = (struct service){0};
}

/* A file of instances.d. */
#include "conf/dropin.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct suite *s = suite_new();
  struct config_service sv;
  struct messages m;
  int err;

  if (s == NULL) {
    abort();
  }
  messages_init(&m, "/folder/file");
  err = dropin_parse(s, slice_of(data, size), &sv, &m);
  assert((err < 0) == (m.n_errors > 0));
  assert((err < 0) == (sv.n_instances == 0));
  for (size_t i = 0; i < sv.n_instances; i++) {
    assert(config_is_set(&sv.instances[i].address));
    assert(sv.instances[i].dropin == NULL);
  }
  config_service_deinit(&sv);
  messages_deinit(&m);
  suite_free(s);
  return 0;
}

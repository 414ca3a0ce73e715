/* The configuration file: YAML, schema and checks. */
#include "conf/config.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct suite *s = suite_new();
  struct messages m;
  struct config c;
  int err;

  if (s == NULL) {
    abort();
  }
  messages_init(&m, "/folder/file");
  err = config_parse(s, slice_of(data, size), &c, &m);
  assert((err < 0) == (m.n_errors > 0));
  assert((err < 0) == (c.n_services == 0));
  for (size_t i = 0; i < c.n_services; i++) {
    assert((c.services[i].key_path != NULL) != (c.services[i].signer.kind != KEYSOURCE_NONE));
    assert(c.services[i].n_instances > 0);
  }
  for (size_t i = 0; i < m.n; i++) {
    struct buf out = {0};

    messages_format(&m, i, &out);
    for (size_t k = 0; k < out.n; k++) {
      assert(out.p[k] >= 0x20 && out.p[k] < 0x7f);
    }
    buf_deinit(&out);
  }
  config_deinit(&c);
  messages_deinit(&m);
  suite_free(s);
  return 0;
}

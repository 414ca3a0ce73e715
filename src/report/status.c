#include "report/status.h"

static void add_address(struct suite *suite, const struct address *a, struct buf *out)
{
  char text[ADDRESS_TEXT_SIZE];

  address_format(suite, a, text);
  buf_addf(out, "\"onionAddress\": \"%s.onion\"", text);
}

static void add_time(const char *key, struct wall t, struct buf *out)
{
  char text[WALL_TEXT_SIZE];

  wall_format(t, text);
  buf_addf(out, "\"%s\": \"%s\"", key, text);
}

static void add_instance(struct suite *suite, const struct snapshot_instance *in, struct buf *out)
{
  buf_add_str(out, "{");
  if (!in->is_known) {
    add_address(suite, &in->address, out);
    buf_add_str(out, ", \"received\": null}");
    return;
  }
  add_time("descriptorReceived", in->received, out);
  buf_addf(out, ", \"introPointsNum\": %zu, ", in->n_intros);
  add_time("introSetModified", in->modified, out);
  buf_add_str(out, ", ");
  add_address(suite, &in->address, out);
  buf_add_str(out, "}");
}

static void add_attempt(const char *key, const struct snapshot_descriptor *d, struct buf *out)
{
  if (d->is_attempted) {
    add_time(key, d->attempted, out);
  } else {
    buf_addf(out, "\"%s\": null", key);
  }
}

static void add_service(struct suite *suite, const struct snapshot_service *sv, struct buf *out)
{
  buf_add_str(out, "{\"instances\": [");
  for (size_t i = 0; i < sv->n_instances; i++) {
    buf_add_str(out, i == 0 ? "" : ", ");
    add_instance(suite, &sv->instances[i], out);
  }
  buf_add_str(out, "], ");
  add_address(suite, &sv->address, out);
  buf_add_str(out, ", ");
  add_attempt("publishAttemptFirstDescriptor", &sv->descriptors[0], out);
  buf_add_str(out, ", ");
  add_attempt("publishAttemptSecondDescriptor", &sv->descriptors[1], out);
  buf_add_str(out, "}");
}

void status_build(const struct snapshot *snapshot, struct suite *suite, struct buf *out)
{
  buf_add_str(out, "{\"services\": [");
  for (size_t i = 0; i < snapshot->n_services; i++) {
    buf_add_str(out, i == 0 ? "" : ", ");
    add_service(suite, &snapshot->services[i], out);
  }
  buf_add_str(out, "]}");
}

/* Files of the state directory: the name of one in the first line, its text
 * behind it; the hash is made good, so that what is inside is reached too. What
 * is taken comes back the same when it is built and read again. */
#include "../../unit/balance/descriptor.h"

#include "balance/memory.h"
#include "base/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) maker_must(condition)

static struct maker maker;
static struct identity service;
static struct identity instance;

static void make_world(void)
{
  maker_init(&maker, 7);
  maker.rng.ctx = &maker.seed;
  maker_identity(&maker, &service);
  maker_identity(&maker, &instance);
}

static void check_file(const char *name, struct slice text)
{
  struct buf again CLEANUP(buf_deinit) = {0};
  struct memo m, same;

  if (memo_parse(maker.suite, name, text, &m) < 0) {
    return;
  }
  memo_build(maker.suite, &m, &again);
  MUST(memo_parse(maker.suite, name, buf_slice(&again), &same) == 0);
  MUST(same.kind == m.kind && slice_equal(same.body, m.body));
  MUST(address_equal(&same.address, &m.address));
}

static void check_leases(struct slice body)
{
  struct lease_book b CLEANUP(lease_book_deinit) = {0};
  struct lease_book again CLEANUP(lease_book_deinit) = {0};
  struct buf text CLEANUP(buf_deinit) = {0};

  if (lease_parse(body, &b) < 0) {
    MUST(b.n == 0);
    return;
  }
  lease_build(&b, &text);
  MUST(lease_parse(buf_slice(&text), &again) == 0 && again.n == b.n);
  for (size_t i = 0; i < b.n; i++) {
    MUST(lease_get(&again, &b.items[i].address, b.items[i].period) == b.items[i].ceiling);
  }
  lease_prune(&b, (struct period){20000, 1440});
}

/* A core that is told so, at any time of its clock. */
static void check_core(enum memo_kind kind, struct slice body)
{
  static const uint32_t place = 0;
  struct core_service services[] = {{service.address, "s", &place, 1, NULL, CONTENT_AUTO}};
  struct core_instance instances[] = {{.address = instance.address, .label = "i"}};
  struct core_config config = {services, 1, instances, 1, false, true};
  struct core *c = core_new(maker.suite, &config);
  struct memo m = {.kind = kind, .address = instance.address, .body = body};
  struct event e = {.kind = EVENT_RESTORED, .memo = &m};
  struct action_list out CLEANUP(action_list_deinit) = {0};

  core_step(c, &e, (struct moment){{MAKER_NOW}, {1000}}, &maker.rng, &out);
  MUST(!c->instances[0].knowledge.is_known); /* nobody else has its key */
  for (size_t i = 0; i < out.n; i++) {
    MUST(out.items[i].kind == ACTION_LOG || out.items[i].kind == ACTION_KEEP);
  }
  core_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct cursor c = cursor_from(slice_of(data, size));
  struct slice name = cursor_line(&c);
  struct slice text = cursor_rest(&c);
  char *string;

  if (maker.suite == NULL) {
    make_world();
  }
  string = mem_string(name.p, name.n);
  check_file(string, text);
  free(string);
  check_leases(text);
  for (unsigned kind = 0; kind < MEMO_KINDS; kind++) {
    check_core((enum memo_kind)kind, text);
  }
  return 0;
}

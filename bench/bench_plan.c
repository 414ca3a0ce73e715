/* What planning distinct descriptors takes, beside reading once what it reads: the
 * relay and the key of every point. Usage: bench_plan [instances [points]] */
#include "balance/spread.h"

#include "base/mem.h"
#include "synthetic_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLOTS  8
#define ROUNDS 100

struct stage {
  struct synthetic_rng state;
  struct rng rng;
  struct intro *intros;
  struct plan_source *sources;
  struct address *addresses;
  struct spread_slot slots[SLOTS];
  size_t n, points;
};

static double seconds(void)
{
  struct timespec t;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void stage_init(struct stage *st, size_t n, size_t points)
{
  *st = (struct stage){.n = n, .points = points};
  st->rng = synthetic_rng_from(&st->state, 1);
  st->intros = mem_array(n * points, sizeof *st->intros);
  st->sources = mem_array(n, sizeof *st->sources);
  st->addresses = mem_array(n, sizeof *st->addresses);
  rng_bytes(&st->rng, st->addresses, n * sizeof *st->addresses);
  for (size_t i = 0; i < n * points; i++) {
    uint32_t relay = (uint32_t)rng_below(&st->rng, 8000);

    memcpy(st->intros[i].relay_id, &relay, sizeof relay);
    rng_bytes(&st->rng, st->intros[i].auth_key, sizeof st->intros[i].auth_key);
  }
  for (size_t i = 0; i < n; i++) {
    st->sources[i] = (struct plan_source){st->intros + i * points, points, (unsigned)(1 + i % 7)};
  }
  for (size_t i = 0; i < SLOTS; i++) {
    st->slots[i].fingerprint[0] = (uint8_t)i;
    st->slots[i].fetch = i < 6;
  }
}

static void stage_deinit(struct stage *st)
{
  free(st->intros);
  free(st->sources);
  free(st->addresses);
}

/* Milliseconds of a plan; *s becomes the last one. */
static double measure(struct stage *st, struct spread *s, bool is_first, bool rotate)
{
  double start = seconds();

  for (int i = 0; i < ROUNDS; i++) {
    struct spread_input in = {st->sources, st->addresses, st->n, st->slots, SLOTS, NULL, rotate};
    struct spread next = {.n = 0};

    in.previous = is_first ? NULL : s;
    spread_choose(&in, &st->rng, &next);
    spread_deinit(s);
    *s = next;
  }
  return (seconds() - start) * 1e3 / ROUNDS;
}

static double measure_floor(const struct stage *st)
{
  volatile unsigned sum = 0;
  double start = seconds();

  for (int k = 0; k < ROUNDS; k++) {
    for (size_t i = 0; i < st->n * st->points; i++) {
      sum = sum + st->intros[i].relay_id[0] + st->intros[i].auth_key[0];
    }
  }
  return (seconds() - start) * 1e3 / ROUNDS;
}

int main(int argc, char **argv)
{
  size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 600;
  size_t points = argc > 2 ? strtoul(argv[2], NULL, 10) : 3;
  struct spread s = {.n = 0};
  struct stage st;

  if (n == 0 || points == 0) {
    fprintf(stderr, "usage: bench_plan [instances [points]]\n");
    return 2;
  }
  stage_init(&st, n, points);
  printf("%zu instances with %zu points, %d HSDirs; CPU time of one plan\n", n, points, SLOTS);
  printf("floor, reading every point  %8.3f ms\n", measure_floor(&st));
  printf("first                       %8.3f ms\n", measure(&st, &s, true, false));
  printf("nothing new                 %8.3f ms\n", measure(&st, &s, false, false));
  printf("rotation                    %8.3f ms\n", measure(&st, &s, false, true));
  spread_deinit(&s);
  stage_deinit(&st);
  return 0;
}

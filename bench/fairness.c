/* How fair a plan is: the exact share of each instance, and what clients that
 * fetch, pick and fail as tor's do make of it. doc/distinct.md says how to use it
 * and what came out. */
#include "balance/shares.h"

#include "base/mem.h"
#include "synthetic_net.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* HSDirs that a client asks, of those that hold a descriptor. */
#define ASKED 6
#define SLOTS 8
/* Seconds that a dead introduction costs, and a descriptor that is fetched anew: measured
 * with tor over a private network. */
#define NACK_SECONDS  1.0
#define FETCH_SECONDS 1.0
#define RETRIES_MAX   (ASKED * LIMIT_INTRO_POINTS)

struct options {
  size_t instances, points, kill, clients, relays, rounds;
  const char *weights; /* repeated for all instances: 1:2:4 */
  bool is_distinct;
  uint64_t seed;
};

/* One instance and what became of it. */
struct member {
  unsigned weight;
  double wanted, exact; /* shares */
  uint64_t visits;      /* of clients with all alive */
  bool is_dead;
};

struct world {
  struct options options;
  struct synthetic_rng state;
  struct rng rng;
  struct intro *intros;
  struct plan_source *sources; /* of the members with a weight, which come first */
  struct address *addresses;
  struct member *members;
  size_t n; /* with a weight */
  struct spread spread;
  size_t *owners[SLOTS]; /* of the points of the plans now */
  uint64_t *loads;       /* of each point that an instance has */
};

/* What clients met after some had died. */
struct trouble {
  uint64_t retries[RETRIES_MAX + 1];
  uint64_t fetches, served, lost;
};

static void parse(int argc, char **argv, struct options *o)
{
  static const struct option longs[] = {
      {"instances", required_argument, NULL, 'n'}, {"weights", required_argument, NULL, 'w'},
      {"points", required_argument, NULL, 'p'},    {"mode", required_argument, NULL, 'm'},
      {"kill", required_argument, NULL, 'k'},      {"clients", required_argument, NULL, 'c'},
      {"relays", required_argument, NULL, 'r'},    {"rounds", required_argument, NULL, 't'},
      {"seed", required_argument, NULL, 's'},      {NULL, 0, NULL, 0}};
  struct {
    int name;
    size_t *value;
  } sizes[] = {{'n', &o->instances}, {'p', &o->points}, {'k', &o->kill},
               {'c', &o->clients},   {'r', &o->relays}, {'t', &o->rounds}};
  int c;

  while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
      if (sizes[i].name == c) {
        *sizes[i].value = strtoul(optarg, NULL, 10);
      }
    }
    if (c == '?') {
      exit(2);
    }
    o->seed = c == 's' ? strtoull(optarg, NULL, 10) : o->seed;
    o->weights = c == 'w' ? optarg : o->weights;
    o->is_distinct = c == 'm' ? strcmp(optarg, "single") != 0 : o->is_distinct;
  }
}

/* The weight of an instance: the list again and again. */
static unsigned weight_at(const char *weights, size_t i)
{
  size_t n = 1;

  for (const char *p = weights; *p != '\0'; p++) {
    n += *p == ':';
  }
  for (i %= n; i > 0; i--) {
    weights = strchr(weights, ':') + 1;
  }
  return (unsigned)strtoul(weights, NULL, 10);
}

static void add_instance(struct world *w, size_t at, unsigned weight)
{
  const struct options *o = &w->options;
  struct intro *intros = w->intros + at * o->points;

  w->members[at].weight = weight;
  w->sources[at] = (struct plan_source){intros, o->points, weight};
  rng_bytes(&w->rng, &w->addresses[at], sizeof w->addresses[at]);
  for (size_t k = 0; k < o->points; k++) {
    uint32_t relay = (uint32_t)rng_below(&w->rng, o->relays), name = (uint32_t)(at * o->points + k);

    memcpy(intros[k].relay_id, &relay, sizeof relay);
    memcpy(intros[k].auth_key, &name, sizeof name);
  }
}

static void world_init(struct world *w, const struct options *o)
{
  uint64_t weights = 0;

  *w = (struct world){.options = *o};
  w->rng = synthetic_rng_from(&w->state, o->seed);
  w->intros = mem_array(o->instances * o->points, sizeof *w->intros);
  w->sources = mem_array(o->instances, sizeof *w->sources);
  w->addresses = mem_array(o->instances, sizeof *w->addresses);
  w->members = mem_array(o->instances, sizeof *w->members);
  w->loads = mem_array(o->instances * o->points, sizeof *w->loads);
  for (size_t i = 0; i < o->instances; i++) {
    unsigned weight = weight_at(o->weights, i);

    if (weight > 0) { /* who has none is not planned with */
      add_instance(w, w->n++, weight);
      weights += weight;
    }
  }
  for (size_t s = 0; s < SLOTS; s++) {
    w->owners[s] = mem_array(LIMIT_INTRO_POINTS, sizeof *w->owners[s]);
  }
  for (size_t i = 0; i < w->n; i++) {
    w->members[i].wanted = (double)w->members[i].weight / (double)weights;
  }
}

static void world_deinit(struct world *w)
{
  for (size_t s = 0; s < SLOTS; s++) {
    free(w->owners[s]);
  }
  spread_deinit(&w->spread);
  free(w->intros);
  free(w->sources);
  free(w->addresses);
  free(w->members);
  free(w->loads);
}

/* ---- planning ---- */

static struct spread_slot *make_slots(void)
{
  struct spread_slot *slots = mem_array(SLOTS, sizeof *slots);

  for (size_t s = 0; s < SLOTS; s++) {
    slots[s].fingerprint[0] = (uint8_t)s;
    slots[s].fetch = s < ASKED;
  }
  return slots;
}

static void plan_single(struct world *w, bool rotate)
{
  struct spread next = {
      .plans = mem_array(SLOTS, sizeof *next.plans), .slots = make_slots(), .n = SLOTS};
  struct plan_past past = {w->spread.plans, rotate};

  plan_choose(w->sources, w->n, &past, &w->rng, &next.plans[0]);
  for (size_t s = 1; s < SLOTS; s++) {
    next.plans[s] = next.plans[0];
  }
  spread_deinit(&w->spread);
  w->spread = next;
}

static void plan_distinct(struct world *w, bool rotate)
{
  CLEANUP(mem_free_at) struct spread_slot *slots = make_slots();
  struct spread_input in = {w->sources, w->addresses, w->n, slots, SLOTS, &w->spread, rotate};
  struct spread next = {.n = 0};

  spread_choose(&in, &w->rng, &next);
  spread_deinit(&w->spread);
  w->spread = next;
}

/* Plans, and notes whose the points are and what that makes of their shares. */
static void plan_round(struct world *w, bool rotate)
{
  if (w->options.is_distinct) {
    plan_distinct(w, rotate);
  } else {
    plan_single(w, rotate);
  }
  for (size_t s = 0; s < SLOTS; s++) {
    const struct plan *p = &w->spread.plans[s];

    for (size_t i = 0; i < p->n; i++) {
      uint32_t name;

      memcpy(&name, p->intros[i].auth_key, sizeof name);
      w->owners[s][i] = name;
    }
  }
  for (size_t i = 0; i < w->n; i++) {
    struct shares_part part = shares_measure(&w->spread, &w->sources[i]);

    w->members[i].exact += (double)part.of / (double)part.in / (double)w->options.rounds;
  }
}

/* ---- clients ---- */

/* One client asks: a random HSDir, its points in random order; those that fail are
 * left out until none is left, then another HSDir. Returns the point, or SIZE_MAX
 * if no descriptor helps; says how many were dead and how many descriptors it took. */
static size_t ask(struct world *w, size_t *dead, size_t *fetches)
{
  size_t order[ASKED], names[LIMIT_INTRO_POINTS];

  *dead = *fetches = 0;
  for (size_t s = 0; s < ASKED; s++) {
    order[s] = s;
  }
  for (size_t left = ASKED; left > 0; left--) {
    size_t pick = (size_t)rng_below(&w->rng, left), n = w->spread.plans[order[pick]].n;

    memcpy(names, w->owners[order[pick]], n * sizeof names[0]);
    order[pick] = order[left - 1];
    ++*fetches;
    for (; n > 0; n--) {
      size_t at = (size_t)rng_below(&w->rng, n), name = names[at];

      if (!w->members[name / w->options.points].is_dead) {
        return name;
      }
      names[at] = names[n - 1];
      ++*dead;
    }
  }
  return SIZE_MAX;
}

static void visit_all_alive(struct world *w, size_t clients)
{
  size_t dead, fetches;

  for (size_t i = 0; i < clients; i++) {
    size_t name = ask(w, &dead, &fetches);

    w->members[name / w->options.points].visits++;
    w->loads[name]++;
  }
}

/* Some die, and the descriptors stay as they are. */
static void visit_some_dead(struct world *w, size_t clients, struct trouble *t)
{
  size_t *order = mem_array(w->n, sizeof *order), dead, fetches;

  for (size_t i = 0; i < w->n; i++) {
    order[i] = i;
  }
  rng_shuffle(&w->rng, order, w->n, sizeof *order);
  for (size_t i = 0; i < w->n && i < w->options.kill; i++) {
    w->members[order[i]].is_dead = true;
  }
  for (size_t i = 0; i < clients; i++) {
    bool is_served = ask(w, &dead, &fetches) != SIZE_MAX;

    t->served += is_served;
    t->lost += !is_served;
    t->fetches += fetches - 1;
    t->retries[dead] += is_served;
  }
  for (size_t i = 0; i < w->n; i++) {
    w->members[i].is_dead = false;
  }
  free(order);
}

/* ---- figures ---- */

/* The probability of a chi-square above x with so many degrees of freedom: the
 * upper incomplete gamma function, as a series below its middle, as a continued
 * fraction (Lentz) above. */
static double chi_square_tail(double x, double degrees)
{
  double a = degrees / 2, z = x / 2, front = exp(a * log(z > 0 ? z : 1e-300) - z - lgamma(a));

  if (z < a + 1) {
    double term = 1 / a, sum = term;

    for (double k = a + 1; term > sum * 1e-15; k++) {
      term *= z / k;
      sum += term;
    }
    return 1 - sum * front;
  }
  double b = z + 1 - a, c = 1e300, d = 1 / b, h = d;

  for (int k = 1; k < 10000; k++) {
    double an = -k * (k - a), before = h;

    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= d * c;
    if (fabs(h - before) < 1e-15 * h) {
      break;
    }
  }
  return front * h;
}

static void print_shares(const struct world *w)
{
  uint64_t visits = 0;
  double x = 0, worst = 0;
  size_t cells = 0;

  for (size_t i = 0; i < w->n; i++) {
    visits += w->members[i].visits;
  }
  printf("# instance weight wanted exact simulated\n");
  for (size_t i = 0; i < w->n; i++) {
    const struct member *m = &w->members[i];
    double due = m->exact * (double)visits, off = (double)m->visits - due;

    printf("instance %zu %u %.6f %.6f %.6f\n", i + 1, m->weight, m->wanted, m->exact,
           (double)m->visits / (double)visits);
    worst = fmax(worst, fabs(m->exact - m->wanted));
    cells += due > 0;
    x += due > 0 ? off * off / due : 0;
  }
  printf("most_off %.6f\n", worst);
  if (cells > 1) {
    printf("chi_square %.2f degrees %zu p %.4f\n", x, cells - 1,
           chi_square_tail(x, (double)cells - 1));
  }
}

static void print_loads(const struct world *w)
{
  uint64_t most = 0, sum = 0;
  size_t used = 0;

  for (size_t i = 0; i < w->n * w->options.points; i++) {
    most = w->loads[i] > most ? w->loads[i] : most;
    sum += w->loads[i];
    used += w->loads[i] > 0;
  }
  printf("points %zu used %zu mean %.1f most %llu\n", w->n * w->options.points, used,
         (double)sum / (double)used, (unsigned long long)most);
}

/* The number of dead points that so big a part of the clients meets at most. */
static size_t quantile(const struct trouble *t, double part)
{
  uint64_t sum = 0;

  for (size_t i = 0; i < RETRIES_MAX; i++) {
    sum += t->retries[i];
    if ((double)sum >= part * (double)t->served) {
      return i;
    }
  }
  return RETRIES_MAX;
}

static void print_trouble(const struct world *w, const struct trouble *t)
{
  double retries = 0;

  for (size_t i = 0; i <= RETRIES_MAX; i++) {
    retries += (double)(i * t->retries[i]);
  }
  if (t->served == 0) {
    printf("after_kill %zu served 0 lost %llu\n", w->options.kill, (unsigned long long)t->lost);
    return;
  }
  printf("after_kill %zu served %llu lost %llu retries_mean %.3f median %zu p99 %zu "
         "refetches %.4f seconds_mean %.2f\n",
         w->options.kill, (unsigned long long)t->served, (unsigned long long)t->lost,
         retries / (double)t->served, quantile(t, 0.5), quantile(t, 0.99),
         (double)t->fetches / (double)t->served,
         (retries * NACK_SECONDS + (double)t->fetches * FETCH_SECONDS) / (double)t->served);
}

int main(int argc, char **argv)
{
  struct options o = {.instances = 4,
                      .points = 3,
                      .clients = 1000000,
                      .relays = 8000,
                      .rounds = 1,
                      .weights = "1",
                      .is_distinct = true,
                      .seed = 1};
  struct trouble trouble = {.served = 0};
  struct world w;

  parse(argc, argv, &o);
  if (o.instances == 0 || o.points == 0 || o.points > LIMIT_INTRO_POINTS || o.relays == 0 ||
      o.rounds == 0) {
    fprintf(stderr,
            "fairness: --instances, --relays and --rounds are at least 1, --points 1 to %d\n",
            LIMIT_INTRO_POINTS);
    return 2;
  }
  world_init(&w, &o);
  if (w.n == 0) {
    fprintf(stderr, "fairness: no instance has a weight\n");
    world_deinit(&w);
    return 2;
  }
  for (size_t i = 0; i < o.rounds; i++) {
    plan_round(&w, i > 0);
    visit_all_alive(&w, o.clients / o.rounds);
    if (o.kill > 0) {
      visit_some_dead(&w, o.clients / o.rounds, &trouble);
    }
  }
  printf("mode %s instances %zu points %zu relays %zu rounds %zu clients %zu descriptor %zu\n",
         o.is_distinct ? "distinct" : "single", w.n, o.points, o.relays, o.rounds, o.clients,
         w.spread.plans[0].n);
  print_shares(&w);
  print_loads(&w);
  if (o.kill > 0) {
    print_trouble(&w, &trouble);
  }
  world_deinit(&w);
  return 0;
}

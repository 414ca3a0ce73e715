#include "cycle_input.h"

#include "base/mem.h"
#include "crypto/blind.h"
#include "hs/desc_build.h"
#include "synthetic_net.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW          1795360000 /* 2026-11-22, some minutes after a full hour */
#define INTERVAL     3600
#define POINTS       3
#define STRIDE       32768 /* of one descriptor in the file, its length in front */
#define HSDIR_OF_100 100

static void must(bool ok, const char *what)
{
  if (!ok) {
    fprintf(stderr, "bench_cycle: %s\n", what);
    exit(1);
  }
}

void cycle_input_secret(bool is_instance, size_t i, uint8_t expanded[ED25519_EXPANDED_SIZE])
{
  uint8_t seed[ED25519_SEED_SIZE] = {is_instance ? 2 : 1};

  memcpy(seed + 1, &i, sizeof i);
  ed25519_expand(seed, expanded);
}

struct address cycle_input_address(bool is_instance, size_t i)
{
  uint8_t expanded[ED25519_EXPANDED_SIZE];
  struct address a;

  cycle_input_secret(is_instance, i, expanded);
  must(ed25519_public_of(expanded, a.public_key) == 0, "a key");
  return a;
}

/* A point with keys of its own on a relay of its own. */
static void make_intro(struct intro *out, const struct rng *rng)
{
  uint8_t seed[32], secret[64];

  *out = (struct intro){.linkspecs_size = 1 + 8 + 22 + 34};
  out->linkspecs[0] = 3;
  out->linkspecs[1] = LINKSPEC_IPV4;
  out->linkspecs[2] = 6;
  rng_bytes(rng, out->linkspecs + 3, 6);
  out->linkspecs[9] = LINKSPEC_LEGACY_ID;
  out->linkspecs[10] = 20;
  rng_bytes(rng, out->linkspecs + 11, 20);
  memcpy(out->relay_id, out->linkspecs + 11, 20);
  out->linkspecs[31] = LINKSPEC_ED25519_ID;
  out->linkspecs[32] = 32;
  rng_bytes(rng, out->linkspecs + 33, 32);
  rng_bytes(rng, out->onion_key, sizeof out->onion_key);
  rng_bytes(rng, seed, sizeof seed);
  ed25519_expand(seed, secret);
  must(ed25519_public_of(secret, out->auth_key) == 0, "a key");
  rng_bytes(rng, seed, sizeof seed);
  ed25519_expand(seed, secret);
  must(ed25519_public_of(secret, out->enc_key_certified) == 0 &&
           ed25519_to_x25519(out->enc_key_certified, out->enc_key) == 0,
       "a key");
}

static void certify(struct desc_frame *f, const uint8_t blinded[64], struct wall now)
{
  struct cert_request request = {.type = CERT_DESC_SIGNING,
                                 .expiration_hours = cert_desc_expiration(now)};

  memcpy(request.key, f->signing_key, 32);
  memcpy(request.signer, f->blinded_key, 32);
  must(cert_build(&request, blinded, f->cert) == 0, "a certificate");
}

/* What all descriptors are made with. */
struct maker {
  struct suite *suite;
  const struct rng *rng;
  struct period period;
  struct wall now;
};

/* The descriptor that an instance would publish. */
static void make_descriptor(const struct maker *m, size_t i, struct buf *out)
{
  CLEANUP(buf_deinit) struct buf inner = {0};
  struct desc_frame f;
  struct intro intros[POINTS];
  struct desc_content content = {.intros = intros, .n_intros = POINTS, .flow_control = "1-2 31"};
  struct desc_payload payload = {.revision = 1000};
  struct address a = cycle_input_address(true, i);
  uint8_t factor[32], expanded[64], blinded[64];

  desc_frame_init(&f, m->rng);
  cycle_input_secret(true, i, expanded);
  blind_factor(m->suite, a.public_key, m->period.number, m->period.minutes, factor);
  ed25519_blind_secret(expanded, factor, blinded);
  must(ed25519_public_of(blinded, f.blinded_key) == 0, "a key");
  subcredential_of(m->suite, &a, f.blinded_key, f.subcredential);
  certify(&f, blinded, m->now);
  for (size_t k = 0; k < POINTS; k++) {
    make_intro(&intros[k], m->rng);
  }
  must(desc_inner_build(&f, &content, m->now, &inner) == 0, "an inner layer");
  payload.inner = buf_slice(&inner);
  must(desc_encode(m->suite, &f, &payload, m->rng, out) == 0, "a descriptor");
  desc_frame_deinit(&f);
}

static void write_all(int fd, const void *p, size_t n)
{
  const uint8_t *at = p;

  while (n > 0) {
    ssize_t written = write(fd, at, n);

    must(written > 0, "cannot write");
    at += written;
    n -= (size_t)written;
  }
}

/* The child's work: header, network, descriptors. */
static void make_file(const struct cycle_input *in, int fd)
{
  struct suite *s = suite_new();
  struct synthetic_rng state;
  struct rng rng = synthetic_rng_from(&state, 7);
  struct synthetic_options options = {.n_relays = in->size.n_relays,
                                      .hsdir_percent = HSDIR_OF_100,
                                      .valid_after = {NOW / INTERVAL * INTERVAL},
                                      .interval = INTERVAL};
  struct synthetic_net net = {0};
  struct consensus c;
  struct schedule schedule;
  struct maker maker = {.suite = s, .rng = &rng, .now = in->now};
  size_t sizes[2];

  synthetic_net_init(&net, s, &rng, &options);
  sizes[0] = net.consensus.n;
  sizes[1] = net.microdescs.n;
  write_all(fd, sizes, sizeof sizes);
  write_all(fd, net.consensus.p, net.consensus.n);
  write_all(fd, net.microdescs.p, net.microdescs.n);
  must(consensus_parse(buf_slice(&net.consensus), &c) == 0, "a consensus");
  must(schedule_init(&schedule, &c, false) == 0, "a schedule");
  maker.period = schedule_period_at(&schedule, c.valid_after);
  for (size_t i = 0; i < in->size.n_services * in->size.n_instances; i++) {
    CLEANUP(buf_deinit) struct buf text = {0};
    size_t n;

    make_descriptor(&maker, i, &text);
    n = text.n;
    must(n <= STRIDE - sizeof n, "a descriptor is too long");
    buf_add_fill(&text, 0, STRIDE - sizeof n - n);
    write_all(fd, &n, sizeof n);
    write_all(fd, text.p, text.n);
  }
}

void cycle_input_init(struct cycle_input *in, const struct cycle_size *size)
{
  size_t sizes[2];
  int status = 0;
  pid_t pid;

  *in = (struct cycle_input){.size = *size, .now = {NOW}, .file = tmpfile()};
  must(in->file != NULL, "no temporary file");
  pid = fork();
  must(pid >= 0, "cannot fork");
  if (pid == 0) {
    make_file(in, fileno(in->file));
    _exit(0);
  }
  must(waitpid(pid, &status, 0) == pid && status == 0, "the input could not be made");
  rewind(in->file);
  must(fread(sizes, sizeof sizes, 1, in->file) == 1, "cannot read");
  in->consensus_size = sizes[0];
  in->microdescs_size = sizes[1];
}

void cycle_input_deinit(struct cycle_input *in)
{
  fclose(in->file);
}

static void read_at(struct cycle_input *in, size_t offset, size_t n, struct buf *out)
{
  must(pread(fileno(in->file), buf_reserve(out, n), n, (off_t)offset) == (ssize_t)n, "cannot read");
  buf_used(out, n);
}

void cycle_input_network(struct cycle_input *in, struct buf *consensus, struct buf *microdescs)
{
  size_t header = 2 * sizeof(size_t);

  read_at(in, header, in->consensus_size, consensus);
  read_at(in, header + in->consensus_size, in->microdescs_size, microdescs);
}

void cycle_input_descriptor(struct cycle_input *in, size_t i, struct buf *out)
{
  size_t offset = 2 * sizeof(size_t) + in->consensus_size + in->microdescs_size + i * STRIDE;
  size_t n = 0;

  must(pread(fileno(in->file), &n, sizeof n, (off_t)offset) == sizeof n, "cannot read");
  read_at(in, offset + sizeof n, n, out);
}

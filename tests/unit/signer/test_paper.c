#include "signer/paper.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "fixture.h"

/* The key of the seed 00 01 ... 1f. The words were computed by the few lines of
 * Python that doc/keys.md has. */
static const char seed_paper[] =
    "onionbalance-key 1 seed\n"
    "address aoqqpp7tzyil4hlq3umoos6atft6jvrqtosq2xy53sdgiesvgg4bqead.onion\n"
    "1 babad bamag bibaj bimal nimot\n"
    "2 boban bomar bubat bumaz figiz\n"
    "3 dabid damig dibij dimil fohup\n"
    "4 dobin domir dubit dumiz bivuh\n";

struct scene {
  struct suite *suite;
  struct secret *out;
  struct keyfile_key key;
  struct buf why;
};

static int setup(void **state)
{
  struct scene *s = calloc(1, sizeof *s);

  s->suite = suite_new();
  s->out = secret_new(PAPER_TEXT_SIZE);
  *state = s;
  return 0;
}

static int teardown(void **state)
{
  struct scene *s = *state;

  suite_free(s->suite);
  secret_free(s->out);
  buf_deinit(&s->why);
  free(s);
  return 0;
}

static void make_seed_key(struct keyfile_key *key)
{
  *key = (struct keyfile_key){.has_seed = true};
  for (uint8_t i = 0; i < ED25519_SEED_SIZE; i++) {
    key->seed[i] = i;
  }
  ed25519_expand(key->seed, key->expanded);
  assert_int_equal(ed25519_public_of(key->expanded, key->public_key), 0);
}

/* The key that tor made. */
static void load_tor_key(struct keyfile_key *key)
{
  struct buf content CLEANUP(buf_deinit) = {0};
  struct buf why CLEANUP(buf_deinit) = {0};

  fixture_load("hs_ed25519_secret_key", &content);
  assert_int_equal(keyfile_parse(buf_slice(&content), NULL, key, &why), WIRE_STATUS_GOOD);
}

static int parse(struct scene *s, struct slice text)
{
  int err;

  buf_clear(&s->why);
  memset(&s->key, 0xee, sizeof s->key);
  err = paper_parse(s->suite, text, &s->key, &s->why);
  assert_int_equal(err<0, s->why.n> 0);
  if (err < 0) {
    assert_true(sodium_is_zero((const uint8_t *)&s->key, sizeof s->key));
  }
  return err;
}

static void a_seed_becomes_four_rows(void **state)
{
  struct scene *s = *state;
  struct keyfile_key key;
  size_t n;

  make_seed_key(&key);
  n = paper_build(s->suite, &key, s->out);
  assert_true(slice_is(slice_of(secret_peek(s->out), n), seed_paper));
  assert_int_equal(parse(s, slice_str(seed_paper)), 0);
  assert_memory_equal(&s->key, &key, sizeof key);
}

static void an_expanded_key_becomes_eight_rows(void **state)
{
  struct scene *s = *state;
  struct keyfile_key key;
  size_t n;

  load_tor_key(&key);
  n = paper_build(s->suite, &key, s->out);
  assert_true(n <= PAPER_TEXT_SIZE);
  assert_int_equal(parse(s, slice_of(secret_peek(s->out), n)), 0);
  assert_memory_equal(&s->key, &key, sizeof key);
  assert_false(s->key.has_seed);
}

/* What a person or a scanner makes of it. */
static void other_spellings_are_read(void **state)
{
  struct scene *s = *state;
  struct buf text CLEANUP(buf_deinit) = {0};

  buf_add_str(&text, "# from the safe\r\n\n");
  for (const char *c = seed_paper; *c != '\0'; c++) {
    buf_add_u8(&text, (uint8_t)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c));
    if (*c == '\n' || *c == ' ') {
      buf_add_str(&text, " \t- # a note\r\n");
    }
  }
  assert_int_equal(parse(s, buf_slice(&text)), 0);
}

static void every_truncation_is_noticed(void **state)
{
  struct scene *s = *state;

  for (size_t n = 0; n < strlen(seed_paper) - 1; n++) {
    assert_true(parse(s, slice_of(seed_paper, n)) < 0);
  }
}

/* Any letter of a row exchanged for another one. */
static void every_mistype_is_noticed(void **state)
{
  struct scene *s = *state;
  char text[sizeof seed_paper];
  size_t rows = (size_t)(strstr(seed_paper, "\n1 ") - seed_paper) + 1;

  for (size_t at = rows; at < strlen(seed_paper); at++) {
    for (char c = 'a'; c <= 'z'; c++) {
      memcpy(text, seed_paper, sizeof text);
      if (text[at] != c && text[at] != '\n' && text[at] != ' ') {
        text[at] = c;
        assert_true(parse(s, slice_str(text)) < 0);
        assert_non_null(strstr(buf_str(&s->why), "row"));
      }
    }
  }
}

/* Replaces the first from in the backup. */
static int parse_with(struct scene *s, const char *from, const char *to)
{
  struct buf text CLEANUP(buf_deinit) = {0};
  const char *at = strstr(seed_paper, from);

  assert_non_null(at);
  buf_add(&text, seed_paper, (size_t)(at - seed_paper));
  buf_add_str(&text, to);
  buf_add_str(&text, at + strlen(from));
  return parse(s, buf_slice(&text));
}

static void mistakes_are_named(void **state)
{
  static const struct {
    const char *from, *to;
    int err;
    const char *why;
  } cases[] = {
      {"onionbalance", "balance", ERR_SYNTAX, "does not begin with 'onionbalance-key'"},
      {"-key", "-lock", ERR_SYNTAX, "does not begin with 'onionbalance-key'"},
      {" 1 seed", " 2 seed", ERR_SYNTAX, "is of a version"},
      {" seed", " seat", ERR_SYNTAX, "says neither"},
      {"address", "of", ERR_SYNTAX, "does not say 'address'"},
      {"\n2 ", "\n3 ", ERR_SYNTAX, "where row 2 should begin"},
      {"\n2 ", "\n22 ", ERR_SYNTAX, "where row 2 should begin"},
      {" bamag", " bemag", ERR_SYNTAX, "a mistyped word: row 1, word 2"},
      {" bamag", " bamage", ERR_SYNTAX, "a mistyped word: row 1, word 2"},
      {" bamag", " bamah", ERR_MISMATCH, "a wrong word in row 1"},
      {" bamag bibaj", " bibaj bamag", ERR_MISMATCH, "a wrong word in row 1"},
      {" bivuh", "", ERR_MISSING, "ends in row 4 before word 5"},
      {"\n4 dobin domir dubit dumiz bivuh", "", ERR_MISSING, "ends before row 4"},
      {" bivuh", " bivuh babad", ERR_SYNTAX, "goes on after its last row"},
      {"aoqqpp7t", "boqqpp7t", ERR_MISMATCH, "of another address"},
      {".onion", "", 0, ""},
  };
  struct scene *s = *state;

  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(parse_with(s, cases[i].from, cases[i].to), cases[i].err);
    assert_non_null(strstr(buf_str(&s->why), cases[i].why));
  }
}

static void too_much_is_not_read(void **state)
{
  struct scene *s = *state;
  struct buf text CLEANUP(buf_deinit) = {0};

  buf_add_str(&text, seed_paper);
  while (text.n < LIMIT_PAPER_BYTES) {
    buf_add_u8(&text, '\n');
  }
  assert_int_equal(parse(s, buf_slice(&text)), 0);
  buf_add_u8(&text, '\n');
  assert_int_equal(parse(s, buf_slice(&text)), ERR_TOO_LONG);
}

/* A seed and its public key, which Go and libsodium call a secret key. */
static void a_pair_is_no_expanded_key(void **state)
{
  struct scene *s = *state;
  struct keyfile_key key;
  size_t n;

  make_seed_key(&key);
  memcpy(key.expanded, key.seed, 32);
  memcpy(key.expanded + 32, key.public_key, 32);
  key.has_seed = false;
  n = paper_build(s->suite, &key, s->out);
  assert_int_equal(parse(s, slice_of(secret_peek(s->out), n)), ERR_KEY);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_seed_becomes_four_rows, setup, teardown),
      cmocka_unit_test_setup_teardown(an_expanded_key_becomes_eight_rows, setup, teardown),
      cmocka_unit_test_setup_teardown(other_spellings_are_read, setup, teardown),
      cmocka_unit_test_setup_teardown(every_truncation_is_noticed, setup, teardown),
      cmocka_unit_test_setup_teardown(every_mistype_is_noticed, setup, teardown),
      cmocka_unit_test_setup_teardown(mistakes_are_named, setup, teardown),
      cmocka_unit_test_setup_teardown(too_much_is_not_read, setup, teardown),
      cmocka_unit_test_setup_teardown(a_pair_is_no_expanded_key, setup, teardown),
  };

  return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

#include "signer/verb.h"

#include "signer/allowverb.h"
#include "signer/bundleverb.h"
#include "signer/keyverb.h"
#include "signer/makeverb.h"
#include "signer/refusal.h"

#include <string.h>

static const struct {
  const char *name;
  int (*run)(const struct arguments *a, struct suite *suite);
} verbs[] = {
    {"allow", allowverb_allow},      {"backup", makeverb_backup},
    {"bundle", bundleverb_bundle},   {"generate", makeverb_generate},
    {"import", makeverb_import},     {"inspect", keyverb_inspect},
    {"install", bundleverb_install}, {"recipient", bundleverb_recipient},
    {"restore", makeverb_restore},   {"verify", keyverb_verify},
};

bool verb_is(const char *word)
{
  for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
    if (strcmp(verbs[i].name, word) == 0) {
      return true;
    }
  }
  return false;
}

static void free_suite(struct suite **s)
{
  suite_free(*s);
}

int verb_run(const struct arguments *a)
{
  struct suite *suite CLEANUP(free_suite) = suite_new();

  if (suite == NULL) {
    return refusal_say(REFUSAL_FAILED, "this OpenSSL lacks SHA3-256 or another algorithm");
  }
  for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
    if (strcmp(verbs[i].name, a->verb) == 0) {
      return verbs[i].run(a, suite);
    }
  }
  return REFUSAL_USAGE; /* arguments_parse has seen to it */
}

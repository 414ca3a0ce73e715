#include "report/verb.h"

#include <string.h>

/* The seconds, which onionbalancectl puts first, and "instance NAME STATE". */
#define WAIT_WORDS 4

/* Behind a change may stand "unkept", which is what onionbalancectl makes of --keep. */
const struct verb verb_table[VERBS] = {
    [VERB_STATUS] = {"status", NULL, "", 0, 0, false, false, "everything in one look"},
    [VERB_SHOW_SERVICE] = {"show", "service", "[NAME]", 0, 1, false, false,
                           "a frontend with its instances, or all"},
    [VERB_SHOW_INSTANCE] = {"show", "instance", "[NAME]", 0, 1, false, false,
                            "all about an instance, or a table of all"},
    [VERB_SHOW_UPLOAD] = {"show", "upload", "[SERVICE]", 0, 1, false, false,
                          "both descriptors: when, why, what is next"},
    [VERB_SHOW_HSDIR] = {"show", "hsdir", "[SERVICE]", 0, 1, false, false,
                         "every HSDir and what it has"},
    [VERB_SHOW_TOR] = {"show", "tor", "", 0, 0, false, false, "tor, its consensus, the signer"},
    [VERB_METRICS] = {"metrics", NULL, "", 0, 0, false, false,
                      "numbers for a monitoring system, in the format of Prometheus"},
    [VERB_EXPLAIN] = {"explain", NULL, "[NAME]", 0, 1, false, false,
                      "why a service or an instance is as it is, and what happens next"},
    [VERB_WATCH] = {"watch", NULL, "", 0, 0, false, false, "events as they happen, one a line"},
    [VERB_WAIT] = {"wait", NULL, "CONDITION", 1, WAIT_WORDS, false, false,
                   "until a condition holds"},
    [VERB_VERSION] = {"version", NULL, "", 0, 0, false, false, "of both programs"},
    [VERB_WHERE] = {"where", NULL, "INSTANCE | SERVICE ADDRESS", 1, 2, false, true,
                    "in which file it stands"},
    [VERB_PUBLISH_NOW] = {"publish", "now", "[SERVICE]", 0, 1, true, false,
                          "upload the descriptors again, changed or not"},
    [VERB_RELOAD] = {"reload", NULL, "", 0, 0, true, false,
                     "read the configuration again, and say what came of it"},
    [VERB_INSTANCE_ADD] = {"instance", "add", "SERVICE ADDRESS [NAME]", 2, 3, true, false,
                           "a new one, in a file of instances.d"},
    [VERB_INSTANCE_REMOVE] = {"instance", "remove", "NAME", 1, 1, true, false,
                              "one that was added so"},
    [VERB_INSTANCE_ENABLE] = {"instance", "enable", "NAME", 1, 2, true, false,
                              "in the descriptors again, if it is well"},
    [VERB_INSTANCE_DRAIN] = {"instance", "drain", "NAME", 1, 2, true, false,
                             "out of new descriptors, and still checked"},
    [VERB_INSTANCE_MAINTENANCE] = {"instance", "maintenance", "NAME", 1, 2, true, false,
                                   "out of new descriptors, and not checked"},
    [VERB_INSTANCE_DISABLE] = {"instance", "disable", "NAME", 1, 2, true, false,
                               "out of every descriptor now, never back by itself"},
    [VERB_INSTANCE_WEIGHT] = {"instance", "weight", "NAME WEIGHT", 2, 3, true, false,
                              "its share: 0 to 256, or \"default\""},
    [VERB_INSTANCE_CHECK] = {"instance", "check", "NAME", 1, 1, true, false,
                             "fetch its descriptor and probe it now"},
};

static bool is_first(const struct verb *v, const char *word)
{
  return strcmp(v->first, word) == 0;
}

static bool is_second(const struct verb *v, const char *const *words, size_t n)
{
  return v->second == NULL || (n > 1 && strcmp(v->second, words[1]) == 0);
}

enum verb_outcome verb_find(const char *const *words, size_t n, enum verb_id *out, size_t *used_out)
{
  enum verb_outcome outcome = VERB_UNKNOWN_FIRST;

  for (size_t i = 0; i < VERBS; i++) {
    const struct verb *v = &verb_table[i];
    size_t used = v->second == NULL ? 1 : 2;

    if (!is_first(v, words[0])) {
      continue;
    }
    outcome = VERB_UNKNOWN_SECOND;
    if (is_second(v, words, n)) {
      *out = (enum verb_id)i;
      *used_out = used;
      return n - used < v->min || n - used > v->max ? VERB_COUNT : VERB_FOUND;
    }
  }
  return outcome;
}

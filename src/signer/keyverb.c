#include "signer/keyverb.h"

#include "base/limits.h"
#include "signer/calendar.h"
#include "signer/keyload.h"
#include "signer/onion.h"
#include "signer/proof.h"
#include "signer/refusal.h"

#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static struct wall now(void)
{
  return (struct wall){time(NULL)};
}

static void free_keys(struct keyring **k)
{
  keyring_free(*k);
}

/* ---- verify ---- */

static int verify(const struct arguments *a, struct suite *suite, const struct keyring *keys,
                  size_t i)
{
  const struct keyring_key *key = keyring_get(keys, i);
  uint64_t minutes = a->period_minutes == 0 ? CALENDAR_PERIOD_MINUTES : a->period_minutes;
  struct wire_period period = {calendar_cover(now(), wall_plus(now(), 1), minutes).first, minutes};
  char onion[ONION_TEXT_SIZE];
  int err = proof_check(suite, keyring_expanded(keys, i), key->public_key, &period);

  if (err < 0) {
    return refusal_say(REFUSAL_FAILED, "the key %s does not work: %s", key->name, err_text(err));
  }
  onion_format(suite, key->public_key, onion);
  if (a->address != NULL && !proof_is_address(suite, key->public_key, slice_str(a->address))) {
    return refusal_say(REFUSAL_FAILED, "the key %s is that of %s, and not of '%.80s'", key->name,
                       onion, a->address);
  }
  printf("%s: the key of %s; it works\n", key->name, onion);
  return 0;
}

int keyverb_verify(const struct arguments *a, struct suite *suite)
{
  struct keyring *keys CLEANUP(free_keys) = NULL;
  int status = 0;

  if (a->n_keys == 0 || a->n_operands > 0) {
    return refusal_say(REFUSAL_USAGE, a->n_keys == 0 ? "verify: no keys; --key FILE"
                                                     : "verify: keys are given with --key");
  }
  if (a->address != NULL && a->n_keys > 1) {
    return refusal_say(REFUSAL_USAGE, "verify: --address is for one key");
  }
  keys = keyload_all(a, false);
  if (!keyload_is_good(keys)) {
    return REFUSAL_FAILED;
  }
  for (size_t i = 0; i < keyring_count(keys); i++) {
    status = verify(a, suite, keys, i) == 0 ? status : REFUSAL_FAILED;
  }
  return status == 0 && fflush(stdout) != 0 ? REFUSAL_FAILED : status;
}

/* ---- inspect ---- */

/* What a file is, without a passphrase; its text is good or encrypted. */
static const char *format_of(struct slice content, enum wire_status status)
{
  if (status == WIRE_STATUS_ENCRYPTED) {
    return "PEM (PKCS#8), encrypted";
  }
  return slice_has_prefix(content, "== ed25519v1-") ? "Tor's hs_ed25519_secret_key, not encrypted"
                                                    : "PEM (PKCS#8), not encrypted";
}

/* "onionbalance:onionbalance"; numbers where there are no names. */
static void add_owner(const struct secretfile *file, struct buf *out)
{
  const struct passwd *user = getpwuid(file->owner);
  const struct group *group = getgrgid(file->group);

  if (user == NULL) {
    buf_addf(out, "%ju:", (uintmax_t)file->owner);
  } else {
    buf_addf(out, "%s:", user->pw_name);
  }
  if (group == NULL) {
    buf_addf(out, "%ju", (uintmax_t)file->group);
  } else {
    buf_add_str(out, group->gr_name);
  }
}

static int inspect(struct suite *suite, const char *path)
{
  static const struct secretfile_kind kind = {"key", LIMIT_KEY_FILE_BYTES};
  struct secretfile file CLEANUP(secretfile_deinit) = {0};
  struct secret *memory CLEANUP(secret_free_at) = secret_new(sizeof(struct keyfile_key));
  struct keyfile_key *key = keyfile_key_in(memory);
  CLEANUP(buf_deinit) struct buf text = {0};
  CLEANUP(buf_deinit) struct buf why = {0};
  char onion[ONION_TEXT_SIZE] = "not to be known without the passphrase";
  struct slice content;
  enum wire_status status;

  if (secretfile_load(path, &kind, &file, &text) != WIRE_STATUS_GOOD) {
    return refusal_say(REFUSAL_FAILED, "%s", buf_str(&text));
  }
  content = slice_of(secret_peek(file.content), file.n);
  status = keyfile_parse(content, NULL, key, &why);
  if (status != WIRE_STATUS_GOOD && status != WIRE_STATUS_ENCRYPTED) {
    return refusal_say(REFUSAL_FAILED, "%s %s", path, buf_str(&why));
  }
  secretfile_warn(&file, path, &text);
  if (text.n > 0) {
    refusal_say(0, "%s", buf_str(&text));
  }
  if (status == WIRE_STATUS_GOOD) {
    onion_format(suite, key->public_key, onion);
  }
  buf_clear(&text);
  add_owner(&file, &text);
  printf("%s\n  format:  %s\n  owner:   %s\n  mode:    %04o\n  address: %s\n", path,
         format_of(content, status), buf_str(&text), file.mode, onion);
  return 0;
}

int keyverb_inspect(const struct arguments *a, struct suite *suite)
{
  int status = 0;

  if (a->n_operands == 0 || a->n_keys > 0) {
    return refusal_say(REFUSAL_USAGE, "inspect: needs the key files, and no options");
  }
  for (size_t i = 0; i < a->n_operands; i++) {
    status = inspect(suite, a->operands[i]) == 0 ? status : REFUSAL_FAILED;
  }
  return status == 0 && fflush(stdout) != 0 ? REFUSAL_FAILED : status;
}

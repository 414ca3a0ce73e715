#include "signer/bundlefile.h"

#include "base/limits.h"
#include "signer/envelope.h"
#include "signer/opener.h"
#include "signer/secretfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Magic, version, recipient and what sealing adds. */
#define OVERHEAD 256

static const struct secretfile_kind key_kind = {"recipient", LIMIT_RECIPIENT_BYTES};

void bundlefile_folder(const char *path, struct buf *out)
{
  const char *slash = strrchr(path, '/');
  struct stat st;

  if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
    buf_add_str(out, path);
  } else if (slash == NULL) {
    buf_add_u8(out, '.');
  } else {
    buf_add(out, path, slash == path ? 1 : (size_t)(slash - path));
  }
}

static int bad_key(const char *path, int err, struct buf *why)
{
  buf_addf(why,
           "%s is no recipient key (%s); bring back the file that 'onionbalance-signer "
           "recipient' made, or make another one and new bundles for it",
           path, err_text(err));
  return err;
}

int bundlefile_key(struct suite *s, const char *folder, struct secret **out, struct buf *why)
{
  CLEANUP(buf_deinit) struct buf path = {0};
  struct secretfile file CLEANUP(secretfile_deinit) = {0};
  int err;

  *out = NULL;
  buf_addf(&path, "%s/" RECIPIENT_FILE, folder);
  if (access(buf_str(&path), F_OK) < 0 && errno == ENOENT) {
    buf_addf(why,
             "there is no %s, which opens bundles: 'onionbalance-signer recipient %s' makes it",
             buf_str(&path), folder);
    return ERR_MISSING;
  }
  if (secretfile_load(buf_str(&path), &key_kind, &file, why) != WIRE_STATUS_GOOD) {
    return ERR_IO;
  }
  *out = secret_new(RECIPIENT_SIZE);
  err = recipient_secret_parse(s, slice_of(secret_peek(file.content), file.n), secret_bytes(*out));
  if (err < 0) {
    secret_free(*out);
    *out = NULL;
    return bad_key(buf_str(&path), err, why);
  }
  secretfile_warn(&file, buf_str(&path), why);
  return 0;
}

static void close_at(int *fd)
{
  if (*fd >= 0) {
    close(*fd);
  }
}

static int read_all(int fd, size_t max, struct buf *out)
{
  ssize_t n = 1;

  while (n != 0 && out->n <= max) {
    n = read(fd, buf_reserve(out, 65536), 65536);
    if (n < 0 && errno != EINTR) {
      return ERR_IO;
    }
    buf_used(out, n > 0 ? (size_t)n : 0);
  }
  return out->n > max ? ERR_TOO_LONG : 0;
}

int bundlefile_read(const char *path, struct buf *out)
{
  int fd CLEANUP(close_at) = opener_open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat st;

  if (fd < 0 || fstat(fd, &st) < 0) {
    return ERR_IO;
  }
  if (!S_ISREG(st.st_mode)) {
    errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    return ERR_IO;
  }
  return read_all(fd, LIMIT_BUNDLE_BYTES + OVERHEAD, out);
}

static int unusable(const char *path, int err, struct buf *why)
{
  static const char cure[] = "; copy it again from where it was made, or make it anew";

  if (err == ERR_IO) {
    buf_addf(why, "cannot read the bundle %s: %s", path, strerror(errno));
  } else if (err == ERR_SYNTAX) {
    buf_addf(why, "%s is not a bundle of onionbalance-signer%s", path, cure);
  } else if (err == ERR_UNSUPPORTED) {
    buf_addf(why, "the bundle %s was made by a newer onionbalance-signer; upgrade this one", path);
  } else {
    buf_addf(why, "the bundle %s is damaged (%s)%s", path, err_text(err), cure);
  }
  return err;
}

static int not_for_us(struct suite *s, const char *path, const uint8_t *theirs,
                      const struct secret *key, struct buf *why)
{
  uint8_t own[RECIPIENT_SIZE];

  recipient_public_of(secret_peek(key), own);
  buf_addf(why, "the bundle %s is sealed to another recipient, ", path);
  recipient_build(s, theirs, why);
  buf_add_str(why, "; make it with --to ");
  recipient_build(s, own, why);
  return ERR_MISMATCH;
}

int bundlefile_load(struct suite *s, const char *path, const struct secret *key,
                    struct bundlefile *out, struct buf *why)
{
  CLEANUP(buf_deinit) struct buf text = {0};
  struct envelope e;
  int err;

  *out = (struct bundlefile){0};
  err = bundlefile_read(path, &text);
  if (err == 0) {
    err = envelope_parse(buf_slice(&text), &e);
  }
  if (err == 0) {
    err = envelope_open(&e, secret_peek(key), &out->plain);
    if (err == ERR_MISMATCH) {
      return not_for_us(s, path, e.recipient, key, why);
    }
  }
  if (err == 0) {
    err = bundle_parse(slice_of(secret_peek(out->plain), secret_size(out->plain)), &out->bundle);
  }
  return err == 0 ? 0 : unusable(path, err, why);
}

int bundlefile_check(struct suite *s, const char *path, const struct bundlefile *f, struct wall now,
                     struct buf *why)
{
  const struct bundle_facts *facts = &f->bundle.facts;

  for (uint64_t n = facts->first; n <= facts->last; n++) {
    struct bundle_item item CLEANUP(bundle_item_deinit) = {0};
    uint8_t blinded[32];
    int err = bundle_find(&f->bundle, n, NULL, &item) ? bundle_check(s, facts, &item, now, blinded)
                                                      : ERR_MISSING;

    if (err < 0 && err != ERR_EXPIRED) {
      buf_addf(why, "the bundle %s is wrong in time period %" PRIu64 " (%s); make it anew", path, n,
               err_text(err));
      return err;
    }
  }
  return 0;
}

void bundlefile_deinit(struct bundlefile *f)
{
  secret_free(f->plain);
  *f = (struct bundlefile){0};
}

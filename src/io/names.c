#include "io/names.h"

#include "io/hatch.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>

void names_find(bool is_group, uint32_t id, char out[NAMES_SIZE])
{
  const struct group *gr = is_group ? getgrgid(id) : NULL;
  const struct passwd *pw = is_group ? NULL : getpwuid(id);

  snprintf(out, NAMES_SIZE, "%s", gr != NULL ? gr->gr_name : pw != NULL ? pw->pw_name : "");
}

static void add(bool is_group, uint32_t id, struct buf *out)
{
  char name[NAMES_SIZE] = "";

  if (hatch_is_open()) {
    hatch_name(is_group, id, name);
  } else {
    names_find(is_group, id, name);
  }
  if (name[0] != '\0') {
    buf_add_str(out, name);
  } else {
    buf_addf(out, "%u", (unsigned)id);
  }
}

void names_user(uint32_t id, struct buf *out)
{
  add(false, id, out);
}

void names_group(uint32_t id, struct buf *out)
{
  add(true, id, out);
}

#include "io/argparse.h"

#include <stdbool.h>
#include <string.h>

static size_t count_of(const struct argparse *p)
{
  return strlen(p->letters);
}

static bool takes_value(const struct argparse *p, int number)
{
  const struct option *o = p->options;

  while (o->name != NULL && o->val != number) {
    o++;
  }
  return o->name == NULL || o->has_arg == required_argument;
}

void argparse_begin(struct argparse *p)
{
  char *at = p->shorts;

  *at++ = ':'; /* a value that is missing is told apart */
  for (size_t i = 0; p->letters[i] != '\0' && at + 3 < p->shorts + sizeof p->shorts; i++) {
    if (p->letters[i] != '-') {
      *at++ = p->letters[i];
      if (takes_value(p, (int)i)) {
        *at++ = ':';
      }
    }
  }
  *at = '\0';
  optind = 0; /* start afresh: glibc */
  opterr = 0;
}

/* How many long options begin with the text between "--" and "=". */
static size_t count_matches(const struct argparse *p, const char *argument)
{
  size_t n = strcspn(argument, "=");
  size_t found = 0;

  for (const struct option *o = p->options; o->name != NULL; o++) {
    found += strncmp(o->name, argument, n) == 0 ? 1 : 0;
  }
  return found;
}

/* getopt_long has returned '?' or ':'. optopt is a letter for a short option;
 * for a long one it is less, and the option is the argument read last. */
static int refuse(struct argparse *p, int c)
{
  bool is_letter = optopt >= 0 && (size_t)optopt >= count_of(p);
  size_t matches;

  p->letter[0] = '-';
  p->letter[1] = (char)optopt;
  p->letter[2] = '\0';
  p->argument = is_letter ? p->letter : p->argv[optind - 1];
  matches = is_letter ? 0 : count_matches(p, p->argument + strlen("--"));
  p->fault = c == ':'       ? "needs a value"
             : matches == 1 ? "takes no value"
             : matches > 1  ? "is ambiguous"
                            : "is not known";
  return ARGPARSE_BAD;
}

int argparse_next(struct argparse *p, char **value_out)
{
  int c = getopt_long(p->argc, p->argv, p->shorts, p->options, NULL);
  const char *letter;

  *value_out = NULL;
  if (c == -1) {
    return ARGPARSE_END;
  }
  if (c == '?' || c == ':') {
    return refuse(p, c);
  }
  *value_out = optarg;
  if ((size_t)c < count_of(p)) {
    return c;
  }
  if (optarg != NULL && optarg != p->argv[optind - 1] && optarg[0] == '=') {
    *value_out = optarg + 1; /* "-p=9051" */
  }
  letter = strchr(p->letters, c);
  return (int)(letter - p->letters);
}

const char *argparse_rest(const struct argparse *p)
{
  return optind < p->argc ? p->argv[optind] : NULL;
}

/* Command lines as the Python program's argparse reads them: long options may be
 * cut short where that is unambiguous, and a short one may have its value behind
 * a '='. */
#ifndef IO_ARGPARSE_H
#define IO_ARGPARSE_H

#include <getopt.h>
#include <stddef.h>

#define ARGPARSE_END (-1) /* all options have been read */
#define ARGPARSE_BAD (-2) /* what is wrong with which stands in the reader */

/* What a program knows, and where the reading is. Borrows all. A letter without a
 * long option takes a value. */
struct argparse {
  const struct option *options; /* each val is a number below n */
  const char *letters;          /* the letter of each such number, '-' for none; n of them */
  int argc;
  char **argv;
  const char *argument; /* after ARGPARSE_BAD: "--verb" */
  const char *fault;    /* and: "is ambiguous" */
  char shorts[64];      /* for getopt_long; these two are its own */
  char letter[3];
};

/* Begins to read a command line; all fields but the first four are set here.
 * Only one can be read at a time. */
void argparse_begin(struct argparse *p);

/* The number of the next option, its value in *value_out (NULL if it takes none), or one of
 * the two above. Reorders argv as getopt_long does. */
int argparse_next(struct argparse *p, char **value_out);

/* The first argument that is no option, once there are no more; NULL: there is none. */
const char *argparse_rest(const struct argparse *p);

#endif

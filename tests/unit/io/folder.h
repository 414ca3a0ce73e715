/* A temporary folder for one test program. */
#ifndef TESTS_IO_FOLDER_H
#define TESTS_IO_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_PATH_SIZE 512

struct folder {
  char path[64]; /* short: a socket has to fit behind it */
};

static inline void folder_init(struct folder *f)
{
  memcpy(f->path, "/tmp/obtest.XXXXXX", sizeof "/tmp/obtest.XXXXXX");
  assert_non_null(mkdtemp(f->path));
}

/* The path of a file in the folder. */
static inline void folder_file(const struct folder *f, const char *name, char out[FOLDER_PATH_SIZE])
{
  snprintf(out, FOLDER_PATH_SIZE, "%s/%s", f->path, name);
}

static inline void folder_write(const struct folder *f, const char *name, const char *text)
{
  char path[FOLDER_PATH_SIZE];
  FILE *file;

  folder_file(f, name, path);
  file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

/* What a file holds, as a string that the caller frees. */
static inline char *folder_read(const struct folder *f, const char *name)
{
  char *text = calloc(1, 65536);
  char path[FOLDER_PATH_SIZE];
  FILE *file;

  folder_file(f, name, path);
  file = fopen(path, "r");
  if (file != NULL) {
    text[fread(text, 1, 65535, file)] = '\0';
    fclose(file);
  }
  return text;
}

/* Removes the folder and the files in it, one level deep. */
static inline void folder_deinit(struct folder *f)
{
  DIR *dir = opendir(f->path);
  struct dirent *entry;

  while (dir != NULL && (entry = readdir(dir)) != NULL) {
    char path[FOLDER_PATH_SIZE];

    folder_file(f, entry->d_name, path);
    unlink(path);
    rmdir(path);
  }
  if (dir != NULL) {
    closedir(dir);
  }
  rmdir(f->path);
}

#endif

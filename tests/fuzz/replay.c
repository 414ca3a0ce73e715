/* Runs a fuzz target over every file of a folder: the corpus as a test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
  FILE *f = fopen(path, "rb");
  uint8_t *data;
  long size;
  size_t got;

  if (f == NULL) {
    perror(path);
    return -1;
  }
  fseek(f, 0, SEEK_END);
  size = ftell(f);
  rewind(f);
  data = malloc(size > 0 ? (size_t)size : 1);
  got = data == NULL ? 0 : fread(data, 1, (size_t)size, f);
  fclose(f);
  if (data == NULL || got != (size_t)size) {
    free(data);
    fprintf(stderr, "%s: cannot read\n", path);
    return -1;
  }
  LLVMFuzzerTestOneInput(data, got);
  free(data);
  return 0;
}

int main(int argc, char **argv)
{
  struct dirent *entry;
  int n = 0;
  DIR *dir;

  if (argc != 2 || (dir = opendir(argv[1])) == NULL) {
    fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
    return 2;
  }
  while ((entry = readdir(dir)) != NULL) {
    char path[4096];

    if (entry->d_name[0] == '.') {
      continue;
    }
    snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
    if (run_file(path) < 0) {
      closedir(dir);
      return 1;
    }
    n++;
  }
  closedir(dir);
  printf("%d inputs\n", n);
  return n > 0 ? 0 : 1;
}

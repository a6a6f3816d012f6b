// Prints the arguments, then the environment sorted by name, then looks up the
// variables that the arguments name. Shows args_get and environ_get.
// Usage: env [NAME...]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static int by_text(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv) {
  printf("%d arguments\n", argc - 1);
  for (int i = 1; i < argc; i++) printf("  [%s]\n", argv[i]);

  size_t count = 0;
  while (environ && environ[count]) count++;
  printf("%zu variables\n", count);
  if (count > 0) qsort(environ, count, sizeof *environ, by_text);
  for (size_t i = 0; i < count; i++) printf("  %s\n", environ[i]);

  for (int i = 1; i < argc; i++) {
    const char *value = getenv(argv[i]);
    printf("getenv(%s) = %s\n", argv[i], value ? value : "(unset)");
  }
  return 0;
}

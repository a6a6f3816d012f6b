// The smallest useful guest: writes a greeting and its arguments to stdout.
// Shows that libc start-up, argv and buffered stdio work.
// Usage: hello [word...]
#include <stdio.h>

int main(int argc, char **argv) {
  puts("Hello from C");
  printf("argc = %d\n", argc);
  for (int i = 0; i < argc; i++) printf("argv[%d] = %s\n", i, argv[i]);
  return 0;
}

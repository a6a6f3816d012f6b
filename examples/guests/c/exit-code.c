// Ends with the exit code given as an argument, after an atexit handler and
// unflushed output. Shows that exit flushes stdio and that the code arrives.
// Usage: exit-code [code] [return|exit|_Exit|abort]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void at_the_end(void) { fputs("atexit handler ran\n", stderr); }

int main(int argc, char **argv) {
  int code = argc > 1 ? atoi(argv[1]) : 0;
  const char *how = argc > 2 ? argv[2] : "exit";
  atexit(at_the_end);
  printf("leaving by %s with %d", how, code);  // no newline: exit has to flush it
  if (strcmp(how, "return") == 0) return code;
  if (strcmp(how, "_Exit") == 0) fflush(stdout), _Exit(code);
  if (strcmp(how, "abort") == 0) fflush(stdout), abort();
  exit(code);
}

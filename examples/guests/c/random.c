// Asks the host for random bytes and prints facts about them that fail with a
// chance far below one in a billion. Shows random_get through getentropy.
// With an argument it prints 32 of the bytes instead, for hosts with a seed.
// Usage: random [bytes]
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void fact(const char *what, int holds) { printf("%s: %s\n", what, holds ? "yes" : "no"); }

static int print_bytes(void) {
  unsigned char bytes[32];
  if (getentropy(bytes, sizeof bytes) != 0) return 1;
  for (size_t i = 0; i < sizeof bytes; i++) printf("%02x", bytes[i]);
  printf("\n");
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "bytes") == 0) return print_bytes();
  unsigned char a[256], b[256];
  memset(a, 0, sizeof a);
  memset(b, 0, sizeof b);
  fact("first call succeeded", getentropy(a, sizeof a) == 0);
  fact("second call succeeded", getentropy(b, sizeof b) == 0);
  fact("two calls differ", memcmp(a, b, sizeof a) != 0);

  int ones = 0, seen[256] = {0}, distinct = 0;
  for (size_t i = 0; i < sizeof a; i++) {
    ones += __builtin_popcount(a[i]);
    if (!seen[a[i]]++) distinct++;
  }
  fact("about half of the bits are set", ones > 800 && ones < 1250);
  fact("many distinct bytes", distinct > 100);
  return 0;
}

// The sieve of Eratosthenes up to the limit given as an argument, in memory that
// grows with it. Prints how many primes there are, their sum, the largest gap
// and the last few.
// Usage: sieve [limit]             (default: 100000)
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  unsigned limit = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100000;
  if (limit < 2) {
    puts("no primes");
    return 0;
  }
  unsigned char *composite = calloc(limit + 1, 1);
  if (!composite) {
    fputs("sieve: out of memory\n", stderr);
    return 1;
  }
  for (unsigned i = 2; i <= limit / i; i++)
    if (!composite[i])
      for (unsigned j = i * i; j <= limit; j += i) composite[j] = 1;

  unsigned count = 0, previous = 2, gap = 0, gap_at = 2, last[5] = {0};
  unsigned long long sum = 0;
  for (unsigned i = 2; i <= limit; i++) {
    if (composite[i]) continue;
    last[count++ % 5] = i;
    sum += i;
    if (i - previous > gap) gap = i - previous, gap_at = previous;
    previous = i;
  }
  printf("%u primes up to %u, sum %llu\n", count, limit, sum);
  printf("largest gap %u after %u\n", gap, gap_at);
  printf("last:");
  for (unsigned k = count < 5 ? 0 : count - 5; k < count; k++) printf(" %u", last[k % 5]);
  printf("\n");
  free(composite);
  return 0;
}

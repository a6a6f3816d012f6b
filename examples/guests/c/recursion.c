// Recursive functions: Ackermann, Fibonacci, Hanoi, mutual recursion, and a
// chain of calls two thousand deep. Built with -O0, so every call stays a call and
// locals live on the shadow stack in linear memory.
#include <stdio.h>

static unsigned calls;

static unsigned ackermann(unsigned m, unsigned n) {
  calls++;
  if (m == 0) return n + 1;
  if (n == 0) return ackermann(m - 1, 1);
  return ackermann(m - 1, ackermann(m, n - 1));
}

static unsigned fib(unsigned n) {
  calls++;
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static unsigned hanoi(int discs, char from, char to, char via) {
  if (discs == 0) return 0;
  unsigned moves = hanoi(discs - 1, from, via, to);
  if (discs >= 4) printf("  disc %d: %c to %c\n", discs, from, to);
  return moves + 1 + hanoi(discs - 1, via, to, from);
}

static int is_odd(unsigned n);
static int is_even(unsigned n) { return n == 0 ? 1 : is_odd(n - 1); }
static int is_odd(unsigned n) { return n == 0 ? 0 : is_even(n - 1); }

static unsigned deepest(unsigned depth, unsigned limit) {
  unsigned here = depth * 3 + 1;  // used after the call: this is not a tail call
  if (depth == limit) return here;
  return deepest(depth + 1, limit) * 31 + here;
}

int main(void) {
  for (unsigned m = 0; m <= 2; m++)
    for (unsigned n = 0; n <= 3; n++) {
      calls = 0;
      unsigned value = ackermann(m, n);
      printf("ackermann(%u, %u) = %u in %u calls\n", m, n, value, calls);
    }
  calls = 0;
  unsigned a = ackermann(3, 4);
  printf("ackermann(3, 4) = %u in %u calls\n", a, calls);
  calls = 0;
  unsigned f = fib(20);
  printf("fib(20) = %u in %u calls\n", f, calls);
  unsigned moves = hanoi(6, 'A', 'C', 'B');
  printf("hanoi(6) takes %u moves\n", moves);
  printf("is_even(1000) = %d, is_odd(777) = %d\n", is_even(1000), is_odd(777));
  for (unsigned limit = 2; limit <= 2000; limit *= 10)
    printf("depth %u: %u\n", limit, deepest(0, limit));
  return 0;
}

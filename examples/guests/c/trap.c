// Traps on purpose, in the way named by the argument, through a few named
// functions, so that a backtrace has something to show.
// Usage: trap unreachable|divide|overflow|memory|indirect|truncate|stack
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))

static volatile int zero = 0;
static volatile int minus_one = -1;
static volatile double huge = 1e300;

NOINLINE static int divide(int a, int b) { return a / b; }

NOINLINE static int load(uintptr_t address) { return *(volatile int *)address; }

NOINLINE static int add(int a, int b) { return a + b; }

typedef int (*wrong)(int, int, int, int, int);
NOINLINE static int call_with_wrong_type(void) {
  volatile wrong f = (wrong)(void *)add;
  return f(1, 2, 3, 4, 5);
}

// i32.trunc_f64_s: this program is built without saturating conversions. The
// compiler guards a plain cast, hence the builtin.
NOINLINE static int truncate(double x) { return __builtin_wasm_trunc_s_i32_f64(x); }

// Storing each result keeps the compiler from making a loop of this.
static volatile int last;
NOINLINE static int recurse(int depth) {
  if (depth == minus_one) return 0;
  last = recurse(depth + 1);
  return depth;
}

NOINLINE static int trap(const char *how) {
  if (strcmp(how, "unreachable") == 0) __builtin_trap();
  if (strcmp(how, "divide") == 0) return divide(1, zero);
  if (strcmp(how, "overflow") == 0) return divide(INT32_MIN, minus_one);
  if (strcmp(how, "memory") == 0) return load(0xfffffff0u);
  if (strcmp(how, "indirect") == 0) return call_with_wrong_type();
  if (strcmp(how, "truncate") == 0) return truncate(huge);
  if (strcmp(how, "stack") == 0) return recurse(0);
  return -1;
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "";
  printf("before: %s\n", how);
  fflush(stdout);
  int result = trap(how);
  printf("no trap, result %d\n", result);
  return 1;
}

// 64-bit integer arithmetic over pairs of awkward values: add, multiply, divide,
// remainder, shifts, rotates, comparisons, bit counts, sign extension, and
// hashes. Every pair goes into a printed digest, the most telling also as text.
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

static const uint64_t values[] = {
    0, 1, 2, 3, 7, 10, 31, 32, 33, 63, 64, 65, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 1000003,
    0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0x100000000, 0x100000001, 0x1ffffffff,
    0x123456789abcdef0, 0xfedcba9876543210, 0x7ffffffeffffffff, 0x7fffffffffffffff,
    0x8000000000000000, 0x8000000000000001, 0xffffffff00000000, 0xfffffffffffffffe, 0xffffffffffffffff,
};
enum { COUNT = sizeof values / sizeof *values };

static uint64_t digest = 0xcbf29ce484222325;

static void mix(uint64_t x) {
  for (int i = 0; i < 8; i++) {
    digest ^= (x >> (8 * i)) & 0xff;
    digest *= 0x100000001b3;
  }
}

static uint64_t rotl(uint64_t x, unsigned n) { return (x << (n & 63)) | (x >> (-n & 63)); }
static uint64_t rotr(uint64_t x, unsigned n) { return (x >> (n & 63)) | (x << (-n & 63)); }

__attribute__((noinline)) static void pair(uint64_t a, uint64_t b) {
  int64_t sa = (int64_t)a, sb = (int64_t)b;
  unsigned n = (unsigned)b & 63;
  mix(a + b);
  mix(a - b);
  mix(a * b);
  mix(a & b);
  mix(a | b);
  mix(a ^ b);
  mix(a << n);
  mix(a >> n);
  mix((uint64_t)(sa >> n));
  mix(rotl(a, n));
  mix(rotr(a, n));
  mix((uint64_t)(a < b) | (uint64_t)(a <= b) << 1 | (uint64_t)(sa < sb) << 2 | (uint64_t)(sa <= sb) << 3 | (uint64_t)(a == b) << 4 | (uint64_t)(a > b) << 5 | (uint64_t)(sa >= sb) << 6);
  if (b != 0) {
    mix(a / b);
    mix(a % b);
    if (!(sa == INT64_MIN && sb == -1)) {
      mix((uint64_t)(sa / sb));
      mix((uint64_t)(sa % sb));
    }
  }
}

__attribute__((noinline)) static void single(uint64_t a) {
  mix(a ? (uint64_t)__builtin_clzll(a) : 64);
  mix(a ? (uint64_t)__builtin_ctzll(a) : 64);
  mix((uint64_t)__builtin_popcountll(a));
  mix((uint64_t)(int64_t)(int8_t)a);
  mix((uint64_t)(int64_t)(int16_t)a);
  mix((uint64_t)(int64_t)(int32_t)a);
  mix((uint64_t)(uint32_t)a);
  mix(-a);
  mix(~a);
}

static void show_division(uint64_t a, uint64_t b) {
  printf("%" PRIu64 " / %" PRIu64 " = %" PRIu64 " rest %" PRIu64 "\n", a, b, a / b, a % b);
  int64_t sa = (int64_t)a, sb = (int64_t)b;
  printf("%" PRId64 " / %" PRId64 " = %" PRId64 " rest %" PRId64 "\n", sa, sb, sa / sb, sa % sb);
}

static uint64_t splitmix64(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static uint64_t gcd(uint64_t a, uint64_t b) {
  while (b) {
    uint64_t r = a % b;
    a = b;
    b = r;
  }
  return a;
}

static uint64_t power_mod(uint64_t base, uint64_t exponent, uint64_t modulus) {
  uint64_t result = 1;
  for (base %= modulus; exponent; exponent >>= 1) {
    if (exponent & 1) result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}

int main(void) {
  for (int i = 0; i < COUNT; i++) {
    single(values[i]);
    for (int j = 0; j < COUNT; j++) pair(values[i], values[j]);
    printf("up to %016" PRIx64 ": digest %016" PRIx64 "\n", values[i], digest);
  }
  show_division(0xffffffffffffffff, 10);
  show_division(0x8000000000000000, 3);
  show_division(0xfedcba9876543210, 0x123456789);
  show_division(0x7fffffffffffffff, (uint64_t)-7);
  show_division((uint64_t)-1000000007, 97);
  printf("%" PRId64 " %" PRId64 " %" PRIu64 "\n", INT64_MIN, INT64_MAX, UINT64_MAX);

  uint64_t state = 42, sum = 0;
  for (int i = 0; i < 1000; i++) sum += splitmix64(&state);
  printf("splitmix64: %016" PRIx64 "\n", sum);
  uint64_t factorial = 1;
  for (uint64_t i = 1; i <= 20; i++) factorial *= i;
  printf("20! = %" PRIu64 "\n", factorial);
  printf("gcd(20!, 2^40) = %" PRIu64 "\n", gcd(factorial, UINT64_C(1) << 40));
  printf("3^1000000 mod 998244353 = %" PRIu64 "\n", power_mod(3, 1000000, 998244353));
  return 0;
}

// Floating point: doubles with %.17g and floats with %.9g, so that every bit
// shows, and bit patterns where text would hide something. Square roots,
// rounding, min and max, NaN, infinities, denormals and conversions.
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits64(double x) {
  uint64_t u;
  memcpy(&u, &x, 8);
  return u;
}

static uint32_t bits32(float x) {
  uint32_t u;
  memcpy(&u, &x, 4);
  return u;
}

// The sign and payload of a computed NaN are not determined, so it is one word.
static void show(const char *what, double x) {
  if (isnan(x)) printf("%-24s nan\n", what);
  else printf("%-24s %.17g  %016" PRIx64 "\n", what, x, bits64(x));
}

static void showf(const char *what, float x) {
  if (isnan(x)) printf("%-24s nan\n", what);
  else printf("%-24s %.9g  %08" PRIx32 "\n", what, (double)x, bits32(x));
}

// Values the optimiser cannot see through.
static volatile double zero = 0.0, one = 1.0, three = 3.0, tenth = 0.1, big = 1e308;
static volatile float zerof = 0.0f, onef = 1.0f, threef = 3.0f, tenthf = 0.1f;

static void arithmetic(void) {
  puts("# arithmetic");
  show("0.1 + 0.2", tenth + 0.2);
  show("1 / 3", one / three);
  show("1e308 * 10", big * 10);
  show("-1 / 0", -one / zero);
  show("0 / 0", zero / zero);
  show("inf - inf", one / zero - one / zero);
  show("-0", -zero);
  show("0 + -0", zero + -zero);
  show("1 / -0", one / -zero);
  show("fmod(10, 0.1)", fmod(10 * one, tenth));
  show("copysign(3, -0)", copysign(three, -zero));
  showf("0.1f + 0.2f", tenthf + 0.2f);
  showf("1 / 3f", onef / threef);
  showf("-1 / 0f", -onef / zerof);
  showf("16777216f + 1", 16777216.0f * onef + 1.0f);
}

static void rounding(void) {
  puts("# rounding and roots");
  static const double xs[] = {0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 4503599627370495.5, -0.0, 1e300};
  for (size_t i = 0; i < sizeof xs / sizeof *xs; i++) {
    volatile double x = xs[i];
    printf("%.17g: ceil %.17g floor %.17g trunc %.17g nearest %.17g\n", x, ceil(x), floor(x), trunc(x), nearbyint(x));
    volatile float f = (float)x;
    printf("%.9gf: ceil %.9g floor %.9g trunc %.9g nearest %.9g\n", (double)f, (double)ceilf(f), (double)floorf(f), (double)truncf(f), (double)nearbyintf(f));
  }
  show("sqrt(2)", sqrt(2 * one));
  show("sqrt(-0)", sqrt(-zero));
  show("sqrt(-1)", sqrt(-one));
  show("sqrt(denormal)", sqrt(5e-324 * one));
  showf("sqrtf(2)", sqrtf(2 * onef));
  showf("sqrtf(1e-40)", sqrtf(1e-40f * onef));
}

static void min_max(void) {
  puts("# min and max");
  volatile double nan = zero / zero, inf = one / zero;
  show("fmin(1, nan)", fmin(one, nan));
  show("fmax(nan, 1)", fmax(nan, one));
  show("wasm min(-0, 0)", __builtin_wasm_min_f64(-zero, zero));
  show("wasm max(-0, 0)", __builtin_wasm_max_f64(-zero, zero));
  show("wasm min(1, nan)", __builtin_wasm_min_f64(one, nan));
  show("wasm max(-inf, inf)", __builtin_wasm_max_f64(-inf, inf));
  showf("wasm min(-0f, 0f)", __builtin_wasm_min_f32(-zerof, zerof));
  showf("wasm max(1f, 3f)", __builtin_wasm_max_f32(onef, threef));
  printf("comparisons with nan: %d%d%d%d%d%d\n", nan < one, nan <= one, nan > one, nan >= one, nan == nan, nan != nan);
  printf("0 == -0: %d, inf > max: %d\n", zero == -zero, inf > DBL_MAX);
}

static void denormals(void) {
  puts("# denormals");
  volatile double x = DBL_MIN;
  volatile float f = FLT_MIN;
  show("smallest normal", x);
  show("half of it", x / 2);
  show("smallest denormal", 5e-324 * one);
  show("half of that", 5e-324 * one / 2);
  show("sum of two denormals", 5e-324 * one + 1e-323 * one);
  showf("smallest normal f", f);
  showf("half of it f", f / 2);
  showf("smallest denormal f", 1.4e-45f * onef);
  showf("demoted denormal", (float)(1e-40 * one));
  showf("demoted to zero", (float)(1e-46 * one));
  showf("demoted to inf", (float)(big));
  showf("demoted halfway", (float)(16777217.0 * one));
  show("promoted denormal", (double)(1e-45f * onef));
}

static void conversions(void) {
  puts("# conversions");
  // Saturating conversions (the program is built with them), in and out of range.
  static const double xs[] = {0.9, -0.9, 2147483647.9, -2147483648.9, 4294967295.5, 9.2e18, -9.3e18, 1.8e19, 1e300, -1e300};
  for (size_t i = 0; i < sizeof xs / sizeof *xs; i++) {
    volatile double x = xs[i];
    printf("%.17g: i32 %" PRId32 " u32 %" PRIu32 " i64 %" PRId64 " u64 %" PRIu64 "\n", x,
           (int32_t)__builtin_wasm_trunc_saturate_s_i32_f64(x), (uint32_t)__builtin_wasm_trunc_saturate_u_i32_f64(x),
           (int64_t)__builtin_wasm_trunc_saturate_s_i64_f64(x), (uint64_t)__builtin_wasm_trunc_saturate_u_i64_f64(x));
  }
  volatile double nan = zero / zero;
  printf("nan: i32 %d i64 %lld\n", __builtin_wasm_trunc_saturate_s_i32_f64(nan), (long long)__builtin_wasm_trunc_saturate_s_i64_f64(nan));
  static const uint64_t integers[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, (1ull << 53) + 1, (1ull << 62) + 1, 0x7fffffbfffffffff, 0x8000000000000400, 0xfffffffffffffbff, 0xffffffffffffffff};
  for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
    volatile uint64_t u = integers[i];
    printf("%" PRIu64 ": f64 %.17g, signed %.17g; f32 %.9g, signed %.9g\n", u, (double)u, (double)(int64_t)u, (double)(float)u, (double)(float)(int64_t)u);
    volatile uint32_t w = (uint32_t)u;
    printf("%" PRIu32 ": f64 %.17g, signed %.17g; f32 %.9g, signed %.9g\n", w, (double)w, (double)(int32_t)w, (double)(float)w, (double)(float)(int32_t)w);
  }
}

static void text(void) {
  puts("# text");
  static const char *const inputs[] = {"3.14159265358979323846", "1e-320", "0x1.8p3", "123456789012345678901234567890", "-inf", "1e400"};
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
    printf("%s -> %.17g, %.9g\n", inputs[i], strtod(inputs[i], NULL), (double)strtof(inputs[i], NULL));
  printf("%f %e %g %a %10.3f|%-10.2e|\n", three / 7, three / 7, three / 7, three / 7, three / 7, three / 7);
}

static void series(void) {
  puts("# series");
  double pi = 0, e = 1, term = 1;
  for (int k = 0; k < 100000; k++) pi += (k & 1 ? -4.0 : 4.0) / (2 * k + 1);
  for (int k = 1; k < 20; k++) e += term /= k;
  show("pi by Leibniz", pi);
  show("e by series", e);
  show("sin(1)", sin(one));
  show("exp(1)", exp(one));
  show("log(10)", log(10 * one));
  show("pow(2, 0.5)", pow(2 * one, 0.5));
  show("atan2(1, -3)", atan2(one, -three));
  float sum = 0;
  for (int k = 1; k <= 10000; k++) sum += onef / (float)k;
  showf("harmonic sum f", sum);
}

int main(void) {
  arithmetic();
  rounding();
  min_max();
  denormals();
  conversions();
  text();
  series();
  return 0;
}

// Dot products with and without vector instructions: floats (four sums side by side), and 16-bit integers (pairs of
// products in one instruction). Both ways must come to the same sum.
#include <stdint.h>
#include <stdio.h>
#include <wasm_simd128.h>

#define N 4096

static float x[N], y[N];
static int16_t p[N], q[N];

static void fill(void) {
  uint32_t seed = 12345;
  for (int i = 0; i < N; i++) {
    seed = seed * 1664525 + 1013904223;
    // Small integers, so that sums of floats are exact in any order.
    x[i] = (float)(int)(seed >> 28) - 7;
    y[i] = (float)(int)(seed >> 20 & 15) - 8;
    p[i] = (int16_t)(seed >> 16);
    q[i] = (int16_t)(seed >> 8);
  }
}

__attribute__((export_name("dot_scalar"), noinline)) float dot_scalar(int times) {
  float sum = 0;
  for (int t = 0; t < times; t++) {
    float s = 0;
    for (int i = 0; i < N; i++) s += x[i] * y[i];
    sum += s;
  }
  return sum;
}

__attribute__((export_name("dot_vector"), noinline)) float dot_vector(int times) {
  float sum = 0;
  for (int t = 0; t < times; t++) {
    v128_t s = wasm_f32x4_splat(0);
    for (int i = 0; i < N; i += 4)
      s = wasm_f32x4_add(s, wasm_f32x4_mul(wasm_v128_load(x + i), wasm_v128_load(y + i)));
    sum += wasm_f32x4_extract_lane(s, 0) + wasm_f32x4_extract_lane(s, 1) + wasm_f32x4_extract_lane(s, 2) +
           wasm_f32x4_extract_lane(s, 3);
  }
  return sum;
}

__attribute__((export_name("dot16_scalar"), noinline)) int32_t dot16_scalar(int times) {
  uint32_t sum = 0;
  for (int t = 0; t < times; t++)
    for (int i = 0; i < N; i++) sum += (uint32_t)(p[i] * q[i]);
  return (int32_t)sum;
}

__attribute__((export_name("dot16_vector"), noinline)) int32_t dot16_vector(int times) {
  v128_t s = wasm_i32x4_splat(0);
  for (int t = 0; t < times; t++)
    for (int i = 0; i < N; i += 8)
      s = wasm_i32x4_add(s, wasm_i32x4_dot_i16x8(wasm_v128_load(p + i), wasm_v128_load(q + i)));
  return (int32_t)((uint32_t)wasm_i32x4_extract_lane(s, 0) + (uint32_t)wasm_i32x4_extract_lane(s, 1) +
                   (uint32_t)wasm_i32x4_extract_lane(s, 2) + (uint32_t)wasm_i32x4_extract_lane(s, 3));
}

int main(void) {
  fill();
  printf("floats: %.1f %.1f\n", dot_scalar(3), dot_vector(3));
  printf("integers: %d %d\n", dot16_scalar(3), dot16_vector(3));
  return 0;
}

// Benchmark kernels with vectors (-msimd128), each beside a twin that does the
// same work without them and has the same checksum. README.md lists them all.
// Rebuild with: examples/guests/build.sh kernels
#include <wasm_simd128.h>

#include "common.h"

// ---- dot product of floats: n times 4096 ----

enum { FLOATS = 4096 };
static float left[FLOATS], right[FLOATS];

static void fill_floats(void) {
  seed(128);
  for (int i = 0; i < FLOATS; i++) {
    left[i] = (float)(next_random() % 1000) / 8 - 60;
    right[i] = (float)(next_random() % 1000) / 16 - 30;
  }
}

KERNEL(dot_simd) {
  fill_floats();
  uint32_t hash = 0;
  for (int32_t round = 0; round < n; round++) {
    left[round % FLOATS] += 1;
    v128_t sums = wasm_f32x4_splat(0);
    for (int i = 0; i < FLOATS; i += 4) sums = wasm_f32x4_add(sums, wasm_f32x4_mul(wasm_v128_load(&left[i]), wasm_v128_load(&right[i])));
    float sum = wasm_f32x4_extract_lane(sums, 0) + wasm_f32x4_extract_lane(sums, 1) + wasm_f32x4_extract_lane(sums, 2) + wasm_f32x4_extract_lane(sums, 3);
    hash = mix(hash, (uint32_t)(int32_t)sum);
  }
  return (int32_t)hash;
}

KERNEL(dot_plain) {
  fill_floats();
  uint32_t hash = 0;
  for (int32_t round = 0; round < n; round++) {
    left[round % FLOATS] += 1;
    float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (int i = 0; i < FLOATS; i += 4) {
      s0 += left[i] * right[i];
      s1 += left[i + 1] * right[i + 1];
      s2 += left[i + 2] * right[i + 2];
      s3 += left[i + 3] * right[i + 3];
    }
    hash = mix(hash, (uint32_t)(int32_t)(s0 + s1 + s2 + s3));
  }
  return (int32_t)hash;
}

// ---- blur of bytes: n times a row of 4096, (1 2 1) / 4 ----

enum { BYTES = 4096 };
static uint8_t row[BYTES + 18], blurred[BYTES + 16];

static void fill_row(void) {
  seed(121);
  for (int i = 0; i < BYTES + 2; i++) row[i] = (uint8_t)next_random();
}

static uint32_t digest(uint32_t hash, int32_t round) {
  row[round % BYTES] = blurred[(round * 7) % BYTES];
  return mix(hash, blurred[round % BYTES] | (uint32_t)blurred[(round * 3) % BYTES] << 8);
}

KERNEL(blur_simd) {
  fill_row();
  uint32_t hash = 0;
  for (int32_t round = 0; round < n; round++) {
    for (int i = 0; i < BYTES; i += 16) {
      v128_t a = wasm_v128_load(&row[i]), b = wasm_v128_load(&row[i + 1]), c = wasm_v128_load(&row[i + 2]);
      v128_t low = wasm_i16x8_add(wasm_i16x8_add(wasm_u16x8_extend_low_u8x16(a), wasm_u16x8_extend_low_u8x16(c)),
                                  wasm_i16x8_shl(wasm_u16x8_extend_low_u8x16(b), 1));
      v128_t high = wasm_i16x8_add(wasm_i16x8_add(wasm_u16x8_extend_high_u8x16(a), wasm_u16x8_extend_high_u8x16(c)),
                                   wasm_i16x8_shl(wasm_u16x8_extend_high_u8x16(b), 1));
      wasm_v128_store(&blurred[i], wasm_u8x16_narrow_i16x8(wasm_u16x8_shr(low, 2), wasm_u16x8_shr(high, 2)));
    }
    hash = digest(hash, round);
  }
  return (int32_t)hash;
}

KERNEL(blur_plain) {
  fill_row();
  uint32_t hash = 0;
  for (int32_t round = 0; round < n; round++) {
    for (int i = 0; i < BYTES; i++) blurred[i] = (uint8_t)((row[i] + 2 * row[i + 1] + row[i + 2]) >> 2);
    hash = digest(hash, round);
  }
  return (int32_t)hash;
}

// ---- Mandelbrot set: n rows of 128 points, four at a time ----

KERNEL(mandel_simd) {
  uint32_t hash = 0;
  for (int32_t line = 0; line < n; line++) {
    v128_t cy = wasm_f32x4_splat((float)(line % 128) * (2.4f / 128) - 1.2f);
    uint32_t sum = 0;
    for (int column = 0; column < 128; column += 4) {
      v128_t at = wasm_f32x4_add(wasm_f32x4_splat((float)column), wasm_f32x4_make(0, 1, 2, 3));
      v128_t cx = wasm_f32x4_sub(wasm_f32x4_mul(at, wasm_f32x4_splat(3.0f / 128)), wasm_f32x4_splat(2.1f));
      v128_t x = wasm_f32x4_splat(0), y = x, steps = wasm_i32x4_splat(0);
      for (int i = 0; i < 64; i++) {
        v128_t xx = wasm_f32x4_mul(x, x), yy = wasm_f32x4_mul(y, y);
        v128_t inside = wasm_f32x4_lt(wasm_f32x4_add(xx, yy), wasm_f32x4_splat(4));
        if (!wasm_v128_any_true(inside)) break;
        steps = wasm_i32x4_sub(steps, inside);
        v128_t xy = wasm_f32x4_mul(x, y);
        // A point that has left stays where it is, so that it is outside next time too.
        x = wasm_v128_bitselect(wasm_f32x4_add(wasm_f32x4_sub(xx, yy), cx), x, inside);
        y = wasm_v128_bitselect(wasm_f32x4_add(wasm_f32x4_add(xy, xy), cy), y, inside);
      }
      sum = sum * 3 + (uint32_t)wasm_i32x4_extract_lane(steps, 0);
      sum = sum * 3 + (uint32_t)wasm_i32x4_extract_lane(steps, 1);
      sum = sum * 3 + (uint32_t)wasm_i32x4_extract_lane(steps, 2);
      sum = sum * 3 + (uint32_t)wasm_i32x4_extract_lane(steps, 3);
    }
    hash = mix(hash, sum);
  }
  return (int32_t)hash;
}

KERNEL(mandel_plain) {
  uint32_t hash = 0;
  for (int32_t line = 0; line < n; line++) {
    float cy = (float)(line % 128) * (2.4f / 128) - 1.2f;
    uint32_t sum = 0;
    for (int column = 0; column < 128; column++) {
      float cx = (float)column * (3.0f / 128) - 2.1f, x = 0, y = 0;
      uint32_t steps = 0;
      while (steps < 64) {
        float xx = x * x, yy = y * y, xy = x * y;
        if (!(xx + yy < 4.0f)) break;
        x = xx - yy + cx;
        y = xy + xy + cy;
        steps++;
      }
      sum = sum * 3 + steps;
    }
    hash = mix(hash, sum);
  }
  return (int32_t)hash;
}

// The Mandelbrot set, four points at a time: lanes that have escaped are masked out, and a row is done when all have.
// The same without vector instructions must give the same picture. Prints it.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wasm_simd128.h>

#define W 64
#define H 24
#define LIMIT 64

static uint8_t counts[2][H][W];

__attribute__((export_name("mandelbrot_scalar"), noinline)) void mandelbrot_scalar(int times) {
  for (int t = 0; t < times; t++)
    for (int i = 0; i < H; i++)
      for (int j = 0; j < W; j++) {
        float cr = -2.2f + 3.2f * (float)j / W, ci = -1.2f + 2.4f * (float)i / H;
        float r = 0, im = 0;
        int n = 0;
        for (; n < LIMIT; n++) {
          float rr = r * r, ii = im * im;
          if (!(rr + ii <= 4)) break;
          im = 2 * r * im + ci;
          r = rr - ii + cr;
        }
        counts[0][i][j] = (uint8_t)n;
      }
}

__attribute__((export_name("mandelbrot_vector"), noinline)) void mandelbrot_vector(int times) {
  const v128_t four = wasm_f32x4_splat(4), two = wasm_f32x4_splat(2);
  for (int t = 0; t < times; t++)
    for (int i = 0; i < H; i++)
      for (int j = 0; j < W; j += 4) {
        v128_t column = wasm_f32x4_convert_i32x4(wasm_i32x4_make(j, j + 1, j + 2, j + 3));
        v128_t cr = wasm_f32x4_add(wasm_f32x4_splat(-2.2f),
                                   wasm_f32x4_div(wasm_f32x4_mul(wasm_f32x4_splat(3.2f), column), wasm_f32x4_splat(W)));
        v128_t ci = wasm_f32x4_splat(-1.2f + 2.4f * (float)i / H);
        v128_t r = wasm_f32x4_splat(0), im = r, n = wasm_i32x4_splat(0);
        for (int k = 0; k < LIMIT; k++) {
          v128_t rr = wasm_f32x4_mul(r, r), ii = wasm_f32x4_mul(im, im);
          v128_t inside = wasm_f32x4_le(wasm_f32x4_add(rr, ii), four);
          if (!wasm_v128_any_true(inside)) break;
          n = wasm_i32x4_sub(n, inside);
          im = wasm_f32x4_add(wasm_f32x4_mul(wasm_f32x4_mul(two, r), im), ci);
          r = wasm_f32x4_add(wasm_f32x4_sub(rr, ii), cr);
        }
        counts[1][i][j] = (uint8_t)wasm_i32x4_extract_lane(n, 0);
        counts[1][i][j + 1] = (uint8_t)wasm_i32x4_extract_lane(n, 1);
        counts[1][i][j + 2] = (uint8_t)wasm_i32x4_extract_lane(n, 2);
        counts[1][i][j + 3] = (uint8_t)wasm_i32x4_extract_lane(n, 3);
      }
}

int main(void) {
  mandelbrot_scalar(1);
  mandelbrot_vector(1);
  for (int i = 0; i < H; i++) {
    for (int j = 0; j < W; j++) putchar(" .:-=+*#%@"[counts[1][i][j] * 9 / LIMIT]);
    putchar('\n');
  }
  printf("%s\n", memcmp(counts[0], counts[1], sizeof counts[0]) == 0 ? "the same" : "different");
  return 0;
}

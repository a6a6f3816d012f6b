// A blur with the weights 1 2 1 in both directions on an image of bytes, with and without vector instructions. Prints
// a checksum of both results and a corner of the image as numbers.
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wasm_simd128.h>

#define W 256
#define H 64

static uint8_t image[H][W], once[H][W], result[2][H][W];

static void fill(void) {
  for (int i = 0; i < H; i++)
    for (int j = 0; j < W; j++) image[i][j] = (uint8_t)((i * i + 3 * j) ^ (i * j >> 3));
}

// The borders stay as they are.
static void rows_scalar(uint8_t to[H][W], uint8_t from[H][W]) {
  for (int i = 0; i < H; i++) {
    to[i][0] = from[i][0];
    for (int j = 1; j < W - 1; j++) to[i][j] = (uint8_t)((from[i][j - 1] + 2 * from[i][j] + from[i][j + 1] + 2) >> 2);
    to[i][W - 1] = from[i][W - 1];
  }
}
static void columns_scalar(uint8_t to[H][W], uint8_t from[H][W]) {
  memcpy(to[0], from[0], W);
  for (int i = 1; i < H - 1; i++)
    for (int j = 0; j < W; j++) to[i][j] = (uint8_t)((from[i - 1][j] + 2 * from[i][j] + from[i + 1][j] + 2) >> 2);
  memcpy(to[H - 1], from[H - 1], W);
}

// (a + 2 b + c + 2) / 4 on 16 bytes, in two halves of eight 16-bit lanes.
static inline v128_t half(v128_t a, v128_t b, v128_t c) {
  v128_t sum = wasm_i16x8_add(wasm_i16x8_add(a, c), wasm_i16x8_shl(b, 1));
  return wasm_u16x8_shr(wasm_i16x8_add(sum, wasm_i16x8_splat(2)), 2);
}
static inline v128_t blend(v128_t a, v128_t b, v128_t c) {
  v128_t low = half(wasm_u16x8_extend_low_u8x16(a), wasm_u16x8_extend_low_u8x16(b), wasm_u16x8_extend_low_u8x16(c));
  v128_t high = half(wasm_u16x8_extend_high_u8x16(a), wasm_u16x8_extend_high_u8x16(b), wasm_u16x8_extend_high_u8x16(c));
  return wasm_u8x16_narrow_i16x8(low, high);
}
static void rows_vector(uint8_t to[H][W], uint8_t from[H][W]) {
  for (int i = 0; i < H; i++) {
    to[i][0] = from[i][0];
    int j = 1;
    for (; j + 17 <= W; j += 16) {
      const uint8_t *at = &from[i][j];
      wasm_v128_store(&to[i][j], blend(wasm_v128_load(at - 1), wasm_v128_load(at), wasm_v128_load(at + 1)));
    }
    for (; j < W - 1; j++) to[i][j] = (uint8_t)((from[i][j - 1] + 2 * from[i][j] + from[i][j + 1] + 2) >> 2);
    to[i][W - 1] = from[i][W - 1];
  }
}
static void columns_vector(uint8_t to[H][W], uint8_t from[H][W]) {
  memcpy(to[0], from[0], W);
  for (int i = 1; i < H - 1; i++)
    for (int j = 0; j < W; j += 16)
      wasm_v128_store(&to[i][j],
                      blend(wasm_v128_load(&from[i - 1][j]), wasm_v128_load(&from[i][j]), wasm_v128_load(&from[i + 1][j])));
  memcpy(to[H - 1], from[H - 1], W);
}

__attribute__((export_name("blur_scalar"), noinline)) void blur_scalar(int times) {
  for (int t = 0; t < times; t++) {
    rows_scalar(once, image);
    columns_scalar(result[0], once);
  }
}
__attribute__((export_name("blur_vector"), noinline)) void blur_vector(int times) {
  for (int t = 0; t < times; t++) {
    rows_vector(once, image);
    columns_vector(result[1], once);
  }
}

static uint32_t checksum(uint8_t pixels[H][W]) {
  uint32_t sum = 2166136261u;
  for (int i = 0; i < H; i++)
    for (int j = 0; j < W; j++) sum = (sum ^ pixels[i][j]) * 16777619u;
  return sum;
}

int main(void) {
  fill();
  blur_scalar(1);
  blur_vector(1);
  printf("%08x %08x\n", checksum(result[0]), checksum(result[1]));
  for (int i = 0; i < 4; i++) {
    for (int j = 0; j < 12; j++) printf("%4d", result[1][i][j]);
    printf("\n");
  }
  return 0;
}

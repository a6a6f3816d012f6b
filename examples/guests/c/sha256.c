// SHA-256 of stdin, or of each file named as an argument, in the format of the
// sha256sum tool. A compute kernel of 32-bit rotations over a small message
// schedule, fed in blocks.
// Usage: sha256 [file...]
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct sha256 {
  uint32_t state[8];
  uint64_t length;
  uint8_t block[64];
};

static uint32_t constants[64], initial[8];

// The constants are the leading 32 bits of the fractional parts of the cube
// roots (and square roots) of the first primes. Newton's method on integers
// finds them exactly: the root of p * 2^64 (or 2^96) is the root of p with 32
// fraction bits.
static uint32_t fraction_of_root(uint32_t p, int degree) {
  uint64_t low = 0, high = (uint64_t)32 << 32;
  while (high - low > 1) {
    uint64_t mid = low + (high - low) / 2;
    unsigned __int128 power = (unsigned __int128)mid * mid;
    int above;
    if (degree == 2) above = power > ((unsigned __int128)p << 64);
    else above = power > ((unsigned __int128)p << 96) / mid;
    if (above) high = mid;
    else low = mid;
  }
  return (uint32_t)low;
}

static void make_constants(void) {
  uint32_t found = 0;
  for (uint32_t n = 2; found < 64; n++) {
    int prime = 1;
    for (uint32_t d = 2; d * d <= n; d++)
      if (n % d == 0) prime = 0;
    if (!prime) continue;
    if (found < 8) initial[found] = fraction_of_root(n, 2);
    constants[found++] = fraction_of_root(n, 3);
  }
}

static uint32_t rotr(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

static void compress(struct sha256 *s) {
  uint32_t w[64];
  for (int i = 0; i < 16; i++) {
    const uint8_t *p = s->block + 4 * i;
    w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
  }
  for (int i = 16; i < 64; i++) {
    uint32_t s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
    uint32_t s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  uint32_t v[8];
  memcpy(v, s->state, sizeof v);
  for (int i = 0; i < 64; i++) {
    uint32_t s1 = rotr(v[4], 6) ^ rotr(v[4], 11) ^ rotr(v[4], 25);
    uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
    uint32_t t1 = v[7] + s1 + choice + constants[i] + w[i];
    uint32_t s0 = rotr(v[0], 2) ^ rotr(v[0], 13) ^ rotr(v[0], 22);
    uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    memmove(v + 1, v, 7 * sizeof *v);
    v[4] += t1;
    v[0] = t1 + s0 + majority;
  }
  for (int i = 0; i < 8; i++) s->state[i] += v[i];
}

static void update(struct sha256 *s, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    s->block[s->length++ & 63] = bytes[i];
    if ((s->length & 63) == 0) compress(s);
  }
}

static void finish(struct sha256 *s, uint8_t digest[32]) {
  uint64_t bits = s->length * 8;
  update(s, (const uint8_t *)"\x80", 1);
  while ((s->length & 63) != 56) update(s, (const uint8_t *)"", 1);
  for (int i = 7; i >= 0; i--) update(s, &(uint8_t){(uint8_t)(bits >> (8 * i))}, 1);
  for (int i = 0; i < 32; i++) digest[i] = (uint8_t)(s->state[i / 4] >> (24 - 8 * (i % 4)));
}

static void hash(FILE *in, const char *name) {
  struct sha256 s = {.length = 0};
  memcpy(s.state, initial, sizeof s.state);
  uint8_t buffer[4096], digest[32];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, in)) > 0;) update(&s, buffer, n);
  finish(&s, digest);
  for (int i = 0; i < 32; i++) printf("%02x", digest[i]);
  printf("  %s\n", name);
}

int main(int argc, char **argv) {
  make_constants();
  if (argc < 2) hash(stdin, "-");
  int status = 0;
  for (int i = 1; i < argc; i++) {
    FILE *in = fopen(argv[i], "rb");
    if (!in) {
      fprintf(stderr, "sha256: %s: %s\n", argv[i], strerror(errno));
      status = 1;
      continue;
    }
    hash(in, argv[i]);
    fclose(in);
  }
  return status;
}

// Benchmark kernels of our own: C without a library, one exported function per
// kernel, each from an i32 size to an i32 checksum. A kernel starts from the same
// state on every call, so its checksum depends on the size alone, and its time
// grows linearly with the size (fib: exponentially). README.md lists them all.
// Rebuild with: examples/guests/build.sh kernels
#include "common.h"

// ---- integers of 32 bits ----

// Calls: two recursive ones for each addition. The empty assembly keeps clang
// from turning one of them into a loop.
KERNEL(fib) {
  if (n < 2) return n;
  int32_t before = fib(n - 1), before_that = fib(n - 2);
  __asm__ volatile("" : "+r"(before_that));
  return before + before_that;
}

// Bytes of memory and nested loops: n times the primes below 65536.
KERNEL(sieve) {
  static uint8_t composite[65536];
  uint32_t hash = 0;
  for (int32_t round = 0; round < n; round++) {
    for (uint32_t i = 0; i < sizeof composite; i++) composite[i] = 0;
    uint32_t count = 0;
    for (uint32_t i = 2; i < sizeof composite; i++) {
      if (composite[i]) continue;
      count++;
      for (uint32_t j = 2 * i; j < sizeof composite; j += i) composite[j] = 1;
    }
    hash = mix(hash, count + (uint32_t)round);
  }
  return (int32_t)hash;
}

// Shifts and exclusive or in registers: n steps.
KERNEL(xorshift) {
  uint32_t x = 0x2545f491, sum = 0;
  for (int32_t i = 0; i < n; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    sum += x;
  }
  return (int32_t)sum;
}

// ---- integers of 64 bits ----

// 64-bit multiplications and shifts: n steps.
KERNEL(splitmix64) {
  uint64_t state = 1, sum = 0;
  for (int32_t i = 0; i < n; i++) {
    state += 0x9e3779b97f4a7c15;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    sum += z ^ (z >> 31);
  }
  return fold(sum);
}

// A 64-bit hash over bytes in memory: n passes over 1 KiB.
KERNEL(fnv64) {
  static uint8_t bytes[1024];
  seed(64);
  for (uint32_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)next_random();
  uint64_t hash = 0xcbf29ce484222325;
  for (int32_t round = 0; round < n; round++)
    for (uint32_t i = 0; i < sizeof bytes; i++) {
      hash ^= bytes[i];
      hash *= 0x100000001b3;
    }
  return fold(hash);
}

// 64-bit division and remainder: n steps of a modular power.
KERNEL(powmod) {
  uint64_t value = 3, modulus = 4294967291u, sum = 0;
  for (int32_t i = 0; i < n; i++) {
    value = value * value % modulus;
    sum += value * 0x9e3779b97f4a7c15 / (uint64_t)(i % 97 + 3);
    if (value < 2) value = (uint64_t)i + 3;
  }
  return fold(sum);
}

// ---- floating point ----

struct body {
  double position[3], velocity[3], mass;
};

// f64 arithmetic, square roots and a small array of structures: n time steps of
// five bodies that attract each other.
KERNEL(nbody) {
  static struct body bodies[5];
  for (int i = 0; i < 5; i++) {
    struct body *b = &bodies[i];
    b->mass = i == 0 ? 40.0 : 0.03 / i;
    for (int axis = 0; axis < 3; axis++) {
      b->position[axis] = i * 4.5 * (axis == i % 3 ? 1.0 : 0.25) - axis * 0.5;
      b->velocity[axis] = i == 0 ? 0.0 : (axis == (i + 1) % 3 ? 1.5 : -0.1) / i;
    }
  }
  const double dt = 0.005;
  for (int32_t step = 0; step < n; step++) {
    for (int i = 0; i < 5; i++)
      for (int j = i + 1; j < 5; j++) {
        struct body *a = &bodies[i], *b = &bodies[j];
        double dx = a->position[0] - b->position[0];
        double dy = a->position[1] - b->position[1];
        double dz = a->position[2] - b->position[2];
        double square = dx * dx + dy * dy + dz * dz + 0.01;
        double force = dt / (square * __builtin_sqrt(square));
        a->velocity[0] -= dx * b->mass * force;
        a->velocity[1] -= dy * b->mass * force;
        a->velocity[2] -= dz * b->mass * force;
        b->velocity[0] += dx * a->mass * force;
        b->velocity[1] += dy * a->mass * force;
        b->velocity[2] += dz * a->mass * force;
      }
    for (int i = 0; i < 5; i++)
      for (int axis = 0; axis < 3; axis++) bodies[i].position[axis] += dt * bodies[i].velocity[axis];
  }
  uint32_t hash = 0;
  for (int i = 0; i < 5; i++) hash = mix(hash, (uint32_t)(int32_t)(bodies[i].position[i % 3] * 1e6));
  return (int32_t)hash;
}

// f64 loads and multiply-adds: n products of two 32 by 32 matrices.
KERNEL(matmul) {
  enum { SIZE = 32 };
  static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];
  for (int i = 0; i < SIZE; i++)
    for (int j = 0; j < SIZE; j++) {
      a[i][j] = (i * 7 + j * 3) % 11 - 5;
      b[i][j] = ((i * 5 + j * 2) % 13 - 6) / 16.0;
    }
  uint32_t hash = 0;
  for (int32_t round = 0; round < n; round++) {
    for (int i = 0; i < SIZE; i++)
      for (int j = 0; j < SIZE; j++) {
        double sum = 0;
        for (int k = 0; k < SIZE; k++) sum += a[i][k] * b[k][j];
        c[i][j] = sum;
      }
    a[round % SIZE][(round * 5) % SIZE] = c[round % SIZE][3] / 64;
    hash = mix(hash, (uint32_t)(int32_t)(c[(round * 3) % SIZE][round % SIZE] * 1000));
  }
  return (int32_t)hash;
}

// f32 arithmetic and comparisons: n rows of 128 points of the Mandelbrot set.
KERNEL(mandelbrot) {
  uint32_t hash = 0;
  for (int32_t row = 0; row < n; row++) {
    float cy = (float)(row % 128) * (2.4f / 128) - 1.2f;
    uint32_t sum = 0;
    for (int column = 0; column < 128; column++) {
      float cx = (float)column * (3.0f / 128) - 2.1f, x = 0, y = 0;
      uint32_t steps = 0;
      while (steps < 64 && x * x + y * y < 4.0f) {
        float next = x * x - y * y + cx;
        y = 2 * x * y + cy;
        x = next;
        steps++;
      }
      sum = sum * 3 + steps;
    }
    hash = mix(hash, sum);
  }
  return (int32_t)hash;
}

// ---- hashes and codes ----

static uint32_t rotate_right(uint32_t x, int by) { return (x >> by) | (x << (32 - by)); }

static const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

NOINLINE static void sha256_block(uint32_t state[8], const uint32_t message[16]) {
  uint32_t w[64];
  for (int i = 0; i < 16; i++) w[i] = message[i];
  for (int i = 16; i < 64; i++) {
    uint32_t s0 = rotate_right(w[i - 15], 7) ^ rotate_right(w[i - 15], 18) ^ (w[i - 15] >> 3);
    uint32_t s1 = rotate_right(w[i - 2], 17) ^ rotate_right(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (int i = 0; i < 64; i++) {
    uint32_t s1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
    uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + sha256_constants[i] + w[i];
    uint32_t s0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
    uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

// Rotations and logic with many live values: n blocks of SHA-256.
KERNEL(sha256) {
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint32_t message[16];
  for (int32_t block = 0; block < n; block++) {
    for (int i = 0; i < 16; i++) message[i] = (uint32_t)(block * 16 + i);
    sha256_block(state, message);
  }
  return (int32_t)(state[0] ^ state[7]);
}

// A table lookup per byte: n passes over 1 KiB.
KERNEL(crc32) {
  static uint32_t table[256];
  static uint8_t bytes[1024];
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  seed(32);
  for (uint32_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)next_random();
  uint32_t crc = 0xffffffff;
  for (int32_t round = 0; round < n; round++)
    for (uint32_t i = 0; i < sizeof bytes; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >> 8);
  return (int32_t)~crc;
}

// Byte loads and stores with shifts and masks: n times 768 bytes to text and back.
KERNEL(base64) {
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static uint8_t bytes[768], back[768], value_of[256];
  static char text[1024];
  for (uint8_t i = 0; i < 64; i++) value_of[(uint8_t)alphabet[i]] = i;
  seed(6);
  for (uint32_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)next_random();
  uint32_t hash = 0;
  for (int32_t round = 0; round < n; round++) {
    char *out = text;
    for (uint32_t i = 0; i < sizeof bytes; i += 3) {
      uint32_t group = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
      *out++ = alphabet[group >> 18];
      *out++ = alphabet[(group >> 12) & 63];
      *out++ = alphabet[(group >> 6) & 63];
      *out++ = alphabet[group & 63];
    }
    uint8_t *in = back;
    for (uint32_t i = 0; i < sizeof text; i += 4) {
      uint32_t group = 0;
      for (int k = 0; k < 4; k++) group = group << 6 | value_of[(uint8_t)text[i + k]];
      *in++ = (uint8_t)(group >> 16);
      *in++ = (uint8_t)(group >> 8);
      *in++ = (uint8_t)group;
    }
    for (uint32_t i = 0; i < sizeof bytes; i++)
      if (bytes[i] != back[i]) return -1;
    hash = mix(hash, (uint8_t)text[round & 1023]);
    bytes[round % 768] += 1;
  }
  return (int32_t)hash;
}

// ---- control ----

enum opcode { PUSH, LOAD, STORE, ADD, SUB, MUL, AND, XOR, SHIFT, LESS, JUMP, JUMP_IF_ZERO, SWAP, DUPLICATE, HALT };

// A switch in a loop (br_table) over a stack in memory: a bytecode machine that
// runs a program of 25 or 27 instructions per round, n rounds.
KERNEL(vm) {
  enum { START = 0, SKIP = 42, END = 54 };  // jump targets, as byte offsets
  static const uint8_t program[] = {
      LOAD, 0, JUMP_IF_ZERO, END,                            // 0:  while (v0 != 0) {
      LOAD, 1, PUSH, 31, MUL, 0, LOAD, 0, ADD, 0, STORE, 1,  // 4:    v1 = v1 * 31 + v0
      LOAD, 1, DUPLICATE, 0, SHIFT, 7, XOR, 0, STORE, 1,     // 16:   v1 ^= v1 >> 7
      LOAD, 1, PUSH, 63, AND, 0, PUSH, 32, LESS, 0,          // 26:   if ((v1 & 63) < 32)
      JUMP_IF_ZERO, SKIP, LOAD, 0, STORE, 2,                 // 36:     v2 = v0
      PUSH, 1, LOAD, 0, SWAP, 0, SUB, 0, STORE, 0,           // 42:   v0 = v0 - 1
      JUMP, START,                                           // 52: }
      HALT, 0};                                              // 54:
  uint32_t stack[16], variables[3] = {(uint32_t)n, 1, 0}, *top = stack;
  for (uint32_t at = 0;;) {
    uint8_t opcode = program[at], operand = program[at + 1];
    at += 2;
    switch (opcode) {
      case PUSH: *top++ = operand; break;
      case LOAD: *top++ = variables[operand]; break;
      case STORE: variables[operand] = *--top; break;
      case ADD: top--, top[-1] += top[0]; break;
      case SUB: top--, top[-1] -= top[0]; break;
      case MUL: top--, top[-1] *= top[0]; break;
      case AND: top--, top[-1] &= top[0]; break;
      case XOR: top--, top[-1] ^= top[0]; break;
      case SHIFT: top[-1] >>= operand; break;
      case LESS: top--, top[-1] = top[-1] < top[0]; break;
      case JUMP: at = operand; break;
      case JUMP_IF_ZERO:
        if (*--top == 0) at = operand;
        break;
      case SWAP: {
        uint32_t under = top[-2];
        top[-2] = top[-1];
        top[-1] = under;
        break;
      }
      case DUPLICATE: *top = top[-1], top++; break;
      case HALT: return (int32_t)(variables[1] ^ variables[2]);
      default: return -1;
    }
  }
}

NOINLINE static uint32_t leaf(uint32_t a, uint32_t b) { return a * 3 + b; }
NOINLINE static uint32_t branch(uint32_t a, uint32_t b, uint32_t c) { return leaf(a, b) - leaf(b, c) + leaf(c, a); }
NOINLINE static uint32_t trunk(uint32_t a) { return branch(a, a ^ 5, a >> 3) + leaf(a, 1); }

// Direct calls of small functions: n times six.
KERNEL(calls) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < n; i++) sum = trunk((uint32_t)i ^ sum);
  return (int32_t)sum;
}

static uint32_t op_add(uint32_t a, uint32_t b) { return a + b; }
static uint32_t op_sub(uint32_t a, uint32_t b) { return a - b; }
static uint32_t op_mul(uint32_t a, uint32_t b) { return a * (b | 1); }
static uint32_t op_xor(uint32_t a, uint32_t b) { return a ^ b; }
static uint32_t op_min(uint32_t a, uint32_t b) { return a < b ? a : b; }
static uint32_t op_turn(uint32_t a, uint32_t b) { return rotate_right(a, (int)(b & 15) + 1); }
static uint32_t op_avg(uint32_t a, uint32_t b) { return (a & b) + ((a ^ b) >> 1); }
static uint32_t op_not(uint32_t a, uint32_t b) { return ~a - b; }

// Calls through a table (call_indirect), hard to predict: n calls.
KERNEL(indirect) {
  static uint32_t (*const operations[8])(uint32_t, uint32_t) = {op_add, op_sub, op_mul, op_xor, op_min, op_turn, op_avg, op_not};
  uint32_t value = 0x12345678;
  for (int32_t i = 0; i < n; i++) value = operations[(value ^ (uint32_t)i) & 7](value, (uint32_t)i * 0x9e3779b9);
  return (int32_t)value;
}

// ---- data structures ----

NOINLINE static void sort(int32_t *values, int32_t low, int32_t high) {
  while (high - low > 12) {
    int32_t pivot = values[low + (high - low) / 2], i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        int32_t value = values[i];
        values[i++] = values[j];
        values[j--] = value;
      }
    }
    if (j - low < high - i) {
      sort(values, low, j);
      low = i;
    } else {
      sort(values, i, high);
      high = j;
    }
  }
  for (int32_t i = low + 1; i <= high; i++) {
    int32_t value = values[i], j = i;
    for (; j > low && values[j - 1] > value; j--) values[j] = values[j - 1];
    values[j] = value;
  }
}

// Compares and swaps in memory, with recursion: n sorts of 1000 numbers.
KERNEL(quicksort) {
  static int32_t values[1000];
  uint32_t hash = 0;
  seed(1000);
  for (int32_t round = 0; round < n; round++) {
    for (int32_t i = 0; i < 1000; i++) values[i] = (int32_t)next_random() - (1 << 23);
    sort(values, 0, 999);
    for (int32_t i = 1; i < 1000; i++)
      if (values[i - 1] > values[i]) return -1;
    hash = mix(hash, (uint32_t)values[round % 1000]);
  }
  return (int32_t)hash;
}

NOINLINE static uint32_t length_of(const char *text) {
  uint32_t length = 0;
  while (text[length]) length++;
  return length;
}

NOINLINE static int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (uint8_t)*a - (uint8_t)*b;
}

NOINLINE static const char *find(const char *text, const char *word) {
  for (; *text; text++) {
    const char *t = text, *w = word;
    while (*w && *t == *w) t++, w++;
    if (!*w) return text;
  }
  return NULL;
}

// Byte by byte over zero-terminated text: n sentences made, searched, reversed.
KERNEL(strings) {
  static const char *const words[8] = {"glass", "pane", "light", "window", "looking", "through", "case", "clear"};
  static char text[256];
  uint32_t hash = 0;
  seed(26);
  for (int32_t round = 0; round < n; round++) {
    uint32_t length = 0;
    for (int i = 0; i < 20; i++) {
      const char *word = words[next_random() & 7];
      if (i) text[length++] = ' ';
      for (uint32_t k = 0; word[k]; k++) text[length++] = word[k];
    }
    text[length] = 0;
    const char *found = find(text, "light window");
    hash = mix(hash, found ? (uint32_t)(found - text) : length_of(text));
    for (uint32_t i = 0, j = length - 1; i < j; i++, j--) {
      char c = text[i];
      text[i] = text[j];
      text[j] = c;
    }
    uint32_t vowels = 0;
    for (uint32_t i = 0; i < length; i++) {
      char c = text[i];
      if (c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u') vowels++;
      if (c >= 'a' && c <= 'z') text[i] = (char)(c - 32);
    }
    hash = mix(hash, vowels + (uint32_t)compare(text, "SSALG THGIL"));
  }
  return (int32_t)hash;
}

// Random access to memory: n keys into a table with open addressing of 8192
// slots, emptied when it is half full; each key is then looked for twice.
KERNEL(hashmap) {
  enum { SLOTS = 8192 };
  static struct slot {
    uint32_t key, value;
  } slots[SLOTS];
  uint32_t hash = 0, used = SLOTS;
  seed(8192);
  for (int32_t i = 0; i < n; i++) {
    if (used > SLOTS / 2) {
      for (uint32_t k = 0; k < SLOTS; k++) slots[k].key = slots[k].value = 0;
      used = 0;
    }
    uint32_t key = next_random() % 20000 + 1;
    for (int pass = 0; pass < 2; pass++) {
      uint32_t wanted = pass ? key ^ 1 : key;
      uint32_t k = wanted * 0x9e3779b1 >> 19;
      while (slots[k].key && slots[k].key != wanted) k = (k + 1) % SLOTS;
      if (slots[k].key) {
        hash = mix(hash, slots[k].value++);
      } else if (!pass) {
        slots[k] = (struct slot){wanted, (uint32_t)i};
        used++;
      }
    }
  }
  return (int32_t)mix(hash, used);
}

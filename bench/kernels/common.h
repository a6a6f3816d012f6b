// What the benchmark kernels share. A kernel is an exported function from an i32
// size to an i32 checksum; it starts from the same state on every call.
#include <stddef.h>
#include <stdint.h>

#define KERNEL(name) __attribute__((export_name(#name), noinline)) int32_t name(int32_t n)
#define NOINLINE __attribute__((noinline))

// Folds the state of a kernel into its checksum.
static inline uint32_t mix(uint32_t hash, uint32_t value) {
  hash ^= value;
  hash *= 0x85ebca6b;
  return hash ^ (hash >> 15);
}

static inline int32_t fold(uint64_t value) { return (int32_t)((uint32_t)value ^ (uint32_t)(value >> 32)); }

// The one source of test data: a linear congruential generator.
static uint32_t random_state;
static inline void seed(uint32_t value) { random_state = value; }
static inline uint32_t next_random(void) {
  random_state = random_state * 1664525 + 1013904223;
  return random_state >> 8;
}

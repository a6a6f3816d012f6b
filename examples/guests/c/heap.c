// Exercises the allocator and memory growth: builds a binary tree, a growing
// array and a table of strings, moves and fills blocks of memory (memory.copy
// and memory.fill), and checks that a huge request fails cleanly.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
  struct node *left, *right;
  unsigned key;
};

static struct node *insert(struct node *tree, unsigned key) {
  if (!tree) {
    tree = calloc(1, sizeof *tree);
    tree->key = key;
  } else if (key < tree->key) {
    tree->left = insert(tree->left, key);
  } else if (key > tree->key) {
    tree->right = insert(tree->right, key);
  }
  return tree;
}

static unsigned height(const struct node *tree) {
  if (!tree) return 0;
  unsigned l = height(tree->left), r = height(tree->right);
  return 1 + (l > r ? l : r);
}

static unsigned drop(struct node *tree) {
  if (!tree) return 0;
  unsigned count = drop(tree->left) + 1 + drop(tree->right);
  free(tree);
  return count;
}

static uint32_t checksum(const unsigned char *bytes, size_t length) {
  uint32_t a = 1, b = 0;
  for (size_t i = 0; i < length; i++) a = (a + bytes[i]) % 65521, b = (b + a) % 65521;
  return b << 16 | a;
}

int main(void) {
  struct node *tree = NULL;
  uint32_t x = 1;
  for (int i = 0; i < 5000; i++) tree = insert(tree, x = x * 1664525 + 1013904223);
  printf("tree height %u, ", height(tree));
  printf("%u nodes freed\n", drop(tree));

  size_t pages = __builtin_wasm_memory_size(0), length = 0;
  unsigned char *bytes = NULL;
  for (size_t size = 1; size <= 2u << 20; size *= 2) {
    bytes = realloc(bytes, size);
    if (!bytes) return 1;
    memset(bytes + length, (int)(size % 251), size - length);
    length = size;
  }
  printf("array of %zu bytes, checksum %08x\n", length, checksum(bytes, length));
  printf("memory grew: %s\n", __builtin_wasm_memory_size(0) > pages ? "yes" : "no");

  for (int i = 0; i < 4096; i++) bytes[i] = (unsigned char)i;
  memmove(bytes + 100, bytes, 3000);  // overlapping, upwards
  printf("after moving up:   %08x\n", checksum(bytes, 4096));
  memmove(bytes, bytes + 50, 3000);  // overlapping, downwards
  printf("after moving down: %08x\n", checksum(bytes, 4096));
  memcpy(bytes + (1 << 20), bytes, 1 << 18);
  printf("copies are equal: %s\n", memcmp(bytes + (1 << 20), bytes, 1 << 18) == 0 ? "yes" : "no");
  free(bytes);

  char *strings[100], joined[2048] = "";
  for (int i = 0; i < 100; i++) {
    char text[32];
    snprintf(text, sizeof text, "<%d:%x>", i, i * i);
    strings[i] = strdup(text);
  }
  for (int i = 99; i >= 0; i -= 7) strcat(joined, strings[i]);
  for (int i = 0; i < 100; i++) free(strings[i]);
  printf("%s\n", joined);

  // The volatile pointer keeps the compiler from removing the request.
  void *volatile block = malloc(0xf0000000);
  printf("4 GB request: %s\n", block ? "granted" : "refused");
  return 0;
}

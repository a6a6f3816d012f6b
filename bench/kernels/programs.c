// Benchmark kernels that are small programs: each does what some library does,
// with several functions, structures and loops of different kinds in it.
// README.md lists them all. Rebuild with: examples/guests/build.sh kernels
#include "common.h"

static void copy(uint8_t *to, const uint8_t *from, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) to[i] = from[i];
}

// Text to work on: words of a small vocabulary, the same for the same seed.
static uint32_t write_text(char *out, uint32_t capacity) {
  static const char *const words[16] = {"glass", "pane",  "light", "window", "looking", "through", "case", "clear",
                                        "a",     "the",   "of",    "behind", "shop",    "bright",  "no",   "street"};
  uint32_t length = 0;
  while (length + 10 < capacity) {
    const char *word = words[next_random() & 15];
    while (*word) out[length++] = *word++;
    out[length++] = next_random() % 9 ? ' ' : '\n';
  }
  return length;
}

// ---- compression ----

enum { TEXT = 4096, MIN_MATCH = 4 };

// Greedy LZ77 with a table of the last place of each four bytes. A token is a
// count of literals, the literals, a length and a distance of two bytes.
NOINLINE static uint32_t compress(const uint8_t *in, uint32_t length, uint8_t *out) {
  static uint16_t last[1024];
  for (uint32_t i = 0; i < 1024; i++) last[i] = 0xffff;
  uint32_t at = 0, written = 0, pending = 0;
  while (at + MIN_MATCH <= length) {
    uint32_t four = in[at] | (uint32_t)in[at + 1] << 8 | (uint32_t)in[at + 2] << 16 | (uint32_t)in[at + 3] << 24;
    uint16_t *entry = &last[four * 0x9e3779b1 >> 22];
    uint32_t before = *entry, same = 0;
    *entry = (uint16_t)at;
    if (before != 0xffff)
      while (same < 255 && at + same < length && in[before + same] == in[at + same]) same++;
    if (same < MIN_MATCH && at - pending < 255) {
      at++;
      continue;
    }
    if (same < MIN_MATCH) same = 0;
    out[written++] = (uint8_t)(at - pending);
    copy(out + written, in + pending, at - pending);
    written += at - pending;
    out[written++] = (uint8_t)same;
    out[written++] = (uint8_t)(at - before);
    out[written++] = (uint8_t)((at - before) >> 8);
    at += same;
    pending = at;
  }
  out[written++] = (uint8_t)(length - pending);
  copy(out + written, in + pending, length - pending);
  return written + length - pending;
}

NOINLINE static uint32_t expand(const uint8_t *in, uint32_t length, uint8_t *out) {
  uint32_t at = 0, written = 0;
  while (at < length) {
    uint32_t literals = in[at++];
    copy(out + written, in + at, literals);
    at += literals;
    written += literals;
    if (at >= length) break;
    uint32_t same = in[at], distance = in[at + 1] | (uint32_t)in[at + 2] << 8;
    at += 3;
    for (uint32_t i = 0; i < same; i++, written++) out[written] = out[written - distance];
  }
  return written;
}

// Searching for matches and copying them: n times 4 KiB of text, there and back.
KERNEL(lz) {
  static uint8_t text[TEXT], packed[2 * TEXT], back[2 * TEXT];
  uint32_t hash = 0;
  seed(77);
  for (int32_t round = 0; round < n; round++) {
    uint32_t length = write_text((char *)text, TEXT);
    uint32_t size = compress(text, length, packed);
    if (expand(packed, size, back) != length) return -1;
    for (uint32_t i = 0; i < length; i++)
      if (text[i] != back[i]) return -2;
    hash = mix(hash, size + packed[(uint32_t)round % size]);
  }
  return (int32_t)hash;
}

// ---- JSON ----

struct parser {
  const char *at;
  uint32_t hash, values, failed;
};

static void spaces(struct parser *p) {
  while (*p->at == ' ' || *p->at == '\n' || *p->at == '\t') p->at++;
}

NOINLINE static void parse_string(struct parser *p) {
  for (p->at++; *p->at && *p->at != '"'; p->at++) {
    char c = *p->at;
    if (c == '\\') {
      c = *++p->at;
      if (c == 'n') c = '\n';
    }
    p->hash = (p->hash ^ (uint8_t)c) * 16777619;
  }
  if (*p->at == '"') p->at++;
  else p->failed = 1;
}

NOINLINE static double parse_number(struct parser *p) {
  int negative = *p->at == '-', exponent = 0;
  if (negative) p->at++;
  double value = 0;
  while (*p->at >= '0' && *p->at <= '9') value = value * 10 + (*p->at++ - '0');
  if (*p->at == '.')
    for (p->at++; *p->at >= '0' && *p->at <= '9'; exponent--) value = value * 10 + (*p->at++ - '0');
  for (; exponent < 0; exponent++) value /= 10;
  return negative ? -value : value;
}

static int word(struct parser *p, const char *text) {
  const char *at = p->at;
  while (*text && *at == *text) at++, text++;
  if (*text) return 0;
  p->at = at;
  return 1;
}

static void parse_value(struct parser *p) {
  spaces(p);
  p->values++;
  switch (*p->at) {
    case '{':
    case '[': {
      char end = *p->at == '{' ? '}' : ']';
      p->at++;
      spaces(p);
      while (*p->at != end && !p->failed) {
        if (end == '}') {
          parse_string(p);
          spaces(p);
          if (*p->at++ != ':') p->failed = 1;
        }
        parse_value(p);
        spaces(p);
        if (*p->at == ',') p->at++;
        else if (*p->at != end) p->failed = 1;
        spaces(p);
      }
      p->at++;
      break;
    }
    case '"': parse_string(p); break;
    case 't': p->failed |= !word(p, "true"); break;
    case 'f': p->failed |= !word(p, "false"); break;
    case 'n': p->failed |= !word(p, "null"); break;
    default: p->hash = mix(p->hash, (uint32_t)(int32_t)(parse_number(p) * 64));
  }
}

static char *append(char *out, const char *text) {
  while (*text) *out++ = *text++;
  return out;
}

static char *append_number(char *out, uint32_t value) {
  char digits[10];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while ((value /= 10) > 0);
  while (count > 0) *out++ = digits[--count];
  return out;
}

static void write_json(char *out, int records) {
  *out++ = '[';
  for (int i = 0; i < records; i++) {
    if (i) out = append(out, ",\n  ");
    out = append_number(append(out, "{\"id\": "), next_random() % 100000);
    out = append_number(append(out, ", \"price\": -"), next_random() % 1000);
    out = append_number(append(out, "."), next_random() % 1000);
    out = append(out, ", \"name\": \"");
    for (uint32_t length = 4 + next_random() % 12; length > 0; length--) *out++ = (char)('a' + next_random() % 26);
    out = append(out, next_random() % 4 ? "\"" : " \\\"quoted\\\"\"");
    out = append(out, next_random() & 1 ? ", \"tags\": [\"new\", [1, 2.5, 3]], \"ok\": true}" : ", \"tags\": [], \"ok\": null}");
  }
  append(out, "]")[0] = 0;
}

// Recursive descent over text: n times a JSON document of 24 records.
KERNEL(json) {
  static char text[8192];
  uint32_t hash = 0;
  for (int32_t round = 0; round < n; round++) {
    if (round % 16 == 0) {
      seed((uint32_t)round + 5);
      write_json(text, 24);
    }
    struct parser p = {text, (uint32_t)round, 0, 0};
    parse_value(&p);
    if (p.failed) return -1;
    hash = mix(hash, p.hash + p.values);
  }
  return (int32_t)hash;
}

// ---- regular expressions ----

// A pattern is a list of single-character matchers, each with a repetition.
struct node {
  uint8_t kind, low, high, repeat;
};
enum { CHAR, ANY, RANGE, NOT_RANGE, ONE = 0, MANY = '*', SOME = '+', OPTIONAL = '?' };

NOINLINE static uint32_t compile(const char *pattern, struct node *nodes) {
  uint32_t count = 0;
  while (*pattern) {
    struct node *node = &nodes[count++];
    *node = (struct node){CHAR, (uint8_t)*pattern, 0, ONE};
    if (*pattern == '.') node->kind = ANY;
    if (*pattern == '[') {
      node->kind = *++pattern == '^' ? NOT_RANGE : RANGE;
      if (*pattern == '^') pattern++;
      node->low = (uint8_t)pattern[0];
      node->high = (uint8_t)pattern[2];
      pattern += 3;
    }
    pattern++;
    if (*pattern == MANY || *pattern == SOME || *pattern == OPTIONAL) node->repeat = (uint8_t)*pattern++;
  }
  return count;
}

static int fits(const struct node *node, uint8_t c) {
  switch (node->kind) {
    case CHAR: return c == node->low;
    case ANY: return c != 0 && c != '\n';
    case RANGE: return c >= node->low && c <= node->high;
    default: return c != 0 && (c < node->low || c > node->high);
  }
}

// The end of the longest match that backtracking finds, or NULL.
static const char *match(const struct node *nodes, uint32_t count, const char *text) {
  for (; count > 0; nodes++, count--) {
    if (nodes->repeat == ONE) {
      if (!fits(nodes, (uint8_t)*text)) return NULL;
      text++;
      continue;
    }
    const char *end = text;
    while (fits(nodes, (uint8_t)*end) && (end == text || nodes->repeat != OPTIONAL)) end++;
    for (const char *least = text + (nodes->repeat == SOME); end >= least; end--) {
      const char *found = match(nodes + 1, count - 1, end);
      if (found) return found;
    }
    return NULL;
  }
  return text;
}

// Backtracking by recursion: n times five patterns over a page of text.
KERNEL(regex) {
  static const char *const patterns[5] = {"l[a-o]+ing t.*e", "[^a-y]*w.ndow+ [a-z]?", "no +s[a-z]*p", "[m-z]+h[a-z]*\n", ".*[q-s]i.*t case"};
  static char text[1024];
  struct node nodes[32];
  uint32_t hash = 0;
  seed(99);
  for (int32_t round = 0; round < n; round++) {
    uint32_t length = write_text(text, sizeof text - 1);
    text[length] = 0;
    for (int i = 0; i < 5; i++) {
      uint32_t count = compile(patterns[i], nodes), found = 0;
      for (const char *at = text; *at;) {
        const char *end = match(nodes, count, at);
        if (end && end > at) found = found * 31 + (uint32_t)(end - text), at = end;
        else at++;
      }
      hash = mix(hash, found);
    }
  }
  return (int32_t)hash;
}

// ---- ray tracing ----

struct vector {
  double x, y, z;
};
struct sphere {
  struct vector centre;
  double radius, shine, brightness;
};

static struct vector add(struct vector a, struct vector b) { return (struct vector){a.x + b.x, a.y + b.y, a.z + b.z}; }
static struct vector scale(struct vector a, double by) { return (struct vector){a.x * by, a.y * by, a.z * by}; }
static struct vector subtract(struct vector a, struct vector b) { return add(a, scale(b, -1)); }
static double dot(struct vector a, struct vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static struct vector unit(struct vector a) { return scale(a, 1 / __builtin_sqrt(dot(a, a))); }

enum { SPHERES = 9 };
static struct sphere spheres[SPHERES];

// Index of the nearest sphere that the ray hits, or -1; *distance is set then.
NOINLINE static int hit(struct vector from, struct vector direction, double *distance) {
  int nearest = -1;
  for (int i = 0; i < SPHERES; i++) {
    struct vector to = subtract(spheres[i].centre, from);
    double along = dot(to, direction);
    double inside = along * along - dot(to, to) + spheres[i].radius * spheres[i].radius;
    if (inside < 0) continue;
    double t = along - __builtin_sqrt(inside);
    if (t > 1e-6 && (nearest < 0 || t < *distance)) {
      nearest = i;
      *distance = t;
    }
  }
  return nearest;
}

static double trace(struct vector from, struct vector direction, int depth) {
  double distance = 0;
  int i = hit(from, direction, &distance);
  if (i < 0) return 0.3 + 0.3 * direction.y;
  struct vector point = add(from, scale(direction, distance));
  struct vector normal = unit(subtract(point, spheres[i].centre));
  const struct vector light = unit((struct vector){-3, 5, -4});
  double lit = dot(normal, light), ignored;
  if (lit < 0 || hit(point, light, &ignored) >= 0) lit = 0;
  double value = spheres[i].brightness * (0.1 + 0.9 * lit);
  if (depth == 0 || spheres[i].shine == 0) return value;
  struct vector mirrored = subtract(direction, scale(normal, 2 * dot(direction, normal)));
  return value + spheres[i].shine * trace(point, mirrored, depth - 1);
}

// f64 in small structures passed by value, recursion: n rows of 64 points.
KERNEL(raytrace) {
  spheres[0] = (struct sphere){{0, -1004, 0}, 1000, 0.2, 0.6};
  for (int i = 1; i < SPHERES; i++)
    spheres[i] = (struct sphere){{(i % 3 - 1) * 2.5, (i / 3 - 1) * 2.0, 6 + i * 0.7}, 0.8 + 0.1 * i, 0.3 + 0.05 * (i & 3), 0.5 + 0.05 * i};
  uint32_t hash = 0;
  for (int32_t row = 0; row < n; row++) {
    uint32_t sum = 0;
    for (int column = 0; column < 64; column++) {
      struct vector direction = unit((struct vector){(column - 31.5) / 40, (31.5 - row % 64) / 40, 1});
      sum = sum * 7 + (uint32_t)(int32_t)(trace((struct vector){0, 0, -3}, direction, 3) * 255);
    }
    hash = mix(hash, sum);
  }
  return (int32_t)hash;
}

// ---- big numbers ----

enum { LIMBS = 16 };

// product = a * b, 2 * LIMBS limbs.
NOINLINE static void multiply(uint32_t *product, const uint32_t *a, const uint32_t *b) {
  for (int i = 0; i < 2 * LIMBS; i++) product[i] = 0;
  for (int i = 0; i < LIMBS; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < LIMBS; j++) {
      carry += (uint64_t)a[i] * b[j] + product[i + j];
      product[i + j] = (uint32_t)carry;
      carry >>= 32;
    }
    product[i + LIMBS] = (uint32_t)carry;
  }
}

// Montgomery's reduction: out = product / 2^512 mod modulus.
NOINLINE static void reduce(uint32_t *out, uint32_t *product, const uint32_t *modulus, uint32_t inverse) {
  uint32_t over = 0;
  for (int i = 0; i < LIMBS; i++) {
    uint32_t factor = product[i] * inverse;
    uint64_t carry = 0;
    for (int j = 0; j < LIMBS; j++) {
      carry += (uint64_t)factor * modulus[j] + product[i + j];
      product[i + j] = (uint32_t)carry;
      carry >>= 32;
    }
    carry += (uint64_t)product[i + LIMBS] + over;
    product[i + LIMBS] = (uint32_t)carry;
    over = (uint32_t)(carry >> 32);
  }
  uint64_t borrow = 0;
  for (int i = 0; i < LIMBS; i++) {
    uint64_t difference = (uint64_t)product[i + LIMBS] - modulus[i] - borrow;
    out[i] = (uint32_t)difference;
    borrow = difference >> 63;
  }
  if (borrow > over)
    for (int i = 0; i < LIMBS; i++) out[i] = product[i + LIMBS];
}

// 32 times 32 bits to 64 with carries: n modular multiplications of 512 bits.
KERNEL(bignum) {
  uint32_t modulus[LIMBS], value[LIMBS], factor[LIMBS], product[2 * LIMBS];
  seed(512);
  for (int i = 0; i < LIMBS; i++) {
    modulus[i] = next_random() ^ next_random() << 12;
    value[i] = next_random() * 257;
    factor[i] = next_random() * 65537;
  }
  modulus[0] |= 1;
  modulus[LIMBS - 1] |= 0x80000000;
  value[LIMBS - 1] >>= 1;
  uint32_t inverse = 1;
  for (int i = 0; i < 5; i++) inverse *= 2 - modulus[0] * inverse;
  for (int32_t i = 0; i < n; i++) {
    multiply(product, value, i & 1 ? factor : value);
    reduce(value, product, modulus, 0 - inverse);
  }
  uint32_t hash = 0;
  for (int i = 0; i < LIMBS; i++) hash = mix(hash, value[i]);
  return (int32_t)hash;
}

// ---- B-tree ----

enum { ORDER = 8, NODES = 512 };
struct page {
  uint32_t keys[2 * ORDER - 1], values[2 * ORDER - 1];
  struct page *children[2 * ORDER];
  uint32_t count, leaf;
};
static struct page pages[NODES];
static uint32_t used_pages;

static struct page *new_page(uint32_t leaf) {
  struct page *page = &pages[used_pages++];
  page->count = 0;
  page->leaf = leaf;
  return page;
}

static uint32_t place(const struct page *page, uint32_t key) {
  uint32_t low = 0, high = page->count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (page->keys[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The full child at i gives its upper half to a new page, its middle key to its parent.
NOINLINE static void split(struct page *parent, uint32_t i) {
  struct page *full = parent->children[i], *upper = new_page(full->leaf);
  for (uint32_t k = 0; k < ORDER - 1; k++) {
    upper->keys[k] = full->keys[k + ORDER];
    upper->values[k] = full->values[k + ORDER];
  }
  if (!full->leaf)
    for (uint32_t k = 0; k < ORDER; k++) upper->children[k] = full->children[k + ORDER];
  upper->count = full->count = ORDER - 1;
  for (uint32_t k = parent->count; k > i; k--) {
    parent->keys[k] = parent->keys[k - 1];
    parent->values[k] = parent->values[k - 1];
    parent->children[k + 1] = parent->children[k];
  }
  parent->keys[i] = full->keys[ORDER - 1];
  parent->values[i] = full->values[ORDER - 1];
  parent->children[i + 1] = upper;
  parent->count++;
}

// Adds to the value of a key; the root page may change.
NOINLINE static struct page *insert(struct page *root, uint32_t key, uint32_t value) {
  if (root->count == 2 * ORDER - 1) {
    struct page *above = new_page(0);
    above->children[0] = root;
    root = above;
    split(root, 0);
  }
  for (struct page *page = root;;) {
    uint32_t i = place(page, key);
    if (i < page->count && page->keys[i] == key) {
      page->values[i] += value;
      return root;
    }
    if (page->leaf) {
      for (uint32_t k = page->count; k > i; k--) {
        page->keys[k] = page->keys[k - 1];
        page->values[k] = page->values[k - 1];
      }
      page->keys[i] = key;
      page->values[i] = value;
      page->count++;
      return root;
    }
    if (page->children[i]->count == 2 * ORDER - 1) split(page, i);
    else page = page->children[i];
  }
}

static uint32_t walk(const struct page *page, uint32_t hash) {
  for (uint32_t i = 0; i <= page->count; i++) {
    if (!page->leaf) hash = walk(page->children[i], hash);
    if (i < page->count) hash = mix(hash, page->keys[i] + page->values[i]);
  }
  return hash;
}

// Searching and moving within pages, pointers between them: n keys into a tree,
// which is walked and begun anew after 2000.
KERNEL(btree) {
  uint32_t hash = 0;
  struct page *root = NULL;
  seed(2000);
  for (int32_t i = 0; i < n; i++) {
    if (i % 2000 == 0) {
      if (root) hash = walk(root, hash);
      used_pages = 0;
      root = new_page(1);
    }
    root = insert(root, next_random() % 20000, (uint32_t)i);
  }
  return (int32_t)(root ? walk(root, hash) : hash);
}

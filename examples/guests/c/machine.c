// A state machine of tail calls: each state is a function that ends in a call to
// the next one, guaranteed not to grow the stack (musttail, so return_call and
// return_call_indirect). Parses numbers from a text, then runs a million steps.
#include <stdio.h>

#define TAIL __attribute__((musttail)) return

struct tally {
  unsigned numbers, words, sum;
};

typedef struct tally *(*state)(const char *text, struct tally *tally, unsigned value);

static struct tally *in_gap(const char *text, struct tally *tally, unsigned value);
static struct tally *in_number(const char *text, struct tally *tally, unsigned value);
static struct tally *in_word(const char *text, struct tally *tally, unsigned value);

static int is_digit(char c) { return c >= '0' && c <= '9'; }
static state state_for(char c) { return c == ' ' ? in_gap : is_digit(c) ? in_number : in_word; }

static struct tally *in_gap(const char *text, struct tally *tally, unsigned value) {
  if (*text == 0) return tally;
  if (*text == ' ') TAIL in_gap(text + 1, tally, value);
  state next = state_for(*text);
  TAIL next(text, tally, 0);
}

static struct tally *in_number(const char *text, struct tally *tally, unsigned value) {
  if (is_digit(*text)) TAIL in_number(text + 1, tally, value * 10 + (unsigned)(*text - '0'));
  tally->numbers++;
  tally->sum += value;
  TAIL in_gap(text, tally, 0);
}

static struct tally *in_word(const char *text, struct tally *tally, unsigned value) {
  if (*text && *text != ' ') TAIL in_word(text + 1, tally, value);
  tally->words++;
  TAIL in_gap(text, tally, 0);
}

// The rule of the Collatz sequence as two states that call each other.
static unsigned even(unsigned n, unsigned steps);
static unsigned odd(unsigned n, unsigned steps);
static unsigned (*const collatz[2])(unsigned, unsigned) = {even, odd};

static unsigned even(unsigned n, unsigned steps) { TAIL collatz[(n / 2) & 1](n / 2, steps + 1); }
static unsigned odd(unsigned n, unsigned steps) {
  if (n == 1) return steps;
  TAIL even(3 * n + 1, steps + 1);
}

static unsigned ping(unsigned left, unsigned sum);
static unsigned pong(unsigned left, unsigned sum) { TAIL ping(left - 1, sum * 31 + left); }
static unsigned ping(unsigned left, unsigned sum) {
  if (left == 0) return sum;
  TAIL pong(left, sum ^ left);
}

int main(void) {
  struct tally tally = {0, 0, 0};
  in_gap("  12 monkeys ate 345 bananas in 6 days and 70 nights ", &tally, 0);
  printf("%u numbers with sum %u, %u words\n", tally.numbers, tally.sum, tally.words);
  for (unsigned n = 1; n <= 27; n += 13) printf("collatz(%u) ends after %u steps\n", n, collatz[n & 1](n, 0));
  printf("a million tail calls: %u\n", ping(500000, 1));
  return 0;
}

/* Threads without a libc for them (Debian's wasi-libc has none): wasi-threads' thread-spawn, a stack for each thread, and
 * mutexes and condition variables made of memory.atomic.wait and notify. Producers hand numbers to consumers over a queue
 * of four places; a mutex keeps a counter right; the sums do not depend on whose turn it is. */
#include <stdint.h>

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))
struct iovec { const char *text; uint32_t size; };
WASI(fd_write) int fd_write(int fd, const struct iovec *, int count, uint32_t *written);
WASI(sched_yield) int yield(void);
WASI(proc_exit) _Noreturn void leave(int code);
__attribute__((import_module("wasi"), import_name("thread-spawn"))) int thread_spawn(void *start);

/* threads-start.s sets a new thread's stack, with which the structure begins, and calls thread_main. */
struct thread { char *stack_top; int (*run)(int); int arg; int tid; int result; _Atomic int done; };

static void wait_while(_Atomic int *at, int value) { __builtin_wasm_memory_atomic_wait32((int *)at, value, -1); }
static void wake(_Atomic int *at, int count) { __builtin_wasm_memory_atomic_notify((int *)at, count); }

/* 0 free, 1 taken, 2 taken and somebody waits. */
typedef _Atomic int mutex;
static void lock(mutex *m) {
  int seen = 0;
  if (__c11_atomic_compare_exchange_strong(m, &seen, 1, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return;
  while (__c11_atomic_exchange(m, 2, __ATOMIC_SEQ_CST) != 0) wait_while(m, 2);
}
static void unlock(mutex *m) {
  if (__c11_atomic_exchange(m, 0, __ATOMIC_SEQ_CST) == 2) wake(m, 1);
}
typedef _Atomic int condition;
static void await_signal(condition *c, mutex *m) {
  int seen = *c;
  unlock(m);
  wait_while(c, seen);
  lock(m);
}
static void signal_all(condition *c) {
  ++*c;
  wake(c, -1);
}

void thread_main(int tid, struct thread *t) {
  t->tid = tid;
  t->result = t->run(t->arg);
  t->done = 1;
  wake(&t->done, -1);
}

#define THREADS 6
static char stacks[THREADS][8192] __attribute__((aligned(16)));
static struct thread threads[THREADS];
static void start(int i, int (*run)(int), int arg) {
  struct thread *t = &threads[i];
  t->stack_top = stacks[i] + sizeof stacks[i];
  t->run = run;
  t->arg = arg;
  if (thread_spawn(t) < 0) leave(1);
}
static int join(int i) {
  while (!threads[i].done) wait_while(&threads[i].done, 0);
  return threads[i].result;
}

static char line[256];
static int length;
static void say(const char *text) { while (*text) line[length++] = *text++; }
static void say_number(int n) {
  char digits[12];
  int i = 0;
  do digits[i++] = '0' + n % 10; while (n /= 10);
  while (i) line[length++] = digits[--i];
}
static void end_line(void) {
  struct iovec v = {line, length};
  uint32_t written;
  line[v.size++] = '\n';
  fd_write(1, &v, 1, &written);
  length = 0;
}

/* How much each producer hands over; bench/programs has a build with more. */
#ifndef ROUNDS
#define ROUNDS 100
#endif
#define PLACES 4
static mutex guard;
static condition changed;
static int queue[PLACES], first, used, left;

static int produce(int from) {
  for (int i = 0; i < ROUNDS; i++) {
    lock(&guard);
    while (used == PLACES) await_signal(&changed, &guard);
    queue[(first + used++) % PLACES] = from + i;
    signal_all(&changed);
    unlock(&guard);
  }
  return 0;
}
static int consume(int unused) {
  int sum = unused;
  for (;;) {
    lock(&guard);
    while (used == 0 && left > 0) await_signal(&changed, &guard);
    if (used == 0) break;
    sum += queue[first];
    first = (first + 1) % PLACES;
    used--;
    left--;
    signal_all(&changed);
    unlock(&guard);
  }
  unlock(&guard);
  return sum;
}

static mutex counter_guard;
static volatile int counter;
static int count(int times) {
  for (int i = 0; i < times; i++) {
    lock(&counter_guard);
    int seen = counter;
    yield();
    counter = seen + 1;
    unlock(&counter_guard);
  }
  return times;
}

void _start(void) {
  left = 3 * ROUNDS;
  for (int i = 0; i < 3; i++) start(i, produce, i * 1000);
  for (int i = 3; i < 6; i++) start(i, consume, 0);
  int sum = 0;
  for (int i = 0; i < 6; i++) sum += join(i);
  say("sum of what was handed over: ");
  say_number(sum);
  end_line();
  say("threads:");
  for (int i = 0; i < 6; i++) say(" "), say_number(threads[i].tid);
  end_line();
  for (int i = 0; i < 6; i++) threads[i].done = 0;
  for (int i = 0; i < 5; i++) start(i, count, 2 * ROUNDS);
  count(2 * ROUNDS);
  for (int i = 0; i < 5; i++) join(i);
  say("counted under the lock: ");
  say_number(counter);
  end_line();
}

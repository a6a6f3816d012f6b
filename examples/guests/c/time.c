// Reads the clocks and sleeps. Prints only facts that hold on every run, such
// as "monotonic advanced: yes", and the calendar form of a fixed moment.
// Shows clock_time_get, clock_res_get and poll_oneoff (nanosleep). With an
// argument it prints what the clocks say instead, for hosts with a virtual clock.
// Usage: time [now]
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t now(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) != 0) return -1;
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fact(const char *what, int holds) { printf("%s: %s\n", what, holds ? "yes" : "no"); }

static int print_now(void) {
  printf("realtime %lld\n", (long long)now(CLOCK_REALTIME));
  printf("monotonic %lld\n", (long long)now(CLOCK_MONOTONIC));
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "now") == 0) return print_now();
  const int64_t year_2020 = INT64_C(1577836800) * 1000000000;
  const int64_t year_2200 = INT64_C(7258118400) * 1000000000;
  int64_t wall = now(CLOCK_REALTIME);
  fact("realtime is after 2020", wall > year_2020);
  fact("realtime is before 2200", wall < year_2200);
  fact("time() agrees with realtime", time(NULL) - wall / 1000000000 <= 1);

  struct timespec resolution;
  fact("realtime has a resolution", clock_getres(CLOCK_REALTIME, &resolution) == 0 && resolution.tv_sec + resolution.tv_nsec > 0);
  fact("monotonic has a resolution", clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_sec + resolution.tv_nsec > 0);

  int64_t previous = now(CLOCK_MONOTONIC);
  int never_back = 1;
  for (int i = 0; i < 1000; i++) {
    int64_t current = now(CLOCK_MONOTONIC);
    if (current < previous) never_back = 0;
    previous = current;
  }
  fact("monotonic never goes back", never_back);

  // One millisecond of slack: hosts may round the sleep and the clock apart.
  struct timespec twenty_ms = {0, 20000000};
  int64_t before = now(CLOCK_MONOTONIC);
  int slept = nanosleep(&twenty_ms, NULL);
  int64_t elapsed = now(CLOCK_MONOTONIC) - before;
  fact("nanosleep succeeded", slept == 0);
  fact("monotonic advanced", elapsed > 0);
  fact("slept at least 20 ms", elapsed >= 19000000);
  fact("slept less than 10 s", elapsed < INT64_C(10000000000));

  time_t moment = 1000000000;
  char text[64];
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S, %A, day %j", gmtime(&moment));
  printf("1000000000 s = %s\n", text);
  return 0;
}

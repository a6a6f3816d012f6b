// File input and output in the directory given as an argument: create, write,
// seek, read back, append, truncate, rename, stat, links, unlink, mkdir, rmdir,
// readdir, and the errors of each. Prints one line per step. Leaves a few files
// behind, so that a test can also compare what is on the disk afterwards.
// Usage: files [directory]         (default: .)
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *root = ".";

// Returns root/name in one of four rotating buffers, enough for two per call.
static const char *at(const char *name) {
  static char buffers[4][512];
  static int next;
  char *buffer = buffers[next++ & 3];
  snprintf(buffer, sizeof buffers[0], "%s/%s", root, name);
  return buffer;
}

static long step(const char *what, long result) {
  if (result < 0) printf("%-28s error: %s\n", what, strerror(errno));
  else printf("%-28s %ld\n", what, result);
  return result;
}

// An open that is expected to work: any file descriptor is as good as another.
static int open_ok(const char *what, const char *path, int flags) {
  int fd = open(path, flags, 0644);
  printf("%-28s %s\n", what, fd >= 0 ? "ok" : strerror(errno));
  return fd;
}

static void expect_error(const char *what, int result) {
  printf("%-28s %s\n", what, result < 0 ? strerror(errno) : "unexpectedly worked");
  if (result > 2) close(result);
}

static void show(const char *name) {
  FILE *in = fopen(at(name), "r");
  if (!in) {
    printf("%s: %s\n", name, strerror(errno));
    return;
  }
  char line[256];
  while (fgets(line, sizeof line, in)) printf("  %s| %s", name, line);
  fclose(in);
}

static void show_stat(const char *name) {
  struct stat st;
  if (lstat(at(name), &st) != 0) {
    printf("  stat %s: %s\n", name, strerror(errno));
    return;
  }
  const char *type = S_ISREG(st.st_mode) ? "file" : S_ISDIR(st.st_mode) ? "directory" : S_ISLNK(st.st_mode) ? "link" : "other";
  printf("  stat %s: %s", name, type);
  if (S_ISREG(st.st_mode)) printf(", %lld bytes, %d names", (long long)st.st_size, (int)st.st_nlink);
  printf("\n");
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void show_directory(const char *name) {
  DIR *dir = opendir(at(name));
  if (!dir) {
    printf("  opendir %s: %s\n", name, strerror(errno));
    return;
  }
  char *names[64];
  size_t count = 0;
  for (struct dirent *d; (d = readdir(dir)) && count < 64;)
    if (strcmp(d->d_name, ".") && strcmp(d->d_name, "..")) names[count++] = strdup(d->d_name);
  closedir(dir);
  qsort(names, count, sizeof *names, compare);
  printf("  %s has %zu:", name, count);
  for (size_t i = 0; i < count; i++) printf(" %s", names[i]), free(names[i]);
  printf("\n");
}

static void reading_and_writing(void) {
  puts("# reading and writing");
  int fd = open_ok("create a.txt", at("a.txt"), O_RDWR | O_CREAT | O_EXCL);
  step("write", write(fd, "hello, file\n", 12));
  step("tell", lseek(fd, 0, SEEK_CUR));
  step("seek to 7", lseek(fd, 7, SEEK_SET));
  step("overwrite", write(fd, "disk", 4));
  step("seek to -5 from the end", lseek(fd, -5, SEEK_END));
  char buffer[64] = {0};
  step("read", read(fd, buffer, sizeof buffer - 1));
  printf("  read back: %s", buffer);
  step("read at the end", read(fd, buffer, sizeof buffer));
  expect_error("seek before the start", (int)lseek(fd, -1, SEEK_SET));

  memset(buffer, 0, sizeof buffer);
  step("pread at 0", pread(fd, buffer, 5, 0));
  printf("  pread gave: %s\n", buffer);
  step("pwrite at 20", pwrite(fd, "far\n", 4, 20));
  step("tell is unmoved", lseek(fd, 0, SEEK_CUR));
  struct iovec parts[3] = {{"one ", 4}, {"two ", 4}, {"three\n", 6}};
  step("writev", writev(fd, parts, 3));
  step("size", lseek(fd, 0, SEEK_END));
  step("truncate to 12", ftruncate(fd, 12));
  step("size", lseek(fd, 0, SEEK_END));
  step("sync", fsync(fd));
  step("close", close(fd));
  expect_error("close again", close(fd));
  expect_error("read a closed descriptor", (int)read(fd, buffer, 1));
  show("a.txt");
}

static void opening(void) {
  puts("# opening");
  char byte;
  int fd = open_ok("append to a.txt", at("a.txt"), O_WRONLY | O_APPEND);
  step("write", write(fd, "appended 1\n", 11));
  step("seek to 0", lseek(fd, 0, SEEK_SET));
  step("write again", write(fd, "appended 2\n", 11));
  expect_error("read write-only", (int)read(fd, &byte, 1));
  close(fd);
  show("a.txt");
  fd = open_ok("read only", at("a.txt"), O_RDONLY);
  expect_error("write read-only", (int)write(fd, "x", 1));
  close(fd);
  expect_error("create what exists", open(at("a.txt"), O_RDWR | O_CREAT | O_EXCL, 0644));
  expect_error("open what is missing", open(at("missing.txt"), O_RDONLY));
  expect_error("a file as a directory", open(at("a.txt"), O_RDONLY | O_DIRECTORY));
  expect_error("below a file", open(at("a.txt/b"), O_RDONLY));
  fd = open_ok("truncating open", at("b.txt"), O_WRONLY | O_CREAT | O_TRUNC);
  step("write", write(fd, "12345", 5));
  close(fd);
  fd = open_ok("truncating open again", at("b.txt"), O_WRONLY | O_CREAT | O_TRUNC);
  step("size", lseek(fd, 0, SEEK_END));
  close(fd);
  show_stat("b.txt");
}

static void directories(void) {
  puts("# directories");
  step("mkdir d", mkdir(at("d"), 0755));
  step("mkdir d/e", mkdir(at("d/e"), 0755));
  expect_error("mkdir d again", mkdir(at("d"), 0755));
  expect_error("mkdir below nothing", mkdir(at("x/y"), 0755));
  int fd = open_ok("create d/e/f", at("d/e/f"), O_WRONLY | O_CREAT);
  step("write", write(fd, "inside\n", 7));
  close(fd);
  show_directory(".");
  show_directory("d");
  show_directory("d/e");
  show_directory("d/../d/./e");
  expect_error("rmdir of a full one", rmdir(at("d")));
  expect_error("rmdir of a file", rmdir(at("a.txt")));
  expect_error("open it for writing", open(at("d"), O_WRONLY));
  show_stat("d");
}

static void renaming(void) {
  puts("# renaming");
  step("rename b.txt to c.txt", rename(at("b.txt"), at("c.txt")));
  show_stat("b.txt");
  show_stat("c.txt");
  step("rename over a file", rename(at("a.txt"), at("c.txt")));
  show("c.txt");
  step("rename into d", rename(at("c.txt"), at("d/c.txt")));
  step("rename a directory", rename(at("d/e"), at("moved")));
  expect_error("rename what is missing", rename(at("nothing"), at("something")));
  expect_error("directory over a file", rename(at("moved"), at("d/c.txt")));
  show_directory(".");
  show_directory("d");
  show_directory("moved");
}

static void linking(void) {
  puts("# links");
  step("link", link(at("d/c.txt"), at("hard.txt")));
  show_stat("hard.txt");
  step("symlink", symlink("d/c.txt", at("soft.txt")));
  show_stat("soft.txt");
  char target[64] = {0};
  step("readlink", readlink(at("soft.txt"), target, sizeof target - 1));
  printf("  points to: %s\n", target);
  show("soft.txt");
  expect_error("readlink of a file", (int)readlink(at("hard.txt"), target, sizeof target));
  step("unlink d/c.txt", unlink(at("d/c.txt")));
  show_stat("hard.txt");
  show("soft.txt");
  step("unlink soft.txt", unlink(at("soft.txt")));
}

static void removing(void) {
  puts("# removing");
  expect_error("unlink what is missing", unlink(at("missing.txt")));
  step("rmdir d", rmdir(at("d")));
  step("unlink moved/f", unlink(at("moved/f")));
  step("rmdir moved", rmdir(at("moved")));
  FILE *out = fopen(at("last.txt"), "w");
  for (int i = 1; i <= 3; i++) fprintf(out, "line %d of 3\n", i);
  fclose(out);
  show("last.txt");
  show_directory(".");
}

int main(int argc, char **argv) {
  if (argc > 1) root = argv[1];
  reading_and_writing();
  opening();
  directories();
  renaming();
  linking();
  removing();
  return 0;
}

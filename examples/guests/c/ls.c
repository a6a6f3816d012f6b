// Lists a directory: one line per entry with its type and size, sorted by name,
// then how many entries there are and how many bytes the files hold together.
// Shows directory reading (fd_readdir) and path_filestat_get.
// Usage: ls [directory]            (default: .)
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
  char *name;
  char type;
  long long size;
};

static int by_name(const void *a, const void *b) {
  return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static char type_letter(mode_t mode) {
  if (S_ISDIR(mode)) return 'd';
  if (S_ISLNK(mode)) return 'l';
  return S_ISREG(mode) ? '-' : '?';
}

static int fail(const char *what) {
  fprintf(stderr, "ls: %s: %s\n", what, strerror(errno));
  return 1;
}

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : ".";
  DIR *dir = opendir(path);
  if (!dir) return fail(path);

  struct entry *entries = NULL;
  size_t count = 0, capacity = 0;
  for (struct dirent *d; (d = readdir(dir));) {
    if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
    if (count == capacity) {
      capacity = capacity ? capacity * 2 : 16;
      entries = realloc(entries, capacity * sizeof *entries);
      if (!entries) return fail("out of memory");
    }
    struct stat st;
    if (fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) return fail(d->d_name);
    struct entry *e = &entries[count++];
    e->name = strdup(d->d_name);
    e->type = type_letter(st.st_mode);
    // The size of a directory is the host's business, so it is not shown.
    e->size = S_ISREG(st.st_mode) ? (long long)st.st_size : 0;
  }
  closedir(dir);

  qsort(entries, count, sizeof *entries, by_name);
  long long total = 0;
  for (size_t i = 0; i < count; i++) {
    if (entries[i].type == '-')
      printf("- %10lld  %s\n", entries[i].size, entries[i].name);
    else
      printf("%c %10s  %s%s\n", entries[i].type, "", entries[i].name, entries[i].type == 'd' ? "/" : "");
    total += entries[i].size;
  }
  printf("%zu %s, %lld bytes\n", count, count == 1 ? "entry" : "entries", total);
  return 0;
}

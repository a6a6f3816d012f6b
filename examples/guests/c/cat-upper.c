// A filter: copies stdin to stdout with ASCII letters in upper case.
// Uses read and write directly, so every call is one fd_read or fd_write,
// and short reads and writes are handled the way a careful program does.
#include <ctype.h>
#include <stdio.h>
#include <unistd.h>

static int write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, bytes, length);
    if (n < 0) return -1;
    bytes += n;
    length -= (size_t)n;
  }
  return 0;
}

int main(void) {
  static char buffer[4096];
  for (;;) {
    ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
    if (n == 0) return 0;
    if (n < 0) {
      perror("read");
      return 1;
    }
    for (ssize_t i = 0; i < n; i++)
      if ((unsigned char)buffer[i] < 128) buffer[i] = (char)toupper(buffer[i]);
    if (write_all(STDOUT_FILENO, buffer, (size_t)n) != 0) {
      perror("write");
      return 1;
    }
  }
}

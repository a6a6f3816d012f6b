// Tries to leave the directory it was granted as ".", in every way a path can:
// absolute, "..", ".." after a real name, and through symbolic links of its own
// making. Prints which attempts were refused: all of them should be.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int escapes;

static void refused(const char *what, int result) {
  if (result >= 0) escapes++;
  printf("%-32s %s\n", what, result < 0 ? "refused" : "ESCAPED");
  if (result > 2) close(result);
}

static void allowed(const char *what, int result) {
  printf("%-32s %s\n", what, result >= 0 ? "allowed" : "REFUSED");
  if (result > 2) close(result);
}

int main(void) {
  mkdir("inner", 0755);
  allowed("create inside", open("inside.txt", O_WRONLY | O_CREAT, 0644));
  allowed("inner/../inside.txt", open("inner/../inside.txt", O_RDONLY));
  allowed("./inner/.././inside.txt", open("./inner/.././inside.txt", O_RDONLY));

  refused("/etc/passwd", open("/etc/passwd", O_RDONLY));
  refused("..", open("..", O_RDONLY));
  refused("../outside", open("../outside", O_RDONLY));
  refused("../outside (create)", open("../outside", O_WRONLY | O_CREAT, 0644));
  refused("inner/../../outside (create)", open("inner/../../outside", O_WRONLY | O_CREAT, 0644));
  refused("inner/../.. (open)", open("inner/../..", O_RDONLY));
  refused("mkdir ../outside", mkdir("../outside", 0755));
  refused("rename inside.txt ../outside", rename("inside.txt", "../outside"));
  refused("link inside.txt ../outside", link("inside.txt", "../outside"));
  refused("unlink ../outside", unlink("../outside"));

  // A host may refuse to make such links at all; if it makes them, it must not
  // follow them.
  (void)symlink("/etc", "absolute");
  (void)symlink("..", "parent");
  (void)symlink("../..", "inner/up");
  (void)symlink("parent/outside", "chain");
  refused("absolute/passwd", open("absolute/passwd", O_RDONLY));
  refused("parent (as a directory)", open("parent", O_RDONLY | O_DIRECTORY));
  refused("parent/outside (create)", open("parent/outside", O_WRONLY | O_CREAT, 0644));
  refused("inner/up/outside (create)", open("inner/up/outside", O_WRONLY | O_CREAT, 0644));
  refused("chain (create)", open("chain", O_WRONLY | O_CREAT, 0644));
  unlink("chain");
  unlink("inner/up");
  unlink("parent");
  unlink("absolute");

  printf("%d escapes\n", escapes);
  return escapes != 0;
}

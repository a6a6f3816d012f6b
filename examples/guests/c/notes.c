/* A notebook that is talked to line by line: what is typed goes into files of the directory /notes.
 *   NAME: TEXT    adds a line to a note
 *   NAME          shows it
 *   list, quit    */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

static void path_of(char *path, size_t size, const char *name) { snprintf(path, size, "/notes/%s.txt", name); }

int main(void) {
  char line[512], path[600];
  printf("notebook> ");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    char *colon = strchr(line, ':');
    if (!strcmp(line, "quit")) break;
    if (!strcmp(line, "list")) {
      DIR *dir = opendir("/notes");
      for (struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.') puts(e->d_name);
      if (dir) closedir(dir);
    } else if (colon) {
      *colon++ = 0;
      path_of(path, sizeof path, line);
      FILE *note = fopen(path, "a");
      if (!note) perror(path);
      else {
        fprintf(note, "%s\n", colon + strspn(colon, " "));
        fclose(note);
        printf("noted in %s\n", line);
      }
    } else if (line[0]) {
      path_of(path, sizeof path, line);
      FILE *note = fopen(path, "r");
      if (!note) printf("there is no note %s\n", line);
      else {
        while (fgets(line, sizeof line, note)) fputs(line, stdout);
        fclose(note);
      }
    }
    printf("notebook> ");
    fflush(stdout);
  }
  puts("bye");
  return 0;
}

/* Preloaded into a hub: writes down what is synced and renamed below a folder, in that order, and lets a sync of the folder itself fail on request. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is behind the folder in a path; NULL when it lies elsewhere. */
static const char *below(const char *path) {
  const char *folder = getenv("SYNCS_BELOW");
  size_t length = folder ? strlen(folder) : 0;
  return length > 0 && strncmp(path, folder, length) == 0 ? path + length : NULL;
}

static void note(const char *what, const char *name) {
  const char *log = getenv("SYNCS_LOG");
  int file = log ? open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (file < 0) return;
  dprintf(file, "%s %s\n", what, name);
  close(file);
}

int fsync(int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length > 0) {
    path[length] = 0;
    const char *name = below(path), *fails = getenv("SYNCS_FAIL");
    if (name) note("sync", name);
    if (name && !*name && fails && access(fails, F_OK) == 0) {
      errno = EIO;
      return -1;
    }
  }
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  return real(descriptor);
}

int rename(const char *from, const char *to) {
  int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  int result = real(from, to);
  char *path = result == 0 ? realpath(to, NULL) : NULL;
  const char *name = path ? below(path) : NULL;
  if (name) note("name", name);
  free(path);
  return result;
}

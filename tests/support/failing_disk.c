/*
 * A disk that fails: loaded before the C library, it refuses writes to files below a folder.
 *
 *   CERTDECK_TEST_DISK_FOLDER  the folder, absolute and without links
 *   CERTDECK_TEST_DISK         "once N E": the Nth write or sync fails with errno E
 *                              "from N E": it and all that follow
 *                              "sealed 0 E": every opening for writing fails
 *
 * Each refusal is told as one line on stderr. Writes through a mapping are not seen.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long seen;

static int below(const char *path) {
  const char *folder = getenv("CERTDECK_TEST_DISK_FOLDER");
  return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static ssize_t told(void) {
  static ssize_t (*next)(int, const void *, size_t);
  if (!next) next = dlsym(RTLD_NEXT, "write");
  return next(2, "refused by the disk\n", 20);
}

static int refuses(int file) {
  char link[64], path[PATH_MAX + 1], mode[16];
  long nth;
  int code;
  const char *plan = getenv("CERTDECK_TEST_DISK");
  if (!plan || sscanf(plan, "%15s %ld %d", mode, &nth, &code) != 3 || strcmp(mode, "sealed") == 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, PATH_MAX);
  if (length <= 0) return 0;
  path[length] = 0;
  if (!below(path)) return 0;
  long now = __sync_add_and_fetch(&seen, 1);
  if (now < nth || (now > nth && strcmp(mode, "once") == 0)) return 0;
  told();
  errno = code;
  return 1;
}

#define GUARD(result, name, parameters, arguments)                                                  \
  result name parameters {                                                                          \
    static result(*next) parameters;                                                                \
    if (!next) next = dlsym(RTLD_NEXT, #name);                                                       \
    return refuses(file) ? -1 : next arguments;                                                     \
  }

GUARD(ssize_t, write, (int file, const void *bytes, size_t size), (file, bytes, size))
GUARD(ssize_t, pwrite, (int file, const void *bytes, size_t size, off_t at), (file, bytes, size, at))
GUARD(ssize_t, pwrite64, (int file, const void *bytes, size_t size, off64_t at), (file, bytes, size, at))
GUARD(int, fsync, (int file), (file))
GUARD(int, fdatasync, (int file), (file))
GUARD(int, ftruncate, (int file, off_t size), (file, size))
GUARD(int, ftruncate64, (int file, off64_t size), (file, size))

static int sealed(const char *path, int flags) {
  const char *plan = getenv("CERTDECK_TEST_DISK");
  char mode[16];
  long nth;
  int code;
  if (!plan || sscanf(plan, "%15s %ld %d", mode, &nth, &code) != 3 || strcmp(mode, "sealed") != 0) return 0;
  if ((flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT)) return 0;
  if (!below(path)) return 0;
  told();
  errno = code;
  return 1;
}

#define OPENING(name)                                                                               \
  int name(const char *path, int flags, ...) {                                                      \
    static int (*next)(const char *, int, ...);                                                     \
    va_list more;                                                                                   \
    va_start(more, flags);                                                                          \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;                         \
    va_end(more);                                                                                   \
    if (!next) next = dlsym(RTLD_NEXT, #name);                                                       \
    return sealed(path, flags) ? -1 : next(path, flags, mode);                                      \
  }

OPENING(open)
OPENING(open64)

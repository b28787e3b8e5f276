/*
 * Preloaded into a process (LD_PRELOAD), it writes down all that the process does to files below one folder, in order:
 * writes with their bytes, changes of size, flushes, and changes of names. A test replays that history up to some point
 * and builds what a disk may hold if the power goes there (dev.swarmlog.reliability.faults.power.DiskHistory reads it).
 *
 *   DISK_HISTORY_ROOT   absolute path of the folder, without a slash at its end
 *   DISK_HISTORY_FILE   the history; must not lie below the folder
 *   DISK_HISTORY_LIE    "1": flushes return success, do nothing and are not written down
 *
 * The history is a mapped file, so that nothing of it is lost when the process is killed:
 *
 *   header, 64 bytes:  magic (8) | bytes used, header included (8) | overflown (8)
 *   record, aligned to 8 bytes, native byte order:
 *     size (4) | kind (1) | state (1) | length of the first path (2) | monotonic time in ns (8) | fd (4)
 *     | length of the second path (4) | a (8) | b (8) | first path | second path | bytes
 *
 * A record is written before its call, as intended (state 0), and marked as done (1) or failed (2) behind it. One lock is
 * held from one to the other, so at most one record of a killed process is undecided. Flushes take long and run without
 * the lock: they have one record before and one behind, of the same number.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind {
  OPEN = 1,
  CLOSE,
  WRITE,
  TRUNCATE,
  FLUSH_BEGIN,
  FLUSH_END,
  RENAME,
  LINK,
  UNLINK,
  MKDIR,
  RMDIR,
  ALLOCATE,
  UNKNOWN
};

enum { CREATED = 1, EMPTIED = 2 };
enum { INTENDED, DONE, FAILED };
enum { MAX_FDS = 1 << 16 };

struct header {
  char magic[8];
  uint64_t used;
  uint64_t overflown;
  char unused[40];
};

struct record {
  uint32_t size;
  uint8_t kind;
  uint8_t state;
  uint16_t path_length;
  uint64_t time_ns;
  int32_t fd;
  uint32_t second_length;
  uint64_t a;
  uint64_t b;
};

static const uint64_t MAX_BYTES = 1ull << 30;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_MAX];
static size_t root_length;
static int lies;
static struct header *history;
static uint64_t flushes;
static unsigned char tracked[MAX_FDS];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  const char *folder = getenv("DISK_HISTORY_ROOT");
  const char *file = getenv("DISK_HISTORY_FILE");
  const char *lie = getenv("DISK_HISTORY_LIE");
  if (!folder || !file || strlen(folder) >= sizeof root) return;
  int fd = REAL(open)(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || REAL(ftruncate)(fd, (off_t)MAX_BYTES) != 0) {
    fprintf(stderr, "Expected to write the history of the disk to %s, but: %s\n", file, strerror(errno));
    _exit(70);
  }
  history = mmap(NULL, MAX_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  REAL(close)(fd);
  if (history == MAP_FAILED) _exit(70);
  memcpy(history->magic, "DISKHIS1", 8);
  history->used = sizeof *history;
  strcpy(root, folder);
  root_length = strlen(root);
  lies = lie && !strcmp(lie, "1");
  /* A child would write into the same history. */
  unsetenv("LD_PRELOAD");
}

/* Makes a path absolute and plain; returns whether it is the folder or below it. */
static int below(const char *path, char *plain) {
  char whole[2 * PATH_MAX];
  if (!history || !path) return 0;
  if (path[0] == '/') {
    snprintf(whole, sizeof whole, "%s", path);
  } else {
    char here[PATH_MAX];
    if (!getcwd(here, sizeof here)) return 0;
    snprintf(whole, sizeof whole, "%s/%s", here, path);
  }
  size_t n = 0;
  for (const char *c = whole; *c && n < PATH_MAX - 1; c++) {
    if (*c == '/' && (c[1] == '/' || c[1] == 0)) continue;
    if (*c == '/' && c[1] == '.' && (c[2] == '/' || c[2] == 0)) {
      c++;
      continue;
    }
    plain[n++] = *c;
  }
  plain[n] = 0;
  return !strncmp(plain, root, root_length) && (plain[root_length] == '/' || plain[root_length] == 0);
}

/* The path of something below an open directory. */
static int below_at(int directory, const char *path, char *plain) {
  if (!history || !path) return 0;
  if (path[0] == '/' || directory == AT_FDCWD) return below(path, plain);
  char link[64], base[PATH_MAX], whole[2 * PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
  ssize_t n = readlink(link, base, sizeof base - 1);
  if (n < 0) return 0;
  base[n] = 0;
  snprintf(whole, sizeof whole, "%s/%s", base, path);
  return below(whole, plain);
}

static int is_tracked(int fd) {
  return history && fd >= 0 && fd < MAX_FDS && tracked[fd];
}

/* Under the lock. Returns NULL when the history is full. */
static struct record *note(int kind, int fd, const char *path, const char *second, uint64_t a, uint64_t b,
                           const struct iovec *bytes, int count, size_t length) {
  size_t path_length = path ? strlen(path) : 0;
  size_t second_length = second ? strlen(second) : 0;
  size_t size = (sizeof(struct record) + path_length + second_length + length + 7) & ~(size_t)7;
  if (history->used + size > MAX_BYTES) {
    history->overflown = 1;
    return NULL;
  }
  struct record *r = (struct record *)((char *)history + history->used);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  r->size = (uint32_t)size;
  r->kind = (uint8_t)kind;
  r->state = INTENDED;
  r->path_length = (uint16_t)path_length;
  r->time_ns = (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
  r->fd = fd;
  r->second_length = (uint32_t)second_length;
  r->a = a;
  r->b = b;
  char *to = (char *)(r + 1);
  if (path) memcpy(to, path, path_length);
  to += path_length;
  if (second) memcpy(to, second, second_length);
  to += second_length;
  for (int i = 0; i < count && length > 0; i++) {
    size_t n = bytes[i].iov_len < length ? bytes[i].iov_len : length;
    memcpy(to, bytes[i].iov_base, n);
    to += n;
    length -= n;
  }
  __sync_synchronize();
  history->used += size;
  return r;
}

static void settle(struct record *r, int succeeded) {
  if (r) r->state = succeeded ? DONE : FAILED;
}

static void unknown(const char *call) {
  pthread_mutex_lock(&lock);
  settle(note(UNKNOWN, -1, call, NULL, 0, 0, NULL, 0, 0), 1);
  pthread_mutex_unlock(&lock);
}

/* ---- opening and closing ---- */

static int opened(int (*call)(int, const char *, int, mode_t), int directory, const char *path, int flags,
                  mode_t mode) {
  char plain[PATH_MAX];
  if (!below_at(directory, path, plain)) return call(directory, path, flags, mode);
  pthread_mutex_lock(&lock);
  struct stat before;
  int existed = stat(plain, &before) == 0;
  int created = !existed && (flags & O_CREAT);
  int emptied = existed && (flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY;
  struct record *r = NULL;
  if (created || emptied || existed)
    r = note(OPEN, -1, plain, NULL, (created ? CREATED : 0) | (emptied ? EMPTIED : 0), 0, NULL, 0, 0);
  int fd = call(directory, path, flags, mode);
  if (r) r->fd = fd;
  settle(r, fd >= 0);
  if (fd >= 0 && fd < MAX_FDS) tracked[fd] = 1;
  int error = errno;
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

static int real_openat(int directory, const char *path, int flags, mode_t mode) {
  return REAL(openat)(directory, path, flags, mode);
}

#define MODE_OF(flags)                            \
  mode_t mode = 0;                                \
  if ((flags) & (O_CREAT | O_TMPFILE)) {          \
    va_list rest;                                 \
    va_start(rest, flags);                        \
    mode = (mode_t)va_arg(rest, int);             \
    va_end(rest);                                 \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(real_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(real_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int directory, const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(real_openat, directory, path, flags, mode);
}

int openat64(int directory, const char *path, int flags, ...) {
  MODE_OF(flags)
  return opened(real_openat, directory, path, flags | O_LARGEFILE, mode);
}

int creat(const char *path, mode_t mode) {
  return opened(real_openat, AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode) {
  return opened(real_openat, AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC | O_LARGEFILE, mode);
}

int close(int fd) {
  if (!is_tracked(fd)) return REAL(close)(fd);
  pthread_mutex_lock(&lock);
  struct record *r = note(CLOSE, fd, NULL, NULL, 0, 0, NULL, 0, 0);
  tracked[fd] = 0;
  int result = REAL(close)(fd);
  int error = errno;
  settle(r, 1);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

/* These close without calling close above. */

static void closes(int fd) {
  if (!is_tracked(fd)) return;
  pthread_mutex_lock(&lock);
  tracked[fd] = 0;
  settle(note(CLOSE, fd, NULL, NULL, 0, 0, NULL, 0, 0), 1);
  pthread_mutex_unlock(&lock);
}

int fclose(FILE *file) {
  closes(fileno(file));
  return REAL(fclose)(file);
}

int closedir(DIR *directory) {
  closes(dirfd(directory));
  return REAL(closedir)(directory);
}

/* ---- writing ---- */

/* At the file's own position where offset is negative. */
static ssize_t written(int fd, const struct iovec *bytes, int count, off_t offset) {
  pthread_mutex_lock(&lock);
  size_t length = 0;
  for (int i = 0; i < count; i++) length += bytes[i].iov_len;
  off_t at = offset;
  if (at < 0) {
    struct stat now;
    at = (fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &now) == 0 ? now.st_size : lseek(fd, 0, SEEK_CUR);
  }
  struct record *r = note(WRITE, fd, NULL, NULL, (uint64_t)at, length, bytes, count, length);
  ssize_t n = offset < 0 ? REAL(writev)(fd, bytes, count) : REAL(pwritev)(fd, bytes, count, offset);
  int error = errno;
  /* A short write: b says how much of the bytes counts. */
  if (r && n >= 0) r->b = (uint64_t)n;
  settle(r, n >= 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return n;
}

ssize_t write(int fd, const void *from, size_t length) {
  if (!is_tracked(fd)) return REAL(write)(fd, from, length);
  struct iovec bytes = {(void *)from, length};
  return written(fd, &bytes, 1, -1);
}

ssize_t pwrite(int fd, const void *from, size_t length, off_t offset) {
  if (!is_tracked(fd)) return REAL(pwrite)(fd, from, length, offset);
  struct iovec bytes = {(void *)from, length};
  return written(fd, &bytes, 1, offset);
}

ssize_t pwrite64(int fd, const void *from, size_t length, off_t offset) {
  return pwrite(fd, from, length, offset);
}

ssize_t writev(int fd, const struct iovec *bytes, int count) {
  if (!is_tracked(fd)) return REAL(writev)(fd, bytes, count);
  return written(fd, bytes, count, -1);
}

ssize_t pwritev(int fd, const struct iovec *bytes, int count, off_t offset) {
  if (!is_tracked(fd)) return REAL(pwritev)(fd, bytes, count, offset);
  return written(fd, bytes, count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *bytes, int count, off_t offset) {
  return pwritev(fd, bytes, count, offset);
}

/* ---- sizes ---- */

int ftruncate(int fd, off_t size) {
  if (!is_tracked(fd)) return REAL(ftruncate)(fd, size);
  pthread_mutex_lock(&lock);
  struct record *r = note(TRUNCATE, fd, NULL, NULL, (uint64_t)size, 0, NULL, 0, 0);
  int result = REAL(ftruncate)(fd, size);
  int error = errno;
  settle(r, result == 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int ftruncate64(int fd, off_t size) {
  return ftruncate(fd, size);
}

int truncate(const char *path, off_t size) {
  char plain[PATH_MAX];
  if (below(path, plain)) unknown("truncate");
  return REAL(truncate)(path, size);
}

int truncate64(const char *path, off_t size) {
  return truncate(path, size);
}

/* a: mode, b: end of the range; its offset stands in the bytes. */
int fallocate(int fd, int mode, off_t offset, off_t length) {
  if (!is_tracked(fd)) return REAL(fallocate)(fd, mode, offset, length);
  pthread_mutex_lock(&lock);
  struct iovec bytes = {&offset, sizeof offset};
  struct record *r =
      note(ALLOCATE, fd, NULL, NULL, (uint64_t)mode, (uint64_t)(offset + length), &bytes, 1, sizeof offset);
  int result = REAL(fallocate)(fd, mode, offset, length);
  int error = errno;
  settle(r, result == 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int fallocate64(int fd, int mode, off_t offset, off_t length) {
  return fallocate(fd, mode, offset, length);
}

/* ---- flushing ---- */

static int flushed(int fd, int (*call)(int)) {
  if (!is_tracked(fd)) return call(fd);
  if (lies) return 0;
  pthread_mutex_lock(&lock);
  uint64_t number = ++flushes;
  settle(note(FLUSH_BEGIN, fd, NULL, NULL, number, 0, NULL, 0, 0), 1);
  pthread_mutex_unlock(&lock);
  int result = call(fd);
  int error = errno;
  pthread_mutex_lock(&lock);
  settle(note(FLUSH_END, fd, NULL, NULL, number, 0, NULL, 0, 0), result == 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

static int real_fsync(int fd) {
  return REAL(fsync)(fd);
}

static int real_fdatasync(int fd) {
  return REAL(fdatasync)(fd);
}

int fsync(int fd) {
  return flushed(fd, real_fsync);
}

int fdatasync(int fd) {
  return flushed(fd, real_fdatasync);
}

/* ---- names ---- */

static int renamed(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
  char source[PATH_MAX], target[PATH_MAX];
  int source_below = below_at(from_directory, from, source);
  int target_below = below_at(to_directory, to, target);
  if (source_below != target_below || (source_below && flags)) unknown("rename");
  if (!source_below || !target_below) return REAL(renameat2)(from_directory, from, to_directory, to, flags);
  pthread_mutex_lock(&lock);
  struct record *r = note(RENAME, -1, source, target, 0, 0, NULL, 0, 0);
  int result = REAL(renameat2)(from_directory, from, to_directory, to, flags);
  int error = errno;
  settle(r, result == 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int rename(const char *from, const char *to) {
  return renamed(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_directory, const char *from, int to_directory, const char *to) {
  return renamed(from_directory, from, to_directory, to, 0);
}

int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
  return renamed(from_directory, from, to_directory, to, flags);
}

int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags) {
  char source[PATH_MAX], target[PATH_MAX];
  int source_below = below_at(from_directory, from, source);
  int target_below = below_at(to_directory, to, target);
  if (source_below != target_below) unknown("link");
  if (!source_below || !target_below) return REAL(linkat)(from_directory, from, to_directory, to, flags);
  pthread_mutex_lock(&lock);
  struct record *r = note(LINK, -1, source, target, 0, 0, NULL, 0, 0);
  int result = REAL(linkat)(from_directory, from, to_directory, to, flags);
  int error = errno;
  settle(r, result == 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int link(const char *from, const char *to) {
  return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int symlink(const char *to, const char *path) {
  char plain[PATH_MAX];
  if (below(path, plain)) unknown("symlink");
  return REAL(symlink)(to, path);
}

static int named(int kind, int directory, const char *path, const char *plain, int flags, mode_t mode) {
  pthread_mutex_lock(&lock);
  struct record *r = note(kind, -1, plain, NULL, 0, 0, NULL, 0, 0);
  int result = kind == MKDIR ? REAL(mkdirat)(directory, path, mode) : REAL(unlinkat)(directory, path, flags);
  int error = errno;
  settle(r, result == 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return result;
}

int mkdirat(int directory, const char *path, mode_t mode) {
  char plain[PATH_MAX];
  if (!below_at(directory, path, plain)) return REAL(mkdirat)(directory, path, mode);
  return named(MKDIR, directory, path, plain, 0, mode);
}

int mkdir(const char *path, mode_t mode) {
  return mkdirat(AT_FDCWD, path, mode);
}

int unlinkat(int directory, const char *path, int flags) {
  char plain[PATH_MAX];
  if (!below_at(directory, path, plain)) return REAL(unlinkat)(directory, path, flags);
  return named(flags & AT_REMOVEDIR ? RMDIR : UNLINK, directory, path, plain, flags, 0);
}

int unlink(const char *path) {
  return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path) {
  return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int remove(const char *path) {
  struct stat what;
  if (lstat(path, &what) != 0) return -1;
  return unlinkat(AT_FDCWD, path, S_ISDIR(what.st_mode) ? AT_REMOVEDIR : 0);
}

/* ---- what the history cannot tell: a test that meets one of these fails ---- */

FILE *fopen(const char *path, const char *mode) {
  char plain[PATH_MAX];
  if ((strchr(mode, 'w') || strchr(mode, 'a') || strchr(mode, '+')) && below(path, plain)) unknown("fopen");
  return REAL(fopen)(path, mode);
}

FILE *fopen64(const char *path, const char *mode) {
  char plain[PATH_MAX];
  if ((strchr(mode, 'w') || strchr(mode, 'a') || strchr(mode, '+')) && below(path, plain)) unknown("fopen64");
  return REAL(fopen64)(path, mode);
}

FILE *fdopen(int fd, const char *mode) {
  if (is_tracked(fd) && (strchr(mode, 'w') || strchr(mode, 'a') || strchr(mode, '+'))) unknown("fdopen");
  return REAL(fdopen)(fd, mode);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  if (is_tracked(fd) && (protection & PROT_WRITE) && (flags & MAP_SHARED)) unknown("mmap");
  return REAL(mmap)(address, length, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  return mmap(address, length, protection, flags, fd, offset);
}

ssize_t copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t length, unsigned flags) {
  if (is_tracked(to)) unknown("copy_file_range");
  return REAL(copy_file_range)(from, from_offset, to, to_offset, length, flags);
}

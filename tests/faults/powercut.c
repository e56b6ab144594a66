/* Notes what a program has made durable below one folder, so that a test can cut the power.
 *
 * Preloaded into the store. POWERCUT_FOLDER is the folder, POWERCUT_NOTES the file of notes,
 * POWERCUT_STASH a folder on the same disk. Every call does what it always does; besides:
 *
 *   fsync, fdatasync of a file     "F inode size path": that many bytes are durable, and its name
 *   fsync, fdatasync of a folder   "D path", then "  inode name" each: these names are durable
 *   rename, unlink                 whatever the name stood for until now is kept in the stash as
 *                                  "inode", for it is still what a disk would show after a cut;
 *                                  and "S path" with the folder's names as they are now: not
 *                                  durable, but the next state in the order that a journal keeps
 *
 * What was written and not yet noted needs no note of its own: it is the rest of the file. That
 * holds for files that are appended to, or made anew and renamed; "O path" is noted for anything
 * that writes into, or cuts, what was there, and the test refuses to judge such a run.
 *
 * Sizes and names are read before the call: what another thread does meanwhile is not durable by it. The
 * note is written before the call returns, so no caller acts on what is not noted.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *folder, *stash;
static int notes = -1;

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("POWERCUT_NOTES");
    if (!path || !getenv("POWERCUT_FOLDER") || !getenv("POWERCUT_STASH")) return;
    /* Copies: a program that changes its title writes over its environment. */
    folder = strdup(getenv("POWERCUT_FOLDER"));
    stash = strdup(getenv("POWERCUT_STASH"));
    notes = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void say(const char *text, size_t length) {
    /* One write each, at the end of the file: the notes of threads and children do not mix. */
    if (write(notes, text, length) != (ssize_t)length) abort();
}

static int below(const char *path) {
    size_t length = strlen(folder);
    return notes >= 0 && !strncmp(path, folder, length) &&
           (path[length] == '/' || path[length] == 0);
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path);
}

/* The names in a folder as of now; 0 when there is nothing to note. */
static size_t names_in(char kind, const char *path, char *text, size_t room) {
    DIR *names = opendir(path);
    if (!names) return 0;
    size_t length = (size_t)snprintf(text, room, "%c %s\n", kind, path);
    for (struct dirent *entry; (entry = readdir(names));) {
        struct stat found; /* an overlay's entries name other inodes than its files have */
        if (fstatat(dirfd(names), entry->d_name, &found, 0) || !S_ISREG(found.st_mode)) continue;
        if (length + NAME_MAX + 32 > room) abort();
        length += (size_t)snprintf(text + length, room - length, "  %llu %s\n",
                                   (unsigned long long)found.st_ino, entry->d_name);
    }
    closedir(names);
    return length;
}

static int noted(int fd, int (*real)(int)) {
    static __thread char text[65536];
    char path[PATH_MAX];
    struct stat before;
    if (!path_of(fd, path) || fstat(fd, &before)) return real(fd);
    size_t length = S_ISDIR(before.st_mode)
                        ? names_in('D', path, text, sizeof text)
                        : (size_t)snprintf(text, sizeof text, "F %llu %lld %s\n",
                                           (unsigned long long)before.st_ino,
                                           (long long)before.st_size, path);
    int result = real(fd), error = errno;
    if (result == 0 && length) say(text, length);
    errno = error;
    return result;
}

int fsync(int fd) {
    REAL(fsync);
    return noted(fd, real);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    return noted(fd, real);
}

static void keep(const char *name) {
    char path[PATH_MAX], kept[PATH_MAX];
    struct stat found;
    if (notes < 0 || !realpath(name, path) || !below(path)) return;
    if (stat(path, &found) || !S_ISREG(found.st_mode)) return;
    snprintf(kept, sizeof kept, "%s/%llu", stash, (unsigned long long)found.st_ino);
    if (link(path, kept) && errno != EEXIST) abort();
}

static void shown(const char *name) {
    static __thread char text[65536];
    char copy[PATH_MAX], path[PATH_MAX];
    int error = errno;
    snprintf(copy, sizeof copy, "%s", name);
    if (notes >= 0 && realpath(dirname(copy), path) && below(path)) {
        size_t length = names_in('S', path, text, sizeof text);
        if (length) say(text, length);
    }
    errno = error;
}

int rename(const char *from, const char *to) {
    REAL(rename);
    int error = errno;
    keep(to);
    errno = error;
    int result = real(from, to);
    shown(to);
    return result;
}

int unlink(const char *path) {
    REAL(unlink);
    int error = errno;
    keep(path);
    errno = error;
    int result = real(path);
    shown(path);
    return result;
}

static void overwrites(int fd, off_t at) {
    char path[PATH_MAX], text[PATH_MAX + 8];
    struct stat found;
    int error = errno;
    if (notes >= 0 && path_of(fd, path) && !fstat(fd, &found) && at < found.st_size)
        say(text, (size_t)snprintf(text, sizeof text, "O %s\n", path));
    errno = error;
}

static void written(int fd) {
    /* Where a file is appended to, its position does not matter. */
    if (notes < 0 || fd == notes || fcntl(fd, F_GETFL) & O_APPEND) return;
    off_t at = lseek(fd, 0, SEEK_CUR);
    if (at >= 0) overwrites(fd, at);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(write);
    written(fd);
    return real(fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    written(fd);
    return real(fd, parts, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    REAL(pwrite);
    overwrites(fd, at);
    return real(fd, bytes, length, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    REAL(pwrite64);
    overwrites(fd, at);
    return real(fd, bytes, length, at);
}

int ftruncate(int fd, off_t length) {
    REAL(ftruncate);
    overwrites(fd, length);
    return real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    overwrites(fd, length);
    return real(fd, length);
}

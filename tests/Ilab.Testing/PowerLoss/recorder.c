// Records what a process does to the files below a folder, for a replay that cuts the power: data, names, fsyncs, in the order in which they happened.
// Loaded with LD_PRELOAD. ILAB_RECORD_ROOT is the folder, ILAB_RECORD_LOG the file that takes the records, ILAB_RECORD_MARKS a file outside of the folder:
// what is written to it is recorded as a mark, so that acknowledgements have their place among the calls.
//
// A record: type (4 bytes), inode (8), offset (8), length of a (4), length of b (4), a, b. Changes are made and recorded under one lock. An fsync is recorded
// at its begin and its end: only what was written before its begin is on disk after its end.
#define _GNU_SOURCE
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
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC_BEGIN, SYNC_END, LINK, RENAME, UNLINK, MAKE_FOLDER, REMOVE_FOLDER, MARK, UNKNOWN };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;
static char root[PATH_MAX], marks[PATH_MAX];
static size_t root_length;

static uint64_t inode_at(const char *path)
{
    struct stat status;
    return syscall(SYS_newfstatat, AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_ino : 0;
}

static void put(const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t written = syscall(SYS_write, log_file, at, length);
        if (written < 0 && errno != EINTR)
            abort();
        if (written > 0)
            at += written, length -= (size_t)written;
    }
}

static void record(uint32_t type, uint64_t inode, uint64_t offset, const void *a, size_t a_length, const void *b, size_t b_length)
{
    char head[28];
    uint32_t lengths[2] = {(uint32_t)a_length, (uint32_t)b_length};
    memcpy(head, &type, 4);
    memcpy(head + 4, &inode, 8);
    memcpy(head + 12, &offset, 8);
    memcpy(head + 20, lengths, 8);
    put(head, sizeof head);
    put(a, a_length);
    put(b, b_length);
}

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv("ILAB_RECORD_ROOT"), *file = getenv("ILAB_RECORD_LOG"), *mark = getenv("ILAB_RECORD_MARKS");
    if (folder && file && mark) {
        snprintf(root, sizeof root, "%s/", folder);
        root_length = strlen(root);
        snprintf(marks, sizeof marks, "%s", mark);
        log_file = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        record(MAKE_FOLDER, inode_at(folder), 0, folder, strlen(folder), "", 0);
    }
}

static int is_inside(const char *path) { return log_file >= 0 && strncmp(path, root, root_length) == 0; }

/* Absolute and without a slash at the end; the programs recorded use no symbolic links below the folder. */
static int resolve(int folder, const char *path, char *full)
{
    char base[PATH_MAX];
    if (path[0] == '/')
        snprintf(full, PATH_MAX, "%s", path);
    else {
        char link[64];
        snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
        ssize_t length = readlink(link, base, sizeof base - 1);
        if (length < 0)
            return 0;
        base[length] = 0;
        if ((size_t)snprintf(full, PATH_MAX, "%s/%s", base, path) >= PATH_MAX)
            return 0;
    }
    size_t length = strlen(full);
    while (length > 1 && full[length - 1] == '/')
        full[--length] = 0;
    return 1;
}

/* Whether the open file lies below the folder and has a name. 2 = the file of marks. */
static int place_of(int file, struct stat *status)
{
    if (log_file < 0)
        return 0;
    int saved = errno;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    int place = 0;
    if (length > 0) {
        path[length] = 0;
        place = strcmp(path, marks) == 0 ? 2 : is_inside(path) || (strncmp(path, root, root_length - 1) == 0 && path[root_length - 1] == 0);
        if (place && syscall(SYS_newfstatat, file, "", status, AT_EMPTY_PATH) != 0)
            place = 0;
        if (place && place != 2 && !S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode))
            place = 0;
    }
    errno = saved;
    return place;
}

static int open_recorded(int folder, const char *path, int flags, mode_t mode)
{
    char full[PATH_MAX];
    if (log_file < 0 || !(flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE || !resolve(folder, path, full) || !is_inside(full))
        return (int)syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&gate);
    int was_there = inode_at(full) != 0;
    int file = (int)syscall(SYS_openat, folder, path, flags, mode);
    int saved = errno;
    if (file >= 0 && !was_there)
        record(CREATE, inode_at(full), 0, full, strlen(full), "", 0);
    else if (file >= 0 && (flags & O_TRUNC))
        record(TRUNCATE, inode_at(full), 0, "", 0, "", 0);
    pthread_mutex_unlock(&gate);
    errno = saved;
    return file;
}

#define OPEN_MODE                                \
    mode_t mode = 0;                             \
    if (flags & (O_CREAT | __O_TMPFILE)) {       \
        va_list arguments;                       \
        va_start(arguments, flags);              \
        mode = va_arg(arguments, mode_t);        \
        va_end(arguments);                       \
    }

int open(const char *path, int flags, ...) { OPEN_MODE return open_recorded(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { OPEN_MODE return open_recorded(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { OPEN_MODE return open_recorded(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { OPEN_MODE return open_recorded(folder, path, flags, mode); }

static ssize_t written(int file, struct stat *status, int place, const struct iovec *parts, int count, off_t offset)
{
    pthread_mutex_lock(&gate);
    ssize_t result = offset < 0 ? syscall(SYS_writev, file, parts, count) : syscall(SYS_pwritev, file, parts, count, (long)offset, 0L);
    int saved = errno;
    if (result > 0) {
        uint64_t at = offset < 0 ? (uint64_t)(syscall(SYS_lseek, file, 0L, SEEK_CUR) - result) : (uint64_t)offset;
        ssize_t left = result;
        for (int part = 0; part < count && left > 0; part++) {
            size_t length = parts[part].iov_len < (size_t)left ? parts[part].iov_len : (size_t)left;
            if (length > 0)
                record(place == 2 ? MARK : WRITE, status->st_ino, at, parts[part].iov_base, length, "", 0);
            at += length;
            left -= (ssize_t)length;
        }
    }
    pthread_mutex_unlock(&gate);
    errno = saved;
    return result;
}

ssize_t write(int file, const void *bytes, size_t length)
{
    struct stat status;
    int place = place_of(file, &status);
    struct iovec part = {(void *)bytes, length};
    return place ? written(file, &status, place, &part, 1, -1) : syscall(SYS_write, file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset)
{
    struct stat status;
    int place = place_of(file, &status);
    struct iovec part = {(void *)bytes, length};
    return place ? written(file, &status, place, &part, 1, offset) : syscall(SYS_pwrite64, file, bytes, length, offset);
}
ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) { return pwrite(file, bytes, length, offset); }

ssize_t writev(int file, const struct iovec *parts, int count)
{
    struct stat status;
    int place = place_of(file, &status);
    return place ? written(file, &status, place, parts, count, -1) : syscall(SYS_writev, file, parts, count);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset)
{
    struct stat status;
    int place = place_of(file, &status);
    return place ? written(file, &status, place, parts, count, offset) : syscall(SYS_pwritev, file, parts, count, (long)offset, 0L);
}
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset) { return pwritev(file, parts, count, offset); }

int ftruncate(int file, off_t length)
{
    struct stat status;
    if (place_of(file, &status) != 1)
        return (int)syscall(SYS_ftruncate, file, length);
    pthread_mutex_lock(&gate);
    int result = (int)syscall(SYS_ftruncate, file, length), saved = errno;
    if (result == 0)
        record(TRUNCATE, status.st_ino, (uint64_t)length, "", 0, "", 0);
    pthread_mutex_unlock(&gate);
    errno = saved;
    return result;
}
int ftruncate64(int file, off64_t length) { return ftruncate(file, length); }

static int synced(int file, long call)
{
    struct stat status;
    if (place_of(file, &status) != 1)
        return (int)syscall(call, file);
    pthread_mutex_lock(&gate);
    record(SYNC_BEGIN, status.st_ino, (uint64_t)syscall(SYS_gettid), "", 0, "", 0);
    pthread_mutex_unlock(&gate);
    int result = (int)syscall(call, file), saved = errno;
    pthread_mutex_lock(&gate);
    if (result == 0)
        record(SYNC_END, status.st_ino, (uint64_t)syscall(SYS_gettid), "", 0, "", 0);
    pthread_mutex_unlock(&gate);
    errno = saved;
    return result;
}
int fsync(int file) { return synced(file, SYS_fsync); }
int fdatasync(int file) { return synced(file, SYS_fdatasync); }

static int renamed(int old_folder, const char *old, int new_folder, const char *new, unsigned flags)
{
    char from[PATH_MAX], to[PATH_MAX];
    if (log_file < 0 || !resolve(old_folder, old, from) || !resolve(new_folder, new, to) || (!is_inside(from) && !is_inside(to)))
        return (int)syscall(SYS_renameat2, old_folder, old, new_folder, new, flags);
    pthread_mutex_lock(&gate);
    uint64_t inode = inode_at(from);
    int result = (int)syscall(SYS_renameat2, old_folder, old, new_folder, new, flags), saved = errno;
    if (result == 0)
        record(is_inside(from) && is_inside(to) && flags == 0 ? RENAME : UNKNOWN, inode, 0, from, strlen(from), to, strlen(to));
    pthread_mutex_unlock(&gate);
    errno = saved;
    return result;
}
int rename(const char *old, const char *new) { return renamed(AT_FDCWD, old, AT_FDCWD, new, 0); }
int renameat(int old_folder, const char *old, int new_folder, const char *new) { return renamed(old_folder, old, new_folder, new, 0); }
int renameat2(int old_folder, const char *old, int new_folder, const char *new, unsigned flags) { return renamed(old_folder, old, new_folder, new, flags); }

/* Recorded with the bytes: a file from outside is new to the replay, and nothing says that they are on disk. */
static void record_link(const char *path)
{
    struct stat status;
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0 || syscall(SYS_newfstatat, file, "", &status, AT_EMPTY_PATH) != 0)
        abort();
    char *bytes = malloc((size_t)status.st_size + 1);
    ssize_t length = syscall(SYS_pread64, file, bytes, (size_t)status.st_size, 0L);
    if (length != status.st_size)
        abort();
    record(LINK, status.st_ino, 0, path, strlen(path), bytes, (size_t)length);
    free(bytes);
    syscall(SYS_close, file);
}

static int linked(int old_folder, const char *old, int new_folder, const char *new, int flags)
{
    char to[PATH_MAX];
    if (log_file < 0 || !resolve(new_folder, new, to) || !is_inside(to))
        return (int)syscall(SYS_linkat, old_folder, old, new_folder, new, flags);
    pthread_mutex_lock(&gate);
    int result = (int)syscall(SYS_linkat, old_folder, old, new_folder, new, flags), saved = errno;
    if (result == 0)
        record_link(to);
    pthread_mutex_unlock(&gate);
    errno = saved;
    return result;
}
int link(const char *old, const char *new) { return linked(AT_FDCWD, old, AT_FDCWD, new, 0); }
int linkat(int old_folder, const char *old, int new_folder, const char *new, int flags) { return linked(old_folder, old, new_folder, new, flags); }

static int removed(int folder, const char *path, int flags)
{
    char full[PATH_MAX];
    if (log_file < 0 || !resolve(folder, path, full) || !is_inside(full))
        return (int)syscall(SYS_unlinkat, folder, path, flags);
    pthread_mutex_lock(&gate);
    uint64_t inode = inode_at(full);
    int result = (int)syscall(SYS_unlinkat, folder, path, flags), saved = errno;
    if (result == 0)
        record(flags & AT_REMOVEDIR ? REMOVE_FOLDER : UNLINK, inode, 0, full, strlen(full), "", 0);
    pthread_mutex_unlock(&gate);
    errno = saved;
    return result;
}
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return removed(folder, path, flags); }
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }

static int made(int folder, const char *path, mode_t mode)
{
    char full[PATH_MAX];
    if (log_file < 0 || !resolve(folder, path, full) || !is_inside(full))
        return (int)syscall(SYS_mkdirat, folder, path, mode);
    pthread_mutex_lock(&gate);
    int result = (int)syscall(SYS_mkdirat, folder, path, mode), saved = errno;
    if (result == 0)
        record(MAKE_FOLDER, inode_at(full), 0, full, strlen(full), "", 0);
    pthread_mutex_unlock(&gate);
    errno = saved;
    return result;
}
int mkdir(const char *path, mode_t mode) { return made(AT_FDCWD, path, mode); }
int mkdirat(int folder, const char *path, mode_t mode) { return made(folder, path, mode); }

/* Ways to change bytes that the replay does not know: recorded, so that the test fails and does not overlook them. */
static void unknown(int file, const char *what)
{
    struct stat status;
    if (place_of(file, &status) == 1) {
        pthread_mutex_lock(&gate);
        record(UNKNOWN, status.st_ino, 0, what, strlen(what), "", 0);
        pthread_mutex_unlock(&gate);
    }
}

ssize_t copy_file_range(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t length, unsigned flags)
{
    unknown(to, "copy_file_range");
    return syscall(SYS_copy_file_range, from, from_offset, to, to_offset, length, flags);
}

ssize_t sendfile(int to, int from, off_t *offset, size_t length)
{
    unknown(to, "sendfile");
    return syscall(SYS_sendfile, to, from, offset, length);
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t length) { return sendfile(to, from, offset, length); }

/* No shared extents: the bytes go the way that is recorded. */
int ioctl(int file, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    struct stat status;
    if (request == 0x40049409 && place_of(file, &status)) { // FICLONE
        errno = EOPNOTSUPP;
        return -1;
    }
    return (int)syscall(SYS_ioctl, file, request, argument);
}

/* What is looked up by name in the C library, as P/Invoke does, is found here first. */
void *dlsym(void *restrict library, const char *restrict name)
{
    static const struct { const char *name; void *function; } ours[] = {
        {"open", open}, {"open64", open64}, {"openat", openat}, {"openat64", openat64}, {"write", write}, {"writev", writev},
        {"pwrite", pwrite}, {"pwrite64", pwrite64}, {"pwritev", pwritev}, {"pwritev64", pwritev64}, {"ftruncate", ftruncate}, {"ftruncate64", ftruncate64},
        {"fsync", fsync}, {"fdatasync", fdatasync}, {"rename", rename}, {"renameat", renameat}, {"renameat2", renameat2}, {"link", link}, {"linkat", linkat},
        {"unlink", unlink}, {"unlinkat", unlinkat}, {"rmdir", rmdir}, {"mkdir", mkdir}, {"mkdirat", mkdirat}, {"copy_file_range", copy_file_range},
        {"sendfile", sendfile}, {"sendfile64", sendfile64}, {"ioctl", ioctl},
    };
    for (size_t index = 0; index < sizeof ours / sizeof *ours; index++)
        if (strcmp(name, ours[index].name) == 0)
            return ours[index].function;
    static void *(*next)(void *, const char *);
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5"};
    for (size_t version = 0; !next && version < sizeof versions / sizeof *versions; version++)
        next = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", versions[version]);
    return next ? next(library, name) : NULL;
}

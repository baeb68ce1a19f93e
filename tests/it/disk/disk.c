/* A disk that can be slow, full, broken, and lose what was not synced.
 *
 * Preloaded into a process (LD_PRELOAD), it stands between SQLite and the system for the files of
 * one database: the file named in DISK_FILE, its "-wal" and its "-journal". What it does is said by
 * the control file named in DISK_CONTROL, numbers of 64 bits that both sides see at once; see
 * shim.rs. Beside each file it keeps "<file>.synced": what would be left after a power cut, that is
 * what was synced, and nothing else. With DISK_FORGETS it does not, and takes no memory for it: the
 * power is never cut then. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* In the order of shim.rs. */
struct control {
    uint64_t steps;       /* writes, truncations and syncs so far */
    uint64_t sync_millis; /* how much longer each sync takes */
    uint64_t fail_from;   /* the first step that fails; 0: none */
    uint64_t fail_until;  /* the first one after it that does not */
    uint64_t fail_errno;
    uint64_t cut_at;      /* the step at which the power goes; 0: none */
    uint64_t refused;     /* steps that have failed */
};

struct extent { off_t at; size_t length; };

/* One of the database's files, whichever descriptors it is open on. */
struct file {
    int synced; /* the descriptor of "<file>.synced"; 0: not opened yet */
    struct extent *written;
    size_t count, room;
};

enum { FILES = 3, DESCRIPTORS = 4096 };
static const char *const endings[FILES] = {"", "-wal", "-journal"};
static struct file files[FILES];
static signed char file_of[DESCRIPTORS]; /* 0: none of ours; else the number of the file + 1 */
static volatile struct control *control;
static const char *database;
static int forgets;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static int (*real_unlink)(const char *);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

static void die(const char *what) {
    perror(what);
    abort();
}

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) die(name);
    return found;
}

__attribute__((constructor)) static void begin(void) {
    real_open = real("open64");
    real_close = real("close");
    real_unlink = real("unlink");
    real_fsync = real("fsync");
    real_ftruncate = real("ftruncate64");
    real_write = real("write");
    real_pwrite = real("pwrite64");
    const char *path = getenv("DISK_CONTROL");
    database = getenv("DISK_FILE");
    forgets = getenv("DISK_FORGETS") != NULL;
    if (!path || !database) return;
    int fd = real_open(path, O_RDWR);
    if (fd < 0) die(path);
    control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (control == MAP_FAILED) die(path);
    real_close(fd);
}

static int number_of(const char *path) {
    size_t length = database ? strlen(database) : 0;
    if (!control || strncmp(path, database, length) != 0) return -1;
    for (int n = 0; n < FILES; n++)
        if (strcmp(path + length, endings[n]) == 0) return n;
    return -1;
}

static struct file *of(int fd) {
    int number = fd >= 0 && fd < DESCRIPTORS ? file_of[fd] : 0;
    return number ? &files[number - 1] : NULL;
}

/* Copies from a file to what is synced of it. */
static void keep(int from, int to, off_t at, off_t length) {
    static char buffer[1 << 16];
    while (length > 0) {
        size_t some = length < (off_t)sizeof buffer ? (size_t)length : sizeof buffer;
        ssize_t got = pread(from, buffer, some, at);
        if (got <= 0) return; /* cut short since */
        if (real_pwrite(to, buffer, (size_t)got, at) != got) die("synced");
        at += got;
        length -= got;
    }
}

/* What is there when the process begins has survived whatever was before. */
static void opened(int fd, const char *path, int number) {
    struct file *file = &files[number];
    file_of[fd] = (signed char)(number + 1);
    if (forgets || file->synced) return;
    char name[4096];
    snprintf(name, sizeof name, "%s.synced", path);
    file->synced = real_open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    int from = real_open(path, O_RDONLY);
    if (file->synced <= 0 || from < 0) die(name);
    struct stat stat;
    if (fstat(from, &stat) != 0) die(path);
    keep(from, file->synced, 0, stat.st_size);
    real_close(from);
}

static void note(struct file *file, off_t at, size_t length) {
    if (file->count == file->room) {
        file->room = file->room ? file->room * 2 : 256;
        file->written = realloc(file->written, file->room * sizeof *file->written);
        if (!file->written) die("realloc");
    }
    file->written[file->count++] = (struct extent){at, length};
}

/* Counts a step. False: it fails, and errno says why. */
static int may(void) {
    uint64_t step = ++control->steps;
    if (control->cut_at && step >= control->cut_at) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    if (!control->fail_from || step < control->fail_from || step >= control->fail_until) return 1;
    control->refused++;
    errno = (int)control->fail_errno;
    return 0;
}

static int opens(const char *path, int flags, mode_t mode) {
    if (!real_open) real_open = real("open64");
    int fd = real_open(path, flags, mode);
    int number = fd >= 0 && fd < DESCRIPTORS ? number_of(path) : -1;
    if (number >= 0) {
        pthread_mutex_lock(&lock);
        opened(fd, path, number);
        pthread_mutex_unlock(&lock);
    }
    return fd;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return opens(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return opens(path, flags, mode);
}

int close(int fd) {
    if (fd >= 0 && fd < DESCRIPTORS) file_of[fd] = 0;
    if (!real_close) real_close = real("close");
    return real_close(fd);
}

int unlink(const char *path) {
    int number = number_of(path);
    if (number >= 0) {
        pthread_mutex_lock(&lock);
        char name[4096];
        snprintf(name, sizeof name, "%s.synced", path);
        real_unlink(name);
        if (files[number].synced) real_close(files[number].synced);
        files[number].synced = 0;
        files[number].count = 0;
        pthread_mutex_unlock(&lock);
    }
    return real_unlink(path);
}

static ssize_t writes(struct file *file, int fd, const void *bytes, size_t length, off_t at) {
    pthread_mutex_lock(&lock);
    ssize_t wrote = -1;
    if (may()) {
        wrote = real_pwrite(fd, bytes, length, at);
        if (wrote > 0 && !forgets) note(file, at, (size_t)wrote);
    }
    pthread_mutex_unlock(&lock);
    return wrote;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    struct file *file = of(fd);
    if (!real_write) real_write = real("write");
    if (!file) return real_write(fd, bytes, length);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t wrote = writes(file, fd, bytes, length, at);
    if (wrote > 0) lseek(fd, at + wrote, SEEK_SET);
    return wrote;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    struct file *file = of(fd);
    return file ? writes(file, fd, bytes, length, at) : real_pwrite(fd, bytes, length, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
    return pwrite(fd, bytes, length, at);
}

int ftruncate(int fd, off_t length) {
    struct file *file = of(fd);
    if (!file) return real_ftruncate(fd, length);
    pthread_mutex_lock(&lock);
    int done = may() ? real_ftruncate(fd, length) : -1;
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

int fsync(int fd) {
    struct file *file = of(fd);
    if (!file) return real_fsync(fd);
    uint64_t millis = control->sync_millis;
    struct timespec longer = {(time_t)(millis / 1000), (long)(millis % 1000) * 1000000};
    while (millis && nanosleep(&longer, &longer) != 0 && errno == EINTR) {}
    pthread_mutex_lock(&lock);
    int done = -1;
    struct stat stat;
    int allowed = may();
    if (allowed && forgets) {
        done = real_fsync(fd);
    } else if (allowed && fstat(fd, &stat) == 0) {
        for (size_t n = 0; n < file->count; n++)
            keep(fd, file->synced, file->written[n].at, (off_t)file->written[n].length);
        if (real_ftruncate(file->synced, stat.st_size) != 0) die("synced");
        file->count = 0;
        done = 0;
    } else {
        /* As Linux does: what could not be written then is never tried again by itself. */
        file->count = 0;
    }
    pthread_mutex_unlock(&lock);
    return done;
}

int fdatasync(int fd) { return fsync(fd); }

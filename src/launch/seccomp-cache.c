/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The cache of compiled seccomp filters. Invariants: an entry is used only when it is a file of our own user that nobody else can write, in a directory
 * of which the same holds, when its digest is right, and when the libseccomp that made it is still the one that is installed; whatever goes wrong here
 * costs time and nothing else. */

#include "launch/seccomp-cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strv.h"
#include "base/text.h"
#include "config.h"
#include "spec/tables.h"

#define CACHE_ENTRIES_MAX 64
/* BPF_MAXINSNS instructions of 8 bytes: seccomp(2) takes no more. */
#define FILTER_SIZE_MAX (4096 * 8)
#define CACHE_MAGIC UINT64_C(0x3163636573747262) /* "brtsecc1": of the form below */

typedef struct CacheEntry {
        uint64_t magic;
        uint8_t key[SHA256_SIZE];
        uint8_t digest[SHA256_SIZE];    /* of all that follows */
        char library[256];              /* path of libseccomp */
        uint64_t library_device, library_inode, library_size, library_sec, library_nsec;
        uint32_t flags;
        uint32_t size;                  /* of the filter, which follows */
} CacheEntry;

static bool is_private(int fd, mode_t type) {
        struct stat st;

        return fstat(fd, &st) >= 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() && (st.st_mode & 022) == 0;
}

/* A directory below one that only we, or root, can write; made if it is missing. */
static int open_directory(const char *directory) {
        CLEANUP(freep) char *own = NULL;
        const char *runtime = getenv("XDG_RUNTIME_DIR");
        CLEANUP(fd_closep) int fd = -EBADF;

        if (!directory) {
                if (!process_is_system_root() && isempty(runtime))
                        return -ENOENT;
                if (process_is_system_root() ? asprintf(&own, "%s", BERTH_CACHE_DIR "/seccomp") < 0 : asprintf(&own, "%s/berth-seccomp", runtime) < 0)
                        return -ENOMEM;
                if (process_is_system_root())
                        (void) mkdir(BERTH_CACHE_DIR, 0755);
                directory = own;
        }
        if (mkdir(directory, 0700) < 0 && errno != EEXIST)
                return -errno;
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        return is_private(fd, S_IFDIR) ? TAKE_FD(fd) : -EPERM;
}

/* All that a filter depends on, but libseccomp, which may be a file of its own: the entry itself names it. */
static char *key_text(const SpecSeccomp *seccomp, const char *program) {
        CLEANUP(freep) char *profile = object_to_json(&spec_seccomp_type, seccomp, true);
        struct utsname kernel;
        struct stat st;
        char *text;

        if (!profile || uname(&kernel) < 0 || stat(program, &st) < 0)
                return NULL;
        if (asprintf(&text, "berth %s\nprogram %llu %lld.%09ld\nkernel %s %s %s\n%s", BERTH_VERSION, (unsigned long long) st.st_size,
                     (long long) st.st_mtim.tv_sec, st.st_mtim.tv_nsec, kernel.release, kernel.version, kernel.machine, profile) < 0)
                return NULL;
        return text;
}

void seccomp_cache_open(SeccompCache *cache, const char *directory, const SpecSeccomp *seccomp, const char *program) {
        CLEANUP(freep) char *text = key_text(seccomp, program);

        *cache = SECCOMP_CACHE_NONE;
        if (!text)
                return;
        sha256(text, strlen(text), cache->key);
        for (size_t i = 0; i < SHA256_SIZE; i++)
                snprintf(cache->name + 2 * i, 3, "%02x", cache->key[i]);
        cache->dir_fd = open_directory(directory);
        if (cache->dir_fd < 0)
                log_debug("seccomp cache: not used: %s", strerror(-cache->dir_fd));
}

/* Fills what identifies the library's file. */
static bool identify_library(CacheEntry *entry) {
        struct stat st;

        if (stat(entry->library, &st) < 0)
                return false;
        entry->library_device = (uint64_t) st.st_dev;
        entry->library_inode = (uint64_t) st.st_ino;
        entry->library_size = (uint64_t) st.st_size;
        entry->library_sec = (uint64_t) st.st_mtim.tv_sec;
        entry->library_nsec = (uint64_t) st.st_mtim.tv_nsec;
        return true;
}

static void digest_entry(const CacheEntry *entry, uint8_t ret[static SHA256_SIZE]) {
        const size_t begin = offsetof(CacheEntry, library);

        sha256((const uint8_t *) entry + begin, sizeof *entry - begin + entry->size, ret);
}

/* size: bytes of the filter that were read. */
static bool entry_is_true(const SeccompCache *cache, const CacheEntry *entry, size_t size) {
        uint8_t digest[SHA256_SIZE];
        CacheEntry now = *entry;

        if (entry->magic != CACHE_MAGIC || memcmp(entry->key, cache->key, SHA256_SIZE) != 0 || entry->size != size || size % 8 != 0 ||
            !memchr(entry->library, '\0', sizeof entry->library))
                return false;
        digest_entry(entry, digest);
        return memcmp(digest, entry->digest, SHA256_SIZE) == 0 && identify_library(&now) && memcmp(&now, entry, sizeof now) == 0;
}

bool seccomp_cache_get(const SeccompCache *cache, void **ret_filter, size_t *ret_size, uint32_t *ret_flags) {
        CLEANUP(fd_closep) int fd = -EBADF;
        CLEANUP(freep) uint8_t *bytes = NULL;
        const CacheEntry *entry;
        ssize_t n;

        if (cache->dir_fd < 0)
                return false;
        fd = openat(cache->dir_fd, cache->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || !is_private(fd, S_IFREG))
                return false;
        bytes = malloc(sizeof(CacheEntry) + FILTER_SIZE_MAX + 1);
        if (!bytes)
                return false;
        n = read(fd, bytes, sizeof(CacheEntry) + FILTER_SIZE_MAX + 1);
        entry = (const CacheEntry *) (const void *) bytes;
        if (n <= (ssize_t) sizeof *entry || !entry_is_true(cache, entry, (size_t) n - sizeof *entry)) {
                log_debug("seccomp cache: %s is not as it was written, and not used", cache->name);
                return false;
        }
        *ret_flags = entry->flags;
        *ret_size = entry->size;
        memmove(bytes, bytes + sizeof *entry, *ret_size);
        *ret_filter = TAKE_PTR(bytes);
        return true;
}

/* Makes room: the oldest entries go. */
static void shrink(int dir_fd) {
        for (;;) {
                CLEANUP(freep) char *oldest = NULL;
                struct timespec oldest_time = {};
                int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                DIR *dir = fd < 0 ? NULL : fdopendir(fd);
                size_t n = 0;

                if (!dir) {
                        fd_close(fd);
                        return;
                }
                for (struct dirent *item; (item = readdir(dir));) {
                        struct stat st;

                        if (item->d_name[0] == '.' || fstatat(dir_fd, item->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                                continue;
                        n++;
                        if (oldest && (st.st_mtim.tv_sec > oldest_time.tv_sec ||
                                       (st.st_mtim.tv_sec == oldest_time.tv_sec && st.st_mtim.tv_nsec >= oldest_time.tv_nsec)))
                                continue;
                        free(oldest);
                        oldest = strdup(item->d_name);
                        oldest_time = st.st_mtim;
                }
                closedir(dir);
                if (n < CACHE_ENTRIES_MAX || !oldest || unlinkat(dir_fd, oldest, 0) < 0)
                        return;
        }
}

void seccomp_cache_put(const SeccompCache *cache, const char *library_path, const void *filter, size_t size, uint32_t flags) {
        CLEANUP(freep) uint8_t *bytes = NULL;
        CacheEntry entry = { .magic = CACHE_MAGIC, .flags = flags, .size = (uint32_t) size };
        int r;

        if (cache->dir_fd < 0 || size == 0 || size > FILTER_SIZE_MAX || strlen(library_path) >= sizeof entry.library)
                return;
        memcpy(entry.key, cache->key, SHA256_SIZE);
        strcpy(entry.library, library_path);
        bytes = malloc(sizeof entry + size);
        if (!bytes || !identify_library(&entry))
                return;
        memcpy(bytes, &entry, sizeof entry);
        memcpy(bytes + sizeof entry, filter, size);
        digest_entry((CacheEntry *) (void *) bytes, ((CacheEntry *) (void *) bytes)->digest);
        shrink(cache->dir_fd);
        r = file_replace_at(cache->dir_fd, cache->name, bytes, sizeof entry + size, 0600);
        if (r < 0)
                log_debug("seccomp cache: %s", strerror(-r));
}

void seccomp_cache_done(SeccompCache *cache) {
        cache->dir_fd = fd_close(cache->dir_fd);
}

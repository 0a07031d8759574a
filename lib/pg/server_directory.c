/* The directory of a private server: who owns it, what may be in it, and where its socket goes. */
#include "pg/server_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"

/* Longest path that the kernel takes as a socket's address. */
enum { SOCKET_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path) - 1 };

/* Root may not run PostgreSQL: the user that stands in for it. */
static bool unprivileged_user(uid_t *uid, gid_t *gid)
{
    static const char *const names[] = {"postgres", "nobody"};
    char buffer[4096];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct passwd entry, *found = NULL;
        if (!getpwnam_r(names[i], &entry, buffer, sizeof buffer, &found) && found && entry.pw_uid != 0) {
            *uid = entry.pw_uid;
            *gid = entry.pw_gid;
            return true;
        }
    }
    return false;
}

/* mkdir -p; the last one for the owner alone. */
static bool make_path(const char *path)
{
    char *copy = strdup(path);
    bool made = copy != NULL;
    for (char *slash = copy; made && (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        made = !mkdir(copy, 0755) || errno == EEXIST || errno == EISDIR || errno == EROFS || errno == EACCES;
        *slash = '/';
    }
    made = made && (!mkdir(path, 0700) || errno == EEXIST);
    int kept = errno;
    free(copy);
    errno = kept;
    return made;
}

static bool ours(const char *name)
{
    static const char *const names[] = {".", "..", SERVER_DATA, SERVER_LOG, SERVER_GATE, SERVER_USERS, "socket"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!strcmp(name, names[i])) {
            return true;
        }
    }
    return !strncmp(name, SERVER_DATA_NEW, strlen(SERVER_DATA_NEW));
}

/* A mistyped path must not become a database, nor change its owner and mode. */
static bool holds_only_ours(int fd)
{
    if (!faccessat(fd, SERVER_GATE, F_OK, AT_SYMLINK_NOFOLLOW)) {
        return true;
    }
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (!listing) {
        if (copy >= 0) {
            close(copy);
        }
        return false;
    }
    bool only = true;
    for (struct dirent *entry; only && (entry = readdir(listing));) {
        only = ours(entry->d_name);
    }
    closedir(listing);
    return only;
}

static kl_status take_ownership(server_directory *d, kl_error **error)
{
    struct stat info;
    if (fstat(d->fd, &info)) {
        return error_set(error, KL_ERR_SERVER, "cannot examine %s: %s", d->path, strerror(errno));
    }
    if (geteuid() != 0 && info.st_uid != geteuid()) {
        return error_set(error, KL_ERR_SERVER, "%s belongs to user %ld and not to the caller, user %ld", d->path,
                         (long)info.st_uid, (long)geteuid());
    }
    if (!holds_only_ours(d->fd)) {
        return error_set(error, KL_ERR_SERVER, "%s is not empty and holds no server of libkloyst", d->path);
    }
    d->uid = info.st_uid;
    d->gid = info.st_gid;
    if (d->uid == 0) {
        if (!unprivileged_user(&d->uid, &d->gid)) {
            return error_set(error, KL_ERR_SERVER,
                             "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as");
        }
        if (fchown(d->fd, d->uid, d->gid)) {
            return error_set(error, KL_ERR_SERVER, "cannot give %s to user %ld: %s", d->path, (long)d->uid,
                             strerror(errno));
        }
    }
    if ((info.st_mode & 07777) != 0700 && fchmod(d->fd, 0700)) {
        return error_set(error, KL_ERR_SERVER, "cannot make %s private: %s", d->path, strerror(errno));
    }
    return KL_OK;
}

/* FNV-1a: a short name for a path, not a secret. */
static uint64_t path_hash(const char *path)
{
    uint64_t hash = 14695981039346656037u;
    for (; *path; path++) {
        hash = (hash ^ (unsigned char)*path) * 1099511628211u;
    }
    return hash;
}

/* A place that every process comes to alike, so it takes nothing from the environment. */
static char *socket_path(const server_directory *d)
{
    char *path = NULL;
    /* A comma separates several directories, for the server and for libpq. */
    if (strlen(d->path) + strlen("/socket/.s.PGSQL.5432") <= SOCKET_PATH_MAX && !strchr(d->path, ',')) {
        return asprintf(&path, "%s/socket", d->path) < 0 ? NULL : path;
    }
    return asprintf(&path, "/tmp/kloyst-%ld-%016llx", (long)d->uid, (unsigned long long)path_hash(d->path)) < 0 ? NULL
                                                                                                                : path;
}

kl_status server_directory_open(const char *path, server_directory *out, kl_error **error)
{
    server_directory d = {.fd = -1};
    kl_status status = KL_OK;

    if (!make_path(path)) {
        return error_set(error, KL_ERR_SERVER, "cannot make the directory %s: %s", path, strerror(errno));
    }
    d.path = realpath(path, NULL);
    d.fd = d.path ? open(d.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (d.fd < 0) {
        status = error_set(error, KL_ERR_SERVER, "cannot open the directory %s: %s", path, strerror(errno));
        goto done;
    }
    if ((status = take_ownership(&d, error))) {
        goto done;
    }
    d.socket = socket_path(&d);
    if (!d.socket || asprintf(&d.data, "%s/" SERVER_DATA, d.path) < 0) {
        d.data = NULL;
        status = error_memory(error);
        goto done;
    }
    if (asprintf(&d.log, "%s/" SERVER_LOG, d.path) < 0) {
        d.log = NULL;
        status = error_memory(error);
        goto done;
    }
    *out = d;
done:
    if (status) {
        server_directory_close(&d);
    }
    return status;
}

void server_directory_close(server_directory *directory)
{
    if (directory->fd >= 0) {
        close(directory->fd);
    }
    free(directory->path);
    free(directory->data);
    free(directory->log);
    free(directory->socket);
    *directory = (server_directory){.fd = -1};
}

int server_directory_lock_file(const server_directory *directory, const char *name)
{
    int fd = openat(directory->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 && geteuid() == 0 && fchown(fd, directory->uid, directory->gid)) {
        int kept = errno;
        close(fd);
        errno = kept;
        return -1;
    }
    return fd;
}

kl_status server_directory_make_socket(const server_directory *directory, kl_error **error)
{
    const char *path = directory->socket;
    struct stat info;
    bool made = !mkdir(path, 0700);
    if (!made && errno != EEXIST) {
        return error_set(error, KL_ERR_SERVER, "cannot make the directory %s: %s", path, strerror(errno));
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return error_set(error, KL_ERR_SERVER, "cannot open the directory %s: %s", path, strerror(errno));
    }
    /* What root made and was killed before giving away belongs to root, and may be given away now. */
    bool right = !fstat(fd, &info);
    if (right && info.st_uid != directory->uid && info.st_uid == geteuid()) {
        right = !fchown(fd, directory->uid, directory->gid) && !fstat(fd, &info);
    }
    right = right && info.st_uid == directory->uid;
    right = right && ((info.st_mode & 07777) == 0700 || !fchmod(fd, 0700));
    close(fd);
    return right ? KL_OK
                 : error_set(error, KL_ERR_SERVER, "the socket directory %s belongs to somebody else", path);
}

void server_directory_drop_socket(const server_directory *directory)
{
    size_t inside = strlen(directory->path);
    if (strncmp(directory->socket, directory->path, inside) || directory->socket[inside] != '/') {
        rmdir(directory->socket);
    }
}

char *server_directory_blocker(const server_directory *directory)
{
    char *path = strdup(directory->path);
    for (char *slash = path; path && slash && (slash = strchr(slash + 1, '/'));) {
        struct stat info;
        *slash = 0;
        mode_t needed = S_IXOTH;
        if (!stat(path, &info)) {
            needed = info.st_uid == directory->uid ? S_IXUSR : info.st_gid == directory->gid ? S_IXGRP : S_IXOTH;
            if (!(info.st_mode & needed)) {
                return path;
            }
        }
        *slash = '/';
    }
    return path;
}

bool server_directory_delete(int parent, const char *name)
{
    if (!unlinkat(parent, name, 0) || errno == ENOENT) {
        return true;
    }
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (!listing) {
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    for (struct dirent *entry; (entry = readdir(listing));) {
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
            server_directory_delete(fd, entry->d_name);
        }
    }
    closedir(listing);
    return !unlinkat(parent, name, AT_REMOVEDIR) || errno == ENOENT;
}

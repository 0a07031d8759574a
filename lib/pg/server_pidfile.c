/* postmaster.pid: which process serves the cluster, and the repair of a stale one. */
#include "pg/server_pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pg/server_process.h"

#define PIDFILE SERVER_DATA "/postmaster.pid"
#define PIDFILE_NEW SERVER_DATA "/postmaster.pid.kloyst"

enum { PIDFILE_SIZE = PATH_MAX + 512 };

typedef struct pidfile {
    char text[PIDFILE_SIZE];
    size_t length;
    pid_t pid;             /* 0 when the file does not begin with one */
    const char *rest;      /* from the line break behind the pid */
    bool names_this_cluster;
} pidfile;

/* `name` is taken from the directory, or from the root when it begins there. */
static bool read_pidfile(const server_directory *directory, const char *name, pidfile *out)
{
    int fd = openat(directory->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t length = read(fd, out->text, sizeof out->text - 1);
    close(fd);
    out->length = length > 0 ? (size_t)length : 0;
    out->text[out->length] = 0;

    char *end;
    long pid = strtol(out->text, &end, 10);
    out->pid = *end == '\n' && pid > 0 && pid < INT_MAX ? (pid_t)pid : 0;
    out->rest = end;
    size_t data = strlen(directory->data);
    out->names_this_cluster = *end == '\n' && !strncmp(end + 1, directory->data, data) && end[1 + data] == '\n';
    return true;
}

/* First argument and whether `data` is one of the others; false when /proc does not tell. */
static bool read_command(pid_t pid, const char *data, bool *postgres, bool *names_data)
{
    char path[64], text[PATH_MAX + 256];
    snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) {
        return false;
    }
    text[length] = 0;
    const char *slash = strrchr(text, '/');
    const char *program = slash ? slash + 1 : text;
    *postgres = !strcmp(program, "postgres") || !strcmp(program, "postmaster");
    *names_data = false;
    for (const char *word = text; word < text + length; word += strlen(word) + 1) {
        *names_data = *names_data || !strcmp(word, data);
    }
    return true;
}

/* A pid in a file proves little: the number may belong to another program by now. */
static bool serves(pid_t pid, const server_directory *directory, bool file_names_it)
{
    if (!process_alive(pid)) {
        return false;
    }
    bool postgres, names_data;
    if (!read_command(pid, directory->data, &postgres, &names_data)) {
        return file_names_it && !kill(pid, 0);
    }
    char path[64];
    struct stat working, data;
    snprintf(path, sizeof path, "/proc/%ld/cwd", (long)pid);
    if (postgres && !stat(path, &working) && !fstatat(directory->fd, SERVER_DATA, &data, 0)) {
        return working.st_dev == data.st_dev && working.st_ino == data.st_ino;
    }
    /* Root in a container without CAP_SYS_PTRACE sees the command only. */
    return postgres && names_data;
}

pid_t server_pidfile_postmaster(const server_directory *directory)
{
    pidfile file;
    if (!read_pidfile(directory, PIDFILE, &file) || !file.pid) {
        return 0;
    }
    return serves(file.pid, directory, file.names_this_cluster) ? file.pid : 0;
}

/* postgres takes any process of its user for the one that a lock file names, and does not start. */
static bool misleads(const pidfile *file, const server_directory *directory)
{
    return !file->pid || ((!kill(file->pid, 0) || errno != ESRCH) && !serves(file->pid, directory, false));
}

/* The socket's directory is this cluster's alone, so what no postmaster of it holds, nobody holds. */
static bool repair_socket(const server_directory *directory)
{
    pidfile file;
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/.s.PGSQL.5432.lock", directory->socket);
    if (length >= (int)sizeof path || !read_pidfile(directory, path, &file)) {
        return true;
    }
    return !misleads(&file, directory) || !unlink(path);
}

/* The file is not simply removed: the rest of it leads postgres to the shared
 * memory by which it finds out whether backends of the dead postmaster still run. */
static bool repair_pidfile(const server_directory *directory)
{
    pidfile file;
    if (!read_pidfile(directory, PIDFILE, &file)) {
        return errno == ENOENT;
    }
    if (!misleads(&file, directory)) {
        return true;
    }
    if (!file.pid) {
        return !unlinkat(directory->fd, PIDFILE, 0);
    }
    unlinkat(directory->fd, PIDFILE_NEW, 0);
    int fd = openat(directory->fd, PIDFILE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    /* No process ever has this number. */
    bool written = (geteuid() != 0 || !fchown(fd, directory->uid, directory->gid)) &&
                   dprintf(fd, "%d%s", INT_MAX, file.rest) > 0;
    written = !close(fd) && written;
    return written && !renameat(directory->fd, PIDFILE_NEW, directory->fd, PIDFILE);
}

bool server_pidfile_repair(const server_directory *directory)
{
    return repair_pidfile(directory) && repair_socket(directory);
}

/* The database cluster inside the directory and the postmaster that serves it. */
#include "pg/server_cluster.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "pg/server_log.h"
#include "pg/server_pidfile.h"
#include "pg/server_process.h"

enum { POLL_MS = 20, RETRY_MS = 100, REPORT_MS = 10000, GIVE_UP_MS = 10000 };

/* A small server that one program has for itself; whatever the caller asks for comes after and wins. */
static const char *const default_settings[] = {
    "shared_buffers=128MB", "max_connections=100", "max_wal_size=2GB",
    "wal_level=minimal",    "max_wal_senders=0",   "password_encryption=scram-sha-256",
};

int server_cluster_major(const server_directory *directory)
{
    char text[16];
    int fd = openat(directory->fd, SERVER_DATA "/PG_VERSION", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    return (int)strtol(text, NULL, 10);
}

/* ---- making ------------------------------------------------------------- */

static bool setting_valid(const char *setting)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";
    size_t name = setting ? strspn(setting, letters) : 0;
    return name > 0 && setting[name] == '=' && !strpbrk(setting, "\r\n");
}

kl_status server_cluster_check_settings(const pg_server_options *options, kl_error **error)
{
    for (size_t i = 0; i < options->settings_count; i++) {
        if (!setting_valid(options->settings[i])) {
            return error_set(error, KL_ERR_ARGUMENT, "setting %zu of the server is not name=value on one line", i);
        }
    }
    return KL_OK;
}

static void append_setting(buffer *text, const char *setting)
{
    const char *value = strchr(setting, '=') + 1;
    buffer_append(text, setting, (size_t)(value - setting - 1));
    buffer_text(text, " = '");
    for (; *value; value++) {
        if (*value == '\'' || *value == '\\') {
            buffer_byte(text, *value);
        }
        buffer_byte(text, *value);
    }
    buffer_text(text, "'\n");
}

static kl_status write_settings(int cluster, const pg_server_options *options, kl_error **error)
{
    kl_status status = KL_OK;
    buffer text = BUFFER_INIT;
    int fd = -1;
    buffer_text(&text, "\n# A private server of libkloyst; where it listens is decided when it starts.\n");
    for (size_t i = 0; i < sizeof default_settings / sizeof default_settings[0]; i++) {
        append_setting(&text, default_settings[i]);
    }
    for (size_t i = 0; i < options->settings_count; i++) {
        append_setting(&text, options->settings[i]);
    }
    if (text.broken) {
        status = error_memory(error);
        goto done;
    }
    fd = openat(cluster, "postgresql.conf", O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || write(fd, text.data, text.length) != (ssize_t)text.length || fsync(fd)) {
        status = error_set(error, KL_ERR_SERVER, "cannot write postgresql.conf: %s", strerror(errno));
    }
done:
    if (fd >= 0) {
        close(fd);
    }
    buffer_free(&text);
    return status;
}

/* What a killed process left of a cluster it was making. */
static void sweep_unfinished(const server_directory *directory)
{
    int copy = openat(directory->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (!listing) {
        if (copy >= 0) {
            close(copy);
        }
        return;
    }
    for (struct dirent *entry; (entry = readdir(listing));) {
        if (!strncmp(entry->d_name, SERVER_DATA_NEW, strlen(SERVER_DATA_NEW))) {
            server_directory_delete(directory->fd, entry->d_name);
        }
    }
    closedir(listing);
}

/* The reason why a program did not run, in terms of what the reader can change. */
static kl_status cannot_run(const server_directory *directory, const process_result *result, kl_error **error)
{
    if (result->obstacle == PROCESS_DIRECTORY || result->obstacle == PROCESS_LOG) {
        char *blocker = server_directory_blocker(directory);
        error_clear(error);
        error_set(error, KL_ERR_SERVER, "the server's user %ld cannot use %s: %s (%s)", (long)directory->uid,
                  blocker ? blocker : directory->path, strerror(result->error), directory->path);
        free(blocker);
    } else if (result->obstacle == PROCESS_IDENTITY) {
        error_clear(error);
        error_set(error, KL_ERR_SERVER, "cannot run the server as user %ld: %s", (long)directory->uid,
                  strerror(result->error));
    }
    return KL_ERR_SERVER;
}

static bool unsynced(const pg_server_options *options)
{
    for (size_t i = 0; i < options->settings_count; i++) {
        if (!strcmp(options->settings[i], "fsync=off")) {
            return true;
        }
    }
    return false;
}

static kl_status run_initdb(const server_directory *directory, char *program, char *target, char *locale, bool sync,
                            int64_t deadline, kl_error **error)
{
    process_result result;
    char *arguments[] = {program, "-D", target, "-U", SERVER_SUPERUSER, "--auth=trust", "--encoding=UTF8", locale,
                         "--data-checksums", "--no-instructions", sync ? NULL : "--no-sync", NULL};
    process_plan plan = {program, arguments, directory->path, directory->log, directory->uid, directory->gid};
    off_t mark = server_log_mark(directory);
    kl_status status = process_run(&plan, deadline, &result, error);
    if (status && result.obstacle != PROCESS_SYSTEM) {
        status = cannot_run(directory, &result, error);
    } else if (!status && (!WIFEXITED(result.status) || WEXITSTATUS(result.status) != 0)) {
        char *reason = server_log_reason(directory, mark);
        status = error_set(error, KL_ERR_SERVER, "initdb failed: %s", reason ? reason : "");
        free(reason);
    }
    return status;
}

/* Whether the system has C.UTF-8 is left to initdb to say: asking libc here would be the host's locale machinery. */
static kl_status run_initdb_somehow(const server_directory *directory, const char *bindir, char *target, bool sync,
                                    int64_t deadline, kl_error **error)
{
    char *program = NULL;
    if (asprintf(&program, "%s/initdb", bindir) < 0) {
        return error_memory(error);
    }
    kl_error *first = NULL;
    off_t mark = server_log_mark(directory);
    kl_status status = run_initdb(directory, program, target, "--locale=C.UTF-8", sync, deadline, &first);
    if (status && server_log_mentions(directory, mark, "invalid locale name")) {
        status = run_initdb(directory, program, target, "--locale=C", sync, deadline, error);
    } else if (status) {
        error_set(error, status, "%s", kl_error_message(first));
    }
    kl_error_free(first);
    free(program);
    return status;
}

kl_status server_cluster_make(const server_directory *directory, const char *bindir, const pg_server_options *options,
                              int64_t deadline, kl_error **error)
{
    kl_status status = KL_OK;
    char *target = NULL;
    int cluster = -1;

    sweep_unfinished(directory);
    /* A name of its own each time: an initdb whose caller was killed may write for a moment longer. */
    if (asprintf(&target, "%s/" SERVER_DATA_NEW "-XXXXXX", directory->path) < 0) {
        return error_memory(error);
    }
    if (!mkdtemp(target) || (cluster = open(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0 ||
        (geteuid() == 0 && fchown(cluster, directory->uid, directory->gid))) {
        status = error_set(error, KL_ERR_SERVER, "cannot make a directory in %s: %s", directory->path,
                           strerror(errno));
        goto done;
    }
    if ((status = run_initdb_somehow(directory, bindir, target, !unsynced(options), deadline, error)) ||
        (status = write_settings(cluster, options, error))) {
        goto done;
    }
    if (renameat(directory->fd, strrchr(target, '/') + 1, directory->fd, SERVER_DATA) || fsync(directory->fd)) {
        status = error_set(error, KL_ERR_SERVER, "cannot rename %s to %s: %s", target, directory->data,
                           strerror(errno));
    }
done:
    if (cluster >= 0) {
        close(cluster);
    }
    if (status) {
        server_directory_delete(directory->fd, strrchr(target, '/') + 1);
    }
    free(target);
    return status;
}

/* ---- running ------------------------------------------------------------ */

/* The file is looked for too: a socket outside the directory may be that of a
 * server whose directory was deleted under it and made anew. */
bool server_cluster_served(const server_directory *directory, const char *conninfo)
{
    return !faccessat(directory->fd, SERVER_DATA "/postmaster.pid", F_OK, AT_SYMLINK_NOFOLLOW) &&
           PQping(conninfo) == PQPING_OK;
}

/* Where it listens is given on the command line, which wins over every
 * configuration file: trust authentication rests on it. */
static kl_status launch_postmaster(const server_directory *directory, const char *bindir, int64_t deadline,
                                   pid_t *started, kl_error **error)
{
    char *program = NULL;
    process_result result;
    if (asprintf(&program, "%s/postgres", bindir) < 0) {
        return error_memory(error);
    }
    char *arguments[] = {program, "-D", directory->data,
                         "-k", directory->socket,
                         "-c", "listen_addresses=",
                         "-c", "port=5432",
                         "-c", "unix_socket_permissions=0700",
                         "-c", "logging_collector=off",
                         NULL};
    process_plan plan = {program, arguments, directory->path, directory->log, directory->uid, directory->gid};
    /* What was started has to be known, however late it is: nobody else would end it. */
    int64_t report = clock_monotonic_ms() + REPORT_MS;
    kl_status status = process_start(&plan, deadline > report ? deadline : report, &result, error);
    if (status && result.obstacle != PROCESS_SYSTEM) {
        status = cannot_run(directory, &result, error);
    }
    *started = result.pid;
    free(program);
    return status;
}

typedef enum wait_end { WAIT_SERVED, WAIT_DIED, WAIT_LATE } wait_end;

static wait_end wait_until_served(const server_directory *directory, const char *conninfo, pid_t started,
                                  int64_t deadline)
{
    for (;;) {
        if (PQping(conninfo) == PQPING_OK) {
            return WAIT_SERVED;
        }
        /* Not only the one started here: a caller who was killed may have started one just before. */
        if (!process_alive(started) && !server_pidfile_postmaster(directory)) {
            return WAIT_DIED;
        }
        if (clock_monotonic_ms() >= deadline) {
            return WAIT_LATE;
        }
        process_sleep(POLL_MS);
    }
}

/* A postmaster that comes too late would go on without a user, and unknown to who stops servers until it has its pidfile. */
static void give_up(pid_t started)
{
    int64_t deadline = clock_monotonic_ms() + GIVE_UP_MS;
    if (started <= 0 || kill(started, SIGINT)) {
        return;
    }
    while (process_alive(started) && clock_monotonic_ms() < deadline) {
        process_sleep(POLL_MS);
    }
}

/* KL_OK when a postmaster that died at once is worth another try: backends outlive
 * a killed postmaster for a moment, and no new one may start beside them. */
static kl_status judge_death(const server_directory *directory, off_t mark, int64_t deadline, kl_error **error)
{
    if (server_log_mentions(directory, mark, "shared memory block") && clock_monotonic_ms() < deadline) {
        return KL_OK;
    }
    char *reason = server_log_reason(directory, mark);
    kl_status status = error_set(error, KL_ERR_SERVER, "postgres did not start: %s", reason ? reason : "");
    free(reason);
    return status;
}

kl_status server_cluster_start(const server_directory *directory, const char *bindir, const char *conninfo,
                               int64_t deadline, kl_error **error)
{
    kl_status status;
    pid_t started = 0;
    off_t mark = server_log_mark(directory);
    wait_end end = WAIT_DIED;
    if (server_pidfile_postmaster(directory)) {
        end = wait_until_served(directory, conninfo, started, deadline);
    }
    while (end == WAIT_DIED) {
        mark = server_log_mark(directory);
        if (!server_pidfile_repair(directory)) {
            return error_set(error, KL_ERR_SERVER, "cannot repair postmaster.pid in %s: %s", directory->data,
                             strerror(errno));
        }
        if ((status = launch_postmaster(directory, bindir, deadline, &started, error))) {
            return status;
        }
        end = wait_until_served(directory, conninfo, started, deadline);
        if (end == WAIT_DIED) {
            if ((status = judge_death(directory, mark, deadline, error))) {
                return status;
            }
            process_sleep(RETRY_MS);
        }
    }
    if (end == WAIT_SERVED) {
        return KL_OK;
    }
    give_up(started);
    char *reason = server_log_reason(directory, mark);
    status = error_set(error, KL_ERR_SERVER, "postgres did not accept connections in time: %s", reason ? reason : "");
    free(reason);
    return status;
}

kl_status server_cluster_stop(const server_directory *directory, int64_t deadline, kl_error **error)
{
    pid_t pid = server_pidfile_postmaster(directory);
    if (!pid) {
        return KL_OK;
    }
    if (kill(pid, SIGINT) && errno != ESRCH) {
        return error_set(error, KL_ERR_SERVER, "cannot stop the server: %s", strerror(errno));
    }
    while (process_alive(pid)) {
        if (clock_monotonic_ms() >= deadline) {
            return error_set(error, KL_ERR_SERVER, "the server is still stopping");
        }
        process_sleep(POLL_MS);
    }
    server_directory_drop_socket(directory);
    return KL_OK;
}

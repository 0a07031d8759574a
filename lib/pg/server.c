/* A private PostgreSQL in a directory: made, started and stopped by the programs that use it. */
#include "pg/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "pg/server_cluster.h"
#include "pg/server_directory.h"
#include "pg/server_find.h"
#include "pg/server_process.h"

enum { START_TIMEOUT_MS = 60000, STOP_TIMEOUT_MS = 60000, GATE_POLL_MS = 10 };

/* Two lock files keep order among all users, in one process or many: the gate is
 * held while the server is made, started or stopped; `users` is held shared by
 * every handle. Locks belong to the open file, so each handle opens its own, and
 * the kernel lets go of them when a process dies in whatever way. */
struct pg_server {
    server_directory directory;
    int gate;
    int users;
    pid_t owner; /* the process that opened it */
    buffer conninfo;
};

static kl_status lock_gate(const pg_server *server, int64_t deadline, kl_error **error)
{
    while (flock(server->gate, LOCK_EX | LOCK_NB)) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return error_set(error, KL_ERR_SERVER, "cannot lock %s/" SERVER_GATE ": %s", server->directory.path,
                             strerror(errno));
        }
        if (clock_monotonic_ms() >= deadline) {
            return error_set(error, KL_ERR_SERVER, "another process keeps %s locked", server->directory.path);
        }
        process_sleep(GATE_POLL_MS);
    }
    return KL_OK;
}

/* With the gate held: ends this use, and the server with the last one. */
static kl_status leave(pg_server *server, kl_error **error)
{
    kl_status status = KL_OK;
    if (!flock(server->users, LOCK_EX | LOCK_NB)) {
        status = server_cluster_stop(&server->directory, clock_monotonic_ms() + STOP_TIMEOUT_MS, error);
    }
    /* Said, not left to close(): a forked child may hold the same open file. */
    flock(server->users, LOCK_UN);
    return status;
}

static void release(pg_server *server)
{
    if (server->gate >= 0) {
        close(server->gate);
    }
    if (server->users >= 0) {
        close(server->users);
    }
    server_directory_close(&server->directory);
    buffer_free(&server->conninfo);
    free(server);
}

/* Everything that PGHOSTADDR and its like in the host's environment could turn elsewhere is said. */
static kl_status make_conninfo(pg_server *server, kl_error **error)
{
    buffer_text(&server->conninfo, "host='");
    for (const char *c = server->directory.socket; *c; c++) {
        if (*c == '\'' || *c == '\\') {
            buffer_byte(&server->conninfo, '\\');
        }
        buffer_byte(&server->conninfo, *c);
    }
    buffer_text(&server->conninfo, "' port=5432 hostaddr='' sslmode=disable gssencmode=disable "
                                   "channel_binding=disable target_session_attrs=any requirepeer='' options=''");
    return server->conninfo.broken ? error_memory(error) : KL_OK;
}

static kl_status open_lock_files(pg_server *server, kl_error **error)
{
    server->gate = server_directory_lock_file(&server->directory, SERVER_GATE);
    server->users = server->gate < 0 ? -1 : server_directory_lock_file(&server->directory, SERVER_USERS);
    if (server->users < 0) {
        return error_set(error, KL_ERR_SERVER, "cannot open the lock files in %s: %s", server->directory.path,
                         strerror(errno));
    }
    return KL_OK;
}

/* With the gate held: the cluster is there and served. */
static kl_status bring_up(pg_server *server, const pg_server_options *options, int64_t deadline, kl_error **error)
{
    kl_status status;
    const server_directory *directory = &server->directory;
    char *bindir = NULL;
    buffer ping = BUFFER_INIT;
    int major = server_cluster_major(directory);

    buffer_format(&ping, "%s user=" SERVER_SUPERUSER " dbname=postgres connect_timeout=2", server->conninfo.data);
    if (ping.broken) {
        return error_memory(error);
    }
    if (major && server_cluster_served(directory, ping.data)) {
        status = KL_OK;
        goto done;
    }
    if ((status = server_find("", major, &bindir, error))) {
        goto done;
    }
    if (!major && (status = server_cluster_make(directory, bindir, options, deadline, error))) {
        goto done;
    }
    if (!(status = server_directory_make_socket(directory, error))) {
        status = server_cluster_start(directory, bindir, ping.data, deadline, error);
    }
done:
    buffer_free(&ping);
    free(bindir);
    return status;
}

kl_status pg_server_open(const char *directory, const pg_server_options *options, pg_server **out, kl_error **error)
{
    static const pg_server_options defaults = {0};
    kl_status status;
    if (!directory || !*directory || !out) {
        return error_set(error, KL_ERR_ARGUMENT, "the server needs a directory");
    }
    options = options ? options : &defaults;
    if ((status = server_cluster_check_settings(options, error))) {
        return status;
    }
    int64_t deadline = clock_monotonic_ms() + (options->start_timeout_ms ? options->start_timeout_ms : START_TIMEOUT_MS);
    pg_server *server = calloc(1, sizeof *server);
    if (!server) {
        return error_memory(error);
    }
    server->gate = server->users = server->directory.fd = -1;
    server->owner = getpid();
    if ((status = server_directory_open(directory, &server->directory, error)) ||
        (status = make_conninfo(server, error)) || (status = open_lock_files(server, error)) ||
        (status = lock_gate(server, deadline, error))) {
        release(server);
        return status;
    }
    if (flock(server->users, LOCK_SH | LOCK_NB)) {
        status = error_set(error, KL_ERR_SERVER, "cannot lock %s/" SERVER_USERS ": %s", server->directory.path,
                           strerror(errno));
    } else if ((status = bring_up(server, options, deadline, error))) {
        leave(server, NULL);
    }
    flock(server->gate, LOCK_UN);
    if (status) {
        release(server);
        return status;
    }
    *out = server;
    return KL_OK;
}

const char *pg_server_conninfo(const pg_server *server)
{
    return server->conninfo.data;
}

const char *pg_server_superuser(const pg_server *server)
{
    (void)server;
    return SERVER_SUPERUSER;
}

kl_status pg_server_close(pg_server *server, kl_error **error)
{
    kl_status status = KL_OK;
    if (!server) {
        return KL_OK;
    }
    if (server->owner == getpid()) {
        status = lock_gate(server, clock_monotonic_ms() + STOP_TIMEOUT_MS, error);
        if (!status) {
            status = leave(server, error);
            flock(server->gate, LOCK_UN);
        } else {
            flock(server->users, LOCK_UN);
        }
    }
    release(server);
    return status;
}

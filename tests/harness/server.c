/* The PostgreSQL server of the integration tests, and databases in it. */
#include "harness/server.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "pg/server.h"
#include "pg/server_cluster.h"
#include "pg/server_directory.h"
#include "pg/server_process.h"

#define PREFIX "kloyst-test-"

/* Of a database that a session is about to leave. */
#define IN_USE "55006"

enum { SWEEP_STOP_MS = 60000, PATIENCE_MS = 60000, LOOK_AGAIN_MS = 100 };

static struct {
    pg_server *server;
    pid_t owner; /* check's forked tests inherit this, and the exit handler */
    char directory[PATH_MAX];
    buffer conninfo;
} shared;

static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "test server: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

const char *harness_temporary(void)
{
    const char *directory = getenv("TMPDIR");
    return directory && *directory ? directory : "/tmp";
}

const char *harness_temporary_of_sockets(void)
{
    enum { LONGEST = 40 };
    const char *directory = harness_temporary();
    return *directory == '/' && strlen(directory) <= LONGEST ? directory : "/tmp";
}

static void stop_server(void)
{
    if (shared.server && shared.owner == getpid()) {
        pg_server_close(shared.server, NULL);
        server_directory_delete(AT_FDCWD, shared.directory);
        shared.server = NULL;
    }
}

/* Root must not be led elsewhere by a link that somebody put in /tmp. */
static bool is_directory(const char *path)
{
    struct stat info;
    return !lstat(path, &info) && S_ISDIR(info.st_mode);
}

/* Removes what a killed test program left behind, with the server that runs there. */
static void sweep_one(const char *path)
{
    server_directory directory;
    if (!server_directory_open(path, &directory, NULL)) {
        server_cluster_stop(&directory, clock_monotonic_ms() + SWEEP_STOP_MS, NULL);
        server_directory_close(&directory);
    }
    server_directory_delete(AT_FDCWD, path);
}

static void sweep(void)
{
    DIR *listing = opendir(harness_temporary());
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX))) {
            continue;
        }
        long pid = strtol(entry->d_name + strlen(PREFIX), NULL, 10);
        char path[PATH_MAX];
        int length = snprintf(path, sizeof path, "%s/%s", harness_temporary(), entry->d_name);
        if (pid > 0 && length < (int)sizeof path && !process_alive((pid_t)pid) && is_directory(path)) {
            sweep_one(path);
        }
    }
    if (listing) {
        closedir(listing);
    }
}

static void start_server(void)
{
    static const char *const fast[] = {"fsync=off", "synchronous_commit=on", "full_page_writes=off",
                                       "shared_buffers=64MB", "max_wal_size=128MB"};
    const pg_server_options options = {.settings = fast, .settings_count = sizeof fast / sizeof fast[0]};
    kl_error *error = NULL;
    sweep();
    snprintf(shared.directory, sizeof shared.directory, "%s/" PREFIX "%ld-XXXXXX", harness_temporary(), (long)getpid());
    if (!mkdtemp(shared.directory)) {
        give_up(shared.directory, strerror(errno));
    }
    if (pg_server_open(shared.directory, &options, &shared.server, &error)) {
        server_directory_delete(AT_FDCWD, shared.directory);
        give_up(shared.directory, kl_error_message(error));
    }
    shared.owner = getpid();
    atexit(stop_server);
    buffer_format(&shared.conninfo, "%s user=%s dbname=postgres", pg_server_conninfo(shared.server),
                  pg_server_superuser(shared.server));
}

const char *harness_server(void)
{
    const char *given = getenv("KL_TEST_CONNINFO");
    if (given && *given) {
        return given;
    }
    if (!shared.server) {
        start_server();
    }
    return shared.conninfo.data;
}

static void quiet(void *unused, const char *message)
{
    (void)unused;
    (void)message;
}

static PGresult *attempt(const char *conninfo, const char *sql, PGconn **connection)
{
    *connection = PQconnectdb(conninfo);
    ck_assert_msg(PQstatus(*connection) == CONNECTION_OK, "%s", PQerrorMessage(*connection));
    PQsetNoticeProcessor(*connection, quiet, NULL);
    return PQexec(*connection, sql);
}

/* ---- databases ---------------------------------------------------------- */

/* Makes or drops a database. The server waits five seconds for sessions in it that are about to end: on a machine that stalls
 * that may not be enough. */
static void exec_alone(const char *sql)
{
    const char *server = harness_server();
    for (int64_t deadline = clock_monotonic_ms() + PATIENCE_MS;;) {
        PGconn *connection;
        PGresult *result = attempt(server, sql, &connection);
        bool done = PQresultStatus(result) == PGRES_COMMAND_OK;
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        bool in_use = state && strcmp(state, IN_USE) == 0 && clock_monotonic_ms() < deadline;
        ck_assert_msg(done || in_use, "%s: %s", sql, PQerrorMessage(connection));
        PQclear(result);
        PQfinish(connection);
        if (done) {
            return;
        }
        process_sleep(LOOK_AGAIN_MS);
    }
}

/* One value of a conninfo, malloc'ed; NULL when it is not said. */
static char *conninfo_value(const char *conninfo, const char *keyword)
{
    char *value = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    for (PQconninfoOption *option = options; option && option->keyword; option++) {
        if (!strcmp(option->keyword, keyword) && option->val) {
            value = strdup(option->val);
        }
    }
    PQconninfoFree(options);
    return value;
}

static void append_quoted(buffer *text, const char *keyword, const char *value)
{
    buffer_format(text, "%s%s='", text->length ? " " : "", keyword);
    for (; *value; value++) {
        if (*value == '\'' || *value == '\\') {
            buffer_byte(text, '\\');
        }
        buffer_byte(text, *value);
    }
    buffer_byte(text, '\'');
}

char *harness_database(const char *template)
{
    static unsigned count;
    struct timespec now;
    char name[64];
    buffer sql = BUFFER_INIT, conninfo = BUFFER_INIT;
    const char *server = harness_server();
    char *source = template && strchr(template, '=') ? conninfo_value(template, "dbname") : NULL;

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(name, sizeof name, "kl_test_%ld_%u_%lx", (long)getpid(), ++count, (unsigned long)now.tv_nsec);
    buffer_format(&sql, "CREATE DATABASE %s", name);
    if (template) {
        buffer_format(&sql, " TEMPLATE \"%s\"", source ? source : template);
    }
    exec_alone(sql.data);

    PQconninfoOption *options = PQconninfoParse(server, NULL);
    for (PQconninfoOption *option = options; option && option->keyword; option++) {
        if (option->val && strcmp(option->keyword, "user") && strcmp(option->keyword, "password") &&
            strcmp(option->keyword, "dbname")) {
            append_quoted(&conninfo, option->keyword, option->val);
        }
    }
    append_quoted(&conninfo, "dbname", name);
    PQconninfoFree(options);
    free(source);
    buffer_free(&sql);
    ck_assert_msg(!conninfo.broken, "out of memory");
    return conninfo.data;
}

void harness_drop_database(char *conninfo)
{
    char *name = conninfo ? conninfo_value(conninfo, "dbname") : NULL;
    if (name) {
        buffer sql = BUFFER_INIT;
        buffer_format(&sql, "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", name);
        exec_alone(sql.data);
        buffer_free(&sql);
    }
    free(name);
    free(conninfo);
}

/* ---- statements --------------------------------------------------------- */

static PGresult *run(const char *conninfo, const char *sql, PGconn **connection)
{
    PGresult *result = attempt(conninfo, sql, connection);
    ExecStatusType status = PQresultStatus(result);
    ck_assert_msg(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY, "%s: %s",
                  sql, PQerrorMessage(*connection));
    return result;
}

void harness_exec(const char *conninfo, const char *sql)
{
    PGconn *connection;
    PQclear(run(conninfo, sql, &connection));
    PQfinish(connection);
}

char *harness_query_text(const char *conninfo, const char *sql)
{
    PGconn *connection;
    PGresult *result = run(conninfo, sql, &connection);
    char *text = NULL;
    if (PQntuples(result) > 0 && PQnfields(result) > 0 && !PQgetisnull(result, 0, 0)) {
        text = strdup(PQgetvalue(result, 0, 0));
        ck_assert_msg(text != NULL, "out of memory");
    }
    PQclear(result);
    PQfinish(connection);
    return text;
}

/* One connection: opening, waiting, cancelling, and what its failures mean. */
#include "pg/connection_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "pg/conninfo.h"

int64_t pg_deadline(int timeout_ms)
{
    return timeout_ms > 0 ? clock_monotonic_ms() + timeout_ms : -1;
}

bool pg_wait(int socket, bool read, bool write, int64_t deadline_ms)
{
    if (socket < 0)
        return true; /* closed by libpq, which will say so; poll() would wait for ever */
    struct pollfd poller = {.fd = socket, .events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0))};
    for (;;) {
        int timeout = -1;
        if (deadline_ms >= 0) {
            int64_t left = deadline_ms - clock_monotonic_ms();
            if (left <= 0)
                return false;
            timeout = left > 3600000 ? 3600000 : (int)left;
        }
        int ready = poll(&poller, 1, timeout);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true; /* libpq finds out about a broken socket itself */
    }
}

bool pg_flush(pg_connection *c, int64_t deadline)
{
    for (;;) {
        int state = PQflush(c->libpq);
        if (state <= 0)
            return state == 0;
        if (!pg_wait(PQsocket(c->libpq), true, true, deadline))
            return false;
        if (!PQconsumeInput(c->libpq))
            return false;
    }
}

enum { LOOK_AGAIN_MS = 100 };

/* Whether libpq's last complaint is that it found no memory; the server's own would begin with its severity. */
static bool libpq_lacked_memory(const PGconn *libpq)
{
    static const char complaint[] = "out of memory";
    const char *text = PQerrorMessage(libpq);
    size_t length = strlen(text), wanted = sizeof complaint - 1;
    while (length && text[length - 1] == '\n')
        length--;
    return length >= wanted && memcmp(text + length - wanted, complaint, wanted) == 0 &&
           (length == wanted || text[length - wanted - 1] == '\n');
}

static bool memory_left(void)
{
    void *probe = malloc(1024);
    free(probe);
    return probe != NULL;
}

/* libpq without memory waits for more of an answer that is all there, or has dropped its end. The former it gets over when it is
 * asked again and there is memory, the latter never. */
PGresult *pg_next_result(pg_connection *c, int64_t deadline, bool *timed_out)
{
    while (PQisBusy(c->libpq)) {
        int64_t soon = clock_monotonic_ms() + LOOK_AGAIN_MS, until = deadline < 0 || soon < deadline ? soon : deadline;
        if (!pg_wait(PQsocket(c->libpq), true, false, until)) {
            *timed_out = until == deadline;
            c->broken |= libpq_lacked_memory(c->libpq) || !memory_left();
            if (*timed_out || c->broken)
                return NULL;
            continue;
        }
        if (!PQconsumeInput(c->libpq))
            break; /* PQgetResult then reports what came before the end */
    }
    return PQgetResult(c->libpq);
}

static void *cancel_run(void *cancel)
{
    char why[256];
    PQcancel(cancel, why, sizeof why);
    PQfreeCancel(cancel);
    return NULL;
}

/* PQcancel() connects anew and waits without a limit: against a silent network it would outlast every deadline. */
void pg_cancel(pg_connection *c)
{
    PGcancel *cancel = PQgetCancel(c->libpq);
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* the program's handlers do not expect this thread */
    if (!cancel || pthread_create(&thread, NULL, cancel_run, cancel))
        PQfreeCancel(cancel);
    else
        pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Class of a SQLSTATE. */
static kl_status classify(const char *sqlstate)
{
    static const struct {
        const char *prefix;
        kl_status status;
    } classes[] = {
        {"40001", KL_ERR_SERIALIZATION}, {"40P01", KL_ERR_SERIALIZATION}, {"23505", KL_ERR_EXISTS},
        {"23503", KL_ERR_IN_USE},        {"22003", KL_ERR_LIMIT},         {"42501", KL_ERR_PERMISSION},
        {"57014", KL_ERR_TIMEOUT},       {"55P03", KL_ERR_TIMEOUT},       {"22021", KL_ERR_ENCODING},
        {"22P05", KL_ERR_ENCODING},      {"22P02", KL_ERR_FORMAT},        {"3F000", KL_ERR_SCHEMA},
        {"42P01", KL_ERR_SCHEMA},        {"42703", KL_ERR_SCHEMA},        {"42883", KL_ERR_SCHEMA},
        {"42704", KL_ERR_SCHEMA},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strncmp(sqlstate, classes[i].prefix, strlen(classes[i].prefix)) == 0)
            return classes[i].status;
    return KL_ERR_DATABASE;
}

kl_status pg_usable(const pg_connection *c, kl_error **error)
{
    if (c->owner != getpid())
        return error_set(error, KL_ERR_FORKED, "the handle was opened by the parent process: open one in the child");
    return c->broken ? error_set(error, KL_ERR_CONNECTION_LOST, "the connection to the server was lost") : KL_OK;
}

/* True when the session ends with this failure. The class alone does not tell: a foreign table's own
 * connection fails with class 08 too. */
static bool ends_session(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (!severity) /* poolers leave it out */
        severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
    return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

kl_status pg_failure(pg_connection *c, const PGresult *result, kl_error **error)
{
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!sqlstate) {
        c->broken = true;
        return error_set(error, KL_ERR_CONNECTION_LOST, "the connection to the server was lost");
    }
    kl_status status = classify(sqlstate);
    if (ends_session(result)) {
        c->broken = true;
        status = KL_ERR_CONNECTION_LOST;
    }
    /* No prepared statement may be trusted after a change of the schema or behind a pooler that swaps sessions. */
    if (strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "0A000") == 0)
        c->broken = true;
    return error_set_sqlstate(error, status, sqlstate, "%s", message ? message : kl_status_text(status));
}

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static kl_status connect_poll(PGconn *libpq, int64_t deadline, kl_error **error)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
        bool reading = state == PGRES_POLLING_READING;
        if (!pg_wait(PQsocket(libpq), reading, !reading, deadline))
            return error_set(error, KL_ERR_CONNECT, "the server did not answer in time");
        state = PQconnectPoll(libpq);
    }
    if (state == PGRES_POLLING_OK)
        return KL_OK;
    /* libpq's message names host and user, never the password. */
    return error_set(error, KL_ERR_CONNECT, "no connection to the server: %s", PQerrorMessage(libpq));
}

static kl_status session_facts(pg_connection *c, int64_t deadline, kl_error **error)
{
    static const char sql[] = "SELECT session_user = 'kloyst_app', current_setting('server_encoding') = 'UTF8'";
    bool timed_out = false;
    PGresult *result = NULL;
    if (PQsendQueryParams(c->libpq, sql, 0, NULL, NULL, NULL, NULL, 0) && pg_flush(c, deadline))
        result = pg_next_result(c, deadline, &timed_out);
    kl_status status = KL_OK;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        const char *why = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
        status = error_set(error, KL_ERR_CONNECT, "no connection to the server: %s",
                           why ? why : "it did not answer");
    } else {
        c->is_app = PQgetvalue(result, 0, 0)[0] == 't';
        if (PQgetvalue(result, 0, 1)[0] != 't')
            status = error_set(error, KL_ERR_SCHEMA, "the database's encoding must be UTF8");
    }
    while (!status && result) {
        PQclear(result);
        result = pg_next_result(c, deadline, &timed_out);
    }
    PQclear(result);
    return status;
}

static kl_status connect_start(pg_connection *c, const char *conninfo, int64_t deadline, kl_error **error)
{
    if (!conninfo_sound(conninfo))
        return error_set(error, KL_ERR_CONNECT, "the connection string is malformed");
    const char *sslmode = conninfo_sslmode(conninfo);
    const char *keywords[] = {"fallback_application_name", "dbname", "client_encoding", sslmode ? "sslmode" : NULL, NULL};
    const char *values[] = {"kloyst", conninfo, "UTF8", sslmode, NULL};
    c->libpq = PQconnectStartParams(keywords, values, 1);
    if (!c->libpq)
        return error_memory(error);
    if (PQstatus(c->libpq) == CONNECTION_BAD)
        return error_set(error, KL_ERR_CONNECT, "no connection to the server: %s", PQerrorMessage(c->libpq));
    return connect_poll(c->libpq, deadline, error);
}

kl_status pg_connect(const char *conninfo, const pg_settings *settings, pg_connection **out, kl_error **error)
{
    pg_connection *c = calloc(1, sizeof *c);
    if (!c)
        return error_memory(error);
    c->settings = *settings;
    c->owner = getpid();
    int64_t deadline = pg_deadline(settings->connect_timeout_ms);
    kl_status status = connect_start(c, conninfo, deadline, error);
    if (!status) {
        PQsetNoticeReceiver(c->libpq, ignore_notice, NULL);
        if (PQsetnonblocking(c->libpq, 1))
            status = error_set(error, KL_ERR_CONNECT, "the connection could not be made non-blocking");
    }
    if (!status && !PQserverVersion(c->libpq)) /* libpq had no memory to note it */
        status = error_memory(error);
    if (!status && PQserverVersion(c->libpq) < 150000)
        status = error_set(error, KL_ERR_SCHEMA, "PostgreSQL 15 or newer is needed");
    if (!status)
        status = session_facts(c, deadline, error);
    if (status) {
        pg_disconnect(c);
        return status;
    }
    *out = c;
    return KL_OK;
}

/* PQfinish() sends a Terminate message, which would end the session that the parent still uses. */
static bool detach_from_parent(pg_connection *c)
{
    int socket = PQsocket(c->libpq);
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    bool detached = nowhere >= 0 && dup2(nowhere, socket) == socket;
    if (!detached)
        close(socket);
    if (nowhere >= 0)
        close(nowhere);
    return detached;
}

void pg_disconnect(pg_connection *c)
{
    if (!c)
        return;
    if (c->owner == getpid() || PQsocket(c->libpq) < 0 || detach_from_parent(c))
        PQfinish(c->libpq);
    free(c->prepared);
    free(c);
}

bool pg_connection_healthy(pg_connection *c)
{
    if (c->broken || c->copying || PQstatus(c->libpq) != CONNECTION_OK || PQtransactionStatus(c->libpq) != PQTRANS_IDLE)
        return false;
    struct pollfd poller = {.fd = PQsocket(c->libpq), .events = POLLIN};
    if (poll(&poller, 1, 0) == 0)
        return true; /* an idle session says nothing: a readable socket means an end or a notice */
    return PQconsumeInput(c->libpq) && PQstatus(c->libpq) == CONNECTION_OK &&
           poll(&poller, 1, 0) == 0;
}

int pg_client_version(void)
{
    return PQlibVersion();
}

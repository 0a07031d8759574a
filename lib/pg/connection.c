/* One connection: opening, waiting, cancelling, and what its failures mean. */
#include "pg/connection_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

int64_t pg_deadline(int timeout_ms)
{
    return timeout_ms > 0 ? clock_monotonic_ms() + timeout_ms : -1;
}

bool pg_wait(int socket, bool read, bool write, int64_t deadline_ms)
{
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

PGresult *pg_next_result(pg_connection *c, int64_t deadline, bool *timed_out)
{
    while (PQisBusy(c->libpq)) {
        if (!pg_wait(PQsocket(c->libpq), true, false, deadline)) {
            *timed_out = true;
            return NULL;
        }
        if (!PQconsumeInput(c->libpq))
            break; /* PQgetResult then reports what came before the end */
    }
    return PQgetResult(c->libpq);
}

void pg_cancel(pg_connection *c)
{
    char why[256];
    PGcancel *cancel = PQgetCancel(c->libpq);
    if (!cancel || !PQcancel(cancel, why, sizeof why))
        c->broken = true;
    PQfreeCancel(cancel);
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
        {"42704", KL_ERR_SCHEMA},        {"57P", KL_ERR_CONNECTION_LOST}, {"08", KL_ERR_CONNECTION_LOST},
        {"53300", KL_ERR_CONNECT},
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strncmp(sqlstate, classes[i].prefix, strlen(classes[i].prefix)) == 0)
            return classes[i].status;
    return KL_ERR_DATABASE;
}

kl_status pg_failure(pg_connection *c, const PGresult *result, kl_error **error)
{
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (!sqlstate) {
        if (PQstatus(c->libpq) == CONNECTION_BAD || c->broken) {
            c->broken = true;
            return error_set(error, KL_ERR_CONNECTION_LOST, "the connection to the server was lost");
        }
        return error_set(error, KL_ERR_DATABASE, "the server's answer could not be read");
    }
    /* Neither statement may be trusted after a change of the schema or behind a pooler that swaps sessions. */
    if (strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "0A000") == 0)
        c->broken = true;
    kl_status status = classify(sqlstate);
    if (status == KL_ERR_CONNECTION_LOST)
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

static kl_status session_facts(pg_connection *c, kl_error **error)
{
    bool timed_out = false;
    int64_t deadline = pg_deadline(c->settings.connect_timeout_ms);
    if (!PQsendQueryParams(c->libpq, "SELECT session_user = 'kloyst_app', current_setting('server_encoding') = 'UTF8'",
                           0, NULL, NULL, NULL, NULL, 0) ||
        !pg_flush(c, deadline))
        return pg_failure(c, NULL, error);
    PGresult *result = pg_next_result(c, deadline, &timed_out);
    kl_status status = KL_OK;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        status = pg_failure(c, result, error);
    } else {
        c->is_app = PQgetvalue(result, 0, 0)[0] == 't';
        if (PQgetvalue(result, 0, 1)[0] != 't')
            status = error_set(error, KL_ERR_SCHEMA, "the database's encoding must be UTF8");
    }
    while (result) {
        PQclear(result);
        result = pg_next_result(c, deadline, &timed_out);
    }
    return status;
}

kl_status pg_connect(const char *conninfo, const pg_settings *settings, pg_connection **out, kl_error **error)
{
    pg_connection *c = calloc(1, sizeof *c);
    if (!c)
        return error_memory(error);
    c->settings = *settings;
    const char *keywords[] = {"dbname", "client_encoding", "application_name", NULL};
    const char *values[] = {conninfo, "UTF8", "kloyst", NULL};
    c->libpq = PQconnectStartParams(keywords, values, 1);
    kl_status status = KL_OK;
    if (!c->libpq)
        status = error_memory(error);
    else if (PQstatus(c->libpq) == CONNECTION_BAD)
        status = error_set(error, KL_ERR_CONNECT, "no connection to the server: %s", PQerrorMessage(c->libpq));
    else
        status = connect_poll(c->libpq, pg_deadline(settings->connect_timeout_ms), error);
    if (!status) {
        PQsetNoticeReceiver(c->libpq, ignore_notice, NULL);
        if (PQsetnonblocking(c->libpq, 1))
            status = error_set(error, KL_ERR_CONNECT, "the connection could not be made non-blocking");
    }
    if (!status && PQserverVersion(c->libpq) < 150000)
        status = error_set(error, KL_ERR_SCHEMA, "PostgreSQL 15 or newer is needed");
    if (!status)
        status = session_facts(c, error);
    if (status) {
        pg_disconnect(c);
        return status;
    }
    *out = c;
    return KL_OK;
}

void pg_disconnect(pg_connection *c)
{
    if (!c)
        return;
    PQfinish(c->libpq);
    free(c->prepared);
    free(c);
}

void pg_abandon(pg_connection *c)
{
    if (!c)
        return;
    /* PQfinish would send a Terminate message on the socket shared with the parent. */
    if (PQsocket(c->libpq) >= 0)
        close(PQsocket(c->libpq));
    free(c->prepared);
    free(c);
}

bool pg_connection_healthy(pg_connection *c)
{
    if (c->broken || PQstatus(c->libpq) != CONNECTION_OK || PQtransactionStatus(c->libpq) != PQTRANS_IDLE)
        return false;
    struct pollfd poller = {.fd = PQsocket(c->libpq), .events = POLLIN};
    if (poll(&poller, 1, 0) == 0)
        return true; /* an idle session says nothing: a readable socket means an end or a notice */
    return PQconsumeInput(c->libpq) && PQstatus(c->libpq) == CONNECTION_OK &&
           poll(&poller, 1, 0) == 0;
}

int pg_server_version_number(const pg_connection *c)
{
    return PQserverVersion(c->libpq);
}

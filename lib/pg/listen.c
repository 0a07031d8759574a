/* Listening: notifications of the server, waited for on one connection. */
#include <string.h>

#include "base/clock.h"
#include "pg/connection_internal.h"

kl_status pg_listen(pg_connection *c, const char *listen_sql, kl_error **error)
{
    int64_t deadline = pg_deadline(c->settings.statement_timeout_ms);
    bool timed_out = false;
    kl_status status = pg_usable(c, error);
    if (status)
        return status;
    if (!PQsendQuery(c->libpq, listen_sql) || !pg_flush(c, deadline))
        return pg_failure(c, NULL, error);
    PGresult *result = pg_next_result(c, deadline, &timed_out);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        status = pg_failure(c, result, error);
    while (result) {
        PQclear(result);
        result = c->broken ? NULL : pg_next_result(c, deadline, &timed_out);
    }
    return status;
}

/* Whether one of the notifications that have arrived is meant; all are taken away. */
static bool is_meant(pg_connection *c, const char *payload)
{
    bool found = false;
    for (PGnotify *said; (said = PQnotifies(c->libpq)) != NULL; PQfreemem(said))
        found |= said->extra[0] == '\0' || strcmp(said->extra, payload) == 0;
    return found;
}

bool pg_wait_notification(pg_connection *c, const char *payload, int timeout_ms)
{
    int64_t deadline = clock_monotonic_ms() + timeout_ms;
    if (pg_usable(c, NULL))
        return false;
    while (!is_meant(c, payload)) {
        if (!pg_wait(PQsocket(c->libpq), true, false, deadline))
            return false;
        if (!PQconsumeInput(c->libpq)) {
            c->broken = true;
            return false;
        }
    }
    return true;
}

/* What a pipeline cannot carry: COPY FROM STDIN and scripts of several statements. */
#include "base/error.h"
#include "pg/connection_internal.h"

enum { BLOCK_TIMEOUT_MS = 60000 };

/* Reads all answers to a simple query; the first failure counts. */
static kl_status drain(pg_connection *c, int timeout_ms, ExecStatusType wanted, kl_error **error)
{
    int64_t deadline = pg_deadline(timeout_ms);
    kl_status status = KL_OK;
    bool seen = false, timed_out = false;
    for (;;) {
        PGresult *result = pg_next_result(c, deadline, &timed_out);
        if (timed_out) {
            pg_cancel(c);
            c->broken = true;
            return error_set(error, KL_ERR_TIMEOUT, "the server did not answer in time");
        }
        if (!result)
            break;
        ExecStatusType state = PQresultStatus(result);
        if (state != PGRES_COMMAND_OK && state != PGRES_TUPLES_OK && state != PGRES_COPY_IN) {
            kl_status failed = pg_failure(c, result, error);
            if (!status)
                status = failed;
        }
        seen |= state == wanted;
        PQclear(result);
        if (state == PGRES_COPY_IN)
            break;
    }
    if (!status && !seen)
        status = pg_failure(c, NULL, error);
    return status;
}

static kl_status simple_query(pg_connection *c, const char *sql, int timeout_ms, ExecStatusType wanted, kl_error **error)
{
    if (PQpipelineStatus(c->libpq) != PQ_PIPELINE_OFF && !PQexitPipelineMode(c->libpq))
        return pg_failure(c, NULL, error);
    if (!PQsendQuery(c->libpq, sql) || !pg_flush(c, pg_deadline(timeout_ms)))
        return pg_failure(c, NULL, error);
    return drain(c, timeout_ms, wanted, error);
}

kl_status pg_script(pg_connection *c, const char *sql, kl_error **error)
{
    return simple_query(c, sql, 0, PGRES_COMMAND_OK, error);
}

kl_status pg_copy_start(pg_connection *c, const char *sql, kl_error **error)
{
    kl_status status = simple_query(c, sql, c->timeout_ms, PGRES_COPY_IN, error);
    if (status)
        return status;
    static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"; /* 11 bytes of signature, flags, extension */
    return pg_copy_block(c, header, 19, error);
}

kl_status pg_copy_block(pg_connection *c, const char *bytes, size_t length, kl_error **error)
{
    int64_t deadline = pg_deadline(BLOCK_TIMEOUT_MS);
    int put;
    while ((put = PQputCopyData(c->libpq, bytes, (int)length)) == 0)
        if (!pg_wait(PQsocket(c->libpq), false, true, deadline))
            return pg_failure(c, NULL, error);
    /* Without this libpq would keep a slow server's whole file in memory. */
    if (put < 0 || !pg_flush(c, deadline)) {
        c->broken = true;
        return pg_failure(c, NULL, error);
    }
    return KL_OK;
}

kl_status pg_copy_end(pg_connection *c, kl_error **error)
{
    static const char trailer[2] = {'\377', '\377'};
    kl_status status = pg_copy_block(c, trailer, sizeof trailer, error);
    if (status)
        return status;
    int64_t deadline = pg_deadline(BLOCK_TIMEOUT_MS);
    int put;
    while ((put = PQputCopyEnd(c->libpq, NULL)) == 0)
        if (!pg_wait(PQsocket(c->libpq), false, true, deadline))
            break;
    if (put <= 0 || !pg_flush(c, deadline)) {
        c->broken = true;
        return pg_failure(c, NULL, error);
    }
    return drain(c, c->timeout_ms, PGRES_COMMAND_OK, error);
}

/* What a pipeline cannot carry: COPY FROM STDIN and scripts of several statements. */
#include "base/error.h"
#include "pg/connection_internal.h"

enum { BLOCK_TIMEOUT_MS = 60000, ABORT_TIMEOUT_MS = 5000 };

static kl_status lost(pg_connection *c, kl_error **error)
{
    c->copying = false;
    return pg_failure(c, NULL, error);
}

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
    return status || seen ? status : lost(c, error);
}

static kl_status simple_query(pg_connection *c, const char *sql, int timeout_ms, ExecStatusType wanted,
                              kl_error **error)
{
    kl_status status = pg_usable(c, error);
    if (status)
        return status;
    if (PQpipelineStatus(c->libpq) != PQ_PIPELINE_OFF && !PQexitPipelineMode(c->libpq))
        return lost(c, error);
    if (!PQsendQuery(c->libpq, sql))
        return lost(c, error);
    bool flushed = pg_flush(c, pg_deadline(timeout_ms));
    status = drain(c, flushed ? timeout_ms : ABORT_TIMEOUT_MS, wanted, error);
    return status || flushed ? status : lost(c, error);
}

kl_status pg_script(pg_connection *c, const char *sql, kl_error **error)
{
    return simple_query(c, sql, c->in_transaction ? c->timeout_ms : 0, PGRES_COMMAND_OK, error);
}

kl_status pg_copy_start(pg_connection *c, const char *sql, kl_error **error)
{
    kl_status status = simple_query(c, sql, c->timeout_ms, PGRES_COPY_IN, error);
    if (status)
        return status;
    c->copying = true;
    static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"; /* 11 bytes of signature, flags, extension */
    return pg_copy_block(c, header, 19, error);
}

kl_status pg_copy_block(pg_connection *c, const char *bytes, size_t length, kl_error **error)
{
    kl_status status = pg_usable(c, error);
    if (status)
        return status;
    int64_t deadline = pg_deadline(BLOCK_TIMEOUT_MS);
    int put;
    while ((put = PQputCopyData(c->libpq, bytes, (int)length)) == 0)
        if (!pg_wait(PQsocket(c->libpq), false, true, deadline))
            return lost(c, error);
    /* Without this libpq would keep a slow server's whole file in memory. */
    return put < 0 || !pg_flush(c, deadline) ? lost(c, error) : KL_OK;
}

/* Ends the COPY, as a failure when `why` is not NULL, and reads what came of it. */
static kl_status copy_finish(pg_connection *c, const char *why, int timeout_ms, kl_error **error)
{
    int64_t deadline = pg_deadline(BLOCK_TIMEOUT_MS);
    int put;
    while ((put = PQputCopyEnd(c->libpq, why)) == 0)
        if (!pg_wait(PQsocket(c->libpq), false, true, deadline))
            break;
    if (put <= 0 || !pg_flush(c, deadline))
        return lost(c, error);
    c->copying = false;
    return drain(c, timeout_ms, PGRES_COMMAND_OK, error);
}

kl_status pg_copy_end(pg_connection *c, kl_error **error)
{
    static const char trailer[2] = {'\377', '\377'};
    kl_status status = pg_copy_block(c, trailer, sizeof trailer, error);
    return status ? status : copy_finish(c, NULL, c->timeout_ms, error);
}

void pg_copy_abort(pg_connection *c)
{
    if (!pg_usable(c, NULL))
        copy_finish(c, "given up", ABORT_TIMEOUT_MS, NULL);
}

/* Transactions: everything between BEGIN and COMMIT in as few round trips as possible. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "pg/connection_internal.h"

enum { CANCEL_GRACE_MS = 5000, STEPS_MAX = 64 };

/* What was queued, in order, so that the answers can be told apart. */
typedef enum step_kind { STEP_PLAIN, STEP_PREPARE, STEP_STATEMENT, STEP_COMMIT } step_kind;

typedef struct step {
    step_kind kind;
    const pg_statement *statement;
} step;

typedef struct pipeline {
    pg_connection *c;
    step steps[STEPS_MAX];
    size_t count;
    bool refused; /* libpq would not queue: the connection is gone, or a defect */
} pipeline;

static void queued(pipeline *p, int accepted, step_kind kind, const pg_statement *statement)
{
    if (!accepted || p->count == STEPS_MAX)
        p->refused = true;
    else
        p->steps[p->count++] = (step){kind, statement};
}

static void queue_plain(pipeline *p, const char *sql, step_kind kind)
{
    queued(p, PQsendQueryParams(p->c->libpq, sql, 0, NULL, NULL, NULL, NULL, 1), kind, NULL);
}

static void queue_role(pipeline *p, pg_role role)
{
    queue_plain(p, role == PG_ROLE_PLATFORM ? "SET LOCAL ROLE kloyst_platform" : "SET LOCAL ROLE kloyst_app", STEP_PLAIN);
}

static void queue_begin(pipeline *p, const pg_scope *scope)
{
    queue_plain(p, scope->read_only ? "BEGIN READ ONLY" : "BEGIN", STEP_PLAIN);
    if (scope->role == PG_ROLE_PLATFORM || (scope->role == PG_ROLE_TENANT && !p->c->is_app))
        queue_role(p, scope->role);
    if (scope->vendor_id) {
        /* set_config() would take a parameter but does not reach the shards of a distributed database. */
        char id[KL_UUID_TEXT + 1], set[96];
        kl_uuid_format(scope->vendor_id, id);
        snprintf(set, sizeof set, "SET LOCAL kloyst.vendor_id = '%s'", id);
        queue_plain(p, set, STEP_PLAIN);
    }
    if (scope->asynchronous_commit)
        queue_plain(p, "SET LOCAL synchronous_commit = off", STEP_PLAIN);
}

static bool is_prepared(const pg_connection *c, const char *sql)
{
    for (size_t i = 0; i < c->prepared_count; i++)
        if (c->prepared[i] == sql)
            return true;
    return false;
}

static bool remember_prepared(pg_connection *c, const char *sql)
{
    if (c->prepared_count == c->prepared_capacity) {
        size_t capacity = c->prepared_capacity ? c->prepared_capacity * 2 : 32;
        const char **grown = realloc(c->prepared, capacity * sizeof *grown);
        if (!grown)
            return false;
        c->prepared = grown;
        c->prepared_capacity = capacity;
    }
    c->prepared[c->prepared_count++] = sql;
    return true;
}

static bool prepare_queued(const pipeline *p, const char *sql)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->steps[i].kind == STEP_PREPARE && p->steps[i].statement->sql == sql)
            return true;
    return false;
}

static void queue_statement(pipeline *p, const pg_statement *statement)
{
    const char *values[PG_PARAMETERS_MAX];
    int lengths[PG_PARAMETERS_MAX];
    int formats[PG_PARAMETERS_MAX];
    const pg_parameters *parameters = statement->parameters;
    int count = parameters ? parameters->count : 0;
    for (int i = 0; i < count; i++) {
        bool null = parameters->length[i] < 0;
        values[i] = null ? NULL : (parameters->data.data ? parameters->data.data + parameters->offset[i] : "");
        lengths[i] = null ? 0 : parameters->length[i];
        formats[i] = 1;
    }
    if (statement->role)
        queue_role(p, statement->role);
    if (p->c->settings.unprepared) {
        queued(p, PQsendQueryParams(p->c->libpq, statement->sql, count, NULL, values, lengths, formats, 1),
               STEP_STATEMENT, statement);
        return;
    }
    char name[32];
    snprintf(name, sizeof name, "k%" PRIxPTR, (uintptr_t)statement->sql);
    if (!is_prepared(p->c, statement->sql) && !prepare_queued(p, statement->sql))
        queued(p, PQsendPrepare(p->c->libpq, name, statement->sql, 0, NULL), STEP_PREPARE, statement);
    queued(p, PQsendQueryPrepared(p->c->libpq, name, count, values, lengths, formats, 1), STEP_STATEMENT, statement);
}

static bool parameters_sound(const pg_statement *statements, size_t count, kl_error **error)
{
    for (size_t i = 0; i < count; i++) {
        const pg_parameters *p = statements[i].parameters;
        if (!p)
            continue;
        if (p->data.broken) {
            error_memory(error);
            return false;
        }
        if (p->overflow) {
            error_set(error, KL_ERR_INTERNAL, "a statement has more than %d parameters", PG_PARAMETERS_MAX);
            return false;
        }
    }
    return true;
}

/* Answer of one step: 0, or the status it failed with. */
static kl_status step_answer(pg_connection *c, const step *s, PGresult *result, bool *aborted, kl_error **error)
{
    ExecStatusType state = PQresultStatus(result);
    if (state == PGRES_PIPELINE_ABORTED) {
        *aborted = true;
        return KL_OK;
    }
    if (state != PGRES_COMMAND_OK && state != PGRES_TUPLES_OK)
        return pg_failure(c, result, error);
    if (s->kind == STEP_PREPARE && !remember_prepared(c, s->statement->sql))
        c->broken = true; /* the next use would prepare the name twice */
    /* COMMIT of a failed transaction succeeds with the tag ROLLBACK. */
    if (s->kind == STEP_COMMIT && strcmp(PQcmdStatus(result), "COMMIT") != 0)
        return error_set(error, KL_ERR_DATABASE, "the transaction was rolled back at COMMIT");
    if (s->kind == STEP_STATEMENT && s->statement->rows) {
        pg_rows_free(*s->statement->rows);
        *s->statement->rows = result;
    }
    return KL_OK;
}

/* Reads the answers of all steps and of the final Sync. *committed becomes true when COMMIT was confirmed. */
static kl_status collect(pipeline *p, int64_t deadline, bool *committed, kl_error **error)
{
    pg_connection *c = p->c;
    kl_status status = KL_OK;
    bool timed_out = false, cancelled = false;
    for (size_t i = 0; i <= p->count;) {
        PGresult *result = pg_next_result(c, deadline, &timed_out);
        if (timed_out && !cancelled) {
            cancelled = true;
            timed_out = false;
            pg_cancel(c);
            deadline = pg_deadline(CANCEL_GRACE_MS);
            continue;
        }
        if (timed_out)
            c->broken = true;
        if (!result || c->broken) {
            PQclear(result);
            c->broken = true;
            kl_status lost = cancelled ? error_set(error, KL_ERR_TIMEOUT, "the server did not answer in time")
                                       : pg_failure(c, NULL, error);
            return status ? status : lost;
        }
        if (i == p->count) { /* the Sync */
            bool synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
            PQclear(result);
            c->broken |= !synced;
            i++;
            continue;
        }
        const step *s = &p->steps[i];
        bool aborted = false;
        kl_status answer = step_answer(c, s, result, &aborted, error);
        if (!status)
            status = answer;
        if (s->kind == STEP_COMMIT && !answer && !aborted)
            *committed = true;
        if (!(s->kind == STEP_STATEMENT && s->statement->rows && *s->statement->rows == result))
            PQclear(result);
        if (c->broken && answer)
            return status; /* 57P01 and the like: nothing more will come */
        PGresult *end = pg_next_result(c, deadline, &timed_out); /* NULL ends a statement's answers */
        if (end) {
            PQclear(end);
            c->broken = true;
        }
        i++;
    }
    return status;
}

/* Sends the queue and reads its answers. `*sent` tells whether the server may have seen any of it. */
static kl_status run(pipeline *p, int timeout_ms, bool *sent, bool *committed, kl_error **error)
{
    pg_connection *c = p->c;
    int64_t deadline = pg_deadline(timeout_ms);
    if (p->refused || !PQpipelineSync(c->libpq)) {
        c->broken = true;
        return error_set(error, KL_ERR_CONNECTION_LOST, "the connection to the server was lost");
    }
    *sent = true;
    if (!pg_flush(c, deadline)) {
        /* What the server said before it closed explains more than the failed write. */
        kl_status status = collect(p, pg_deadline(CANCEL_GRACE_MS), committed, error);
        c->broken = true;
        return status ? status : pg_failure(c, NULL, error);
    }
    return collect(p, deadline, committed, error);
}

static void drop_rows(const pg_statement *statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (statements[i].rows) {
            pg_rows_free(*statements[i].rows);
            *statements[i].rows = NULL;
        }
    }
}

static int round_trip_timeout(const pg_connection *c, int timeout_ms)
{
    return timeout_ms ? timeout_ms : c->settings.statement_timeout_ms;
}

static bool enter_pipeline(pg_connection *c)
{
    return PQpipelineStatus(c->libpq) != PQ_PIPELINE_OFF || PQenterPipelineMode(c->libpq);
}

/* A lost connection around COMMIT: what happened is not known. */
static kl_status unknown(kl_error **error)
{
    error_clear(error);
    return error_set(error, KL_ERR_UNKNOWN_OUTCOME, "%s", kl_status_text(KL_ERR_UNKNOWN_OUTCOME));
}

kl_status pg_transact(pg_connection *c, const pg_scope *scope, const pg_statement *statements, size_t count,
                      kl_error **error)
{
    if (!parameters_sound(statements, count, error))
        return kl_error_status(error ? *error : NULL) ? kl_error_status(*error) : KL_ERR_INTERNAL;
    if (!enter_pipeline(c)) {
        c->broken = true;
        return error_set(error, KL_ERR_CONNECTION_LOST, "the connection to the server was lost");
    }
    pipeline p = {.c = c};
    queue_begin(&p, scope);
    for (size_t i = 0; i < count; i++)
        queue_statement(&p, &statements[i]);
    queue_plain(&p, "COMMIT", STEP_COMMIT);
    bool sent = false, committed = false;
    kl_error *why = NULL;
    kl_status status = run(&p, round_trip_timeout(c, scope->timeout_ms), &sent, &committed, &why);
    bool from_server = kl_error_sqlstate(why)[0] != '\0';
    if (committed) {
        error_clear(&why);
        status = KL_OK;
    } else if (status && c->broken && sent && !from_server && !scope->read_only) {
        status = unknown(&why);
    }
    if (!c->broken && PQtransactionStatus(c->libpq) != PQTRANS_IDLE) {
        pg_rollback(c);
    }
    if (!c->broken)
        PQexitPipelineMode(c->libpq);
    if (status)
        drop_rows(statements, count);
    if (error && !*error)
        *error = why;
    else
        kl_error_free(why);
    return status;
}

kl_status pg_begin(pg_connection *c, const pg_scope *scope, kl_error **error)
{
    if (!enter_pipeline(c))
        return pg_failure(c, NULL, error);
    pipeline p = {.c = c};
    queue_begin(&p, scope);
    bool sent, committed;
    c->timeout_ms = round_trip_timeout(c, scope->timeout_ms);
    c->transaction_read_only = scope->read_only;
    kl_status status = run(&p, c->timeout_ms, &sent, &committed, error);
    c->in_transaction = !status;
    if (status && !c->broken)
        pg_rollback(c);
    return status;
}

kl_status pg_execute(pg_connection *c, const pg_statement *statements, size_t count, kl_error **error)
{
    if (!parameters_sound(statements, count, error))
        return KL_ERR_MEMORY;
    if (!enter_pipeline(c))
        return pg_failure(c, NULL, error);
    pipeline p = {.c = c};
    for (size_t i = 0; i < count; i++)
        queue_statement(&p, &statements[i]);
    bool sent, committed;
    kl_status status = run(&p, c->timeout_ms, &sent, &committed, error);
    if (status)
        drop_rows(statements, count);
    return status;
}

kl_status pg_commit(pg_connection *c, kl_error **error)
{
    if (!enter_pipeline(c))
        return pg_failure(c, NULL, error);
    pipeline p = {.c = c};
    queue_plain(&p, "COMMIT", STEP_COMMIT);
    bool sent = false, committed = false;
    kl_error *why = NULL;
    kl_status status = run(&p, c->timeout_ms, &sent, &committed, &why);
    c->in_transaction = false;
    if (status && c->broken && sent && !kl_error_sqlstate(why)[0] && !c->transaction_read_only)
        status = unknown(&why);
    if (!c->broken)
        PQexitPipelineMode(c->libpq);
    if (error && !*error)
        *error = why;
    else
        kl_error_free(why);
    return status;
}

void pg_rollback(pg_connection *c)
{
    c->in_transaction = false;
    if (c->broken || !enter_pipeline(c))
        return;
    pipeline p = {.c = c};
    queue_plain(&p, "ROLLBACK", STEP_PLAIN);
    bool sent, committed;
    if (run(&p, CANCEL_GRACE_MS, &sent, &committed, NULL) || !PQexitPipelineMode(c->libpq))
        c->broken = true;
}

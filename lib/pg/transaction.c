/* Transactions: everything between BEGIN and COMMIT in as few round trips as possible. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "pg/connection_internal.h"

/* Steps: six of BEGIN and scope, four a statement (tenant, role, prepare, execute), COMMIT. */
enum { CANCEL_GRACE_MS = 5000, STEPS_MAX = 6 + 4 * PG_STATEMENTS_MAX + 1 };

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
    bool refused;        /* libpq would not queue: the connection is gone, or there is no memory */
    bool commit_queued;  /* the server may have seen COMMIT */
    bool committed;      /* and has confirmed it */
} pipeline;

static void queued(pipeline *p, int accepted, step_kind kind, const pg_statement *statement)
{
    if (!accepted) {
        p->refused = true;
        return;
    }
    p->steps[p->count++] = (step){kind, statement};
    p->commit_queued |= kind == STEP_COMMIT;
}

static void queue_plain(pipeline *p, const char *sql, step_kind kind)
{
    /* Behind a BEGIN or a role that was refused, a statement would run without it. */
    if (!p->refused)
        queued(p, PQsendQueryParams(p->c->libpq, sql, 0, NULL, NULL, NULL, NULL, 1), kind, NULL);
}

static void queue_role(pipeline *p, pg_role role)
{
    bool platform = role == PG_ROLE_PLATFORM;
    queue_plain(p, platform ? "SET LOCAL ROLE kloyst_platform" : "SET LOCAL ROLE kloyst_app", STEP_PLAIN);
}

static void queue_tenant(pipeline *p, const kl_uuid *vendor_id)
{
    /* set_config() would take a parameter but does not reach the shards of a distributed database. */
    char id[KL_UUID_TEXT + 1], set[96];
    kl_uuid_format(vendor_id, id);
    snprintf(set, sizeof set, "SET LOCAL kloyst.vendor_id = '%s'", id);
    queue_plain(p, set, STEP_PLAIN);
}

static void queue_begin(pipeline *p, const pg_scope *scope)
{
    /* Whatever is usual for the database: a statement that has waited for a lock must see what was written meanwhile. */
    queue_plain(p, scope->read_only ? "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY" : "BEGIN ISOLATION LEVEL READ COMMITTED",
                STEP_PLAIN);
    if (scope->role == PG_ROLE_PLATFORM || (scope->role == PG_ROLE_TENANT && !p->c->is_app))
        queue_role(p, scope->role);
    if (scope->vendor_id)
        queue_tenant(p, scope->vendor_id);
    if (scope->asynchronous_commit)
        queue_plain(p, "SET LOCAL synchronous_commit = off", STEP_PLAIN);
    if (scope->generic_plans)
        queue_plain(p, "SET LOCAL plan_cache_mode = force_generic_plan", STEP_PLAIN);
    if (scope->lock_timeout_ms) {
        char set[64];
        snprintf(set, sizeof set, "SET LOCAL lock_timeout = %d", scope->lock_timeout_ms);
        queue_plain(p, set, STEP_PLAIN);
    }
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
    if (p->refused)
        return;
    if (p->c->settings.unprepared) {
        queued(p, PQsendQueryParams(p->c->libpq, statement->sql, count, NULL, values, lengths, formats, 1),
               STEP_STATEMENT, statement);
        return;
    }
    char name[32];
    snprintf(name, sizeof name, "k%" PRIxPTR, (uintptr_t)statement->sql);
    if (!is_prepared(p->c, statement->sql) && !prepare_queued(p, statement->sql))
        queued(p, PQsendPrepare(p->c->libpq, name, statement->sql, 0, NULL), STEP_PREPARE, statement);
    if (!p->refused)
        queued(p, PQsendQueryPrepared(p->c->libpq, name, count, values, lengths, formats, 1), STEP_STATEMENT,
               statement);
}

static kl_status check_statements(const pg_statement *statements, size_t count, kl_error **error)
{
    if (count > PG_STATEMENTS_MAX)
        return error_set(error, KL_ERR_INTERNAL, "more than %d statements at once", PG_STATEMENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        const pg_parameters *p = statements[i].parameters;
        if (p && p->data.broken)
            return error_memory(error);
        if (p && p->overflow)
            return error_set(error, KL_ERR_INTERNAL, "a statement's parameters are too many or too long");
    }
    return KL_OK;
}

/* Takes the answer of one step: KL_OK, or the status it failed with. */
static kl_status step_answer(pipeline *p, const step *s, PGresult *result, kl_error **error)
{
    pg_connection *c = p->c;
    ExecStatusType state = PQresultStatus(result);
    kl_status status = KL_OK;
    if (state == PGRES_PIPELINE_ABORTED) {
        /* An earlier step has told why. */
    } else if (state != PGRES_COMMAND_OK && state != PGRES_TUPLES_OK) {
        status = pg_failure(c, result, error);
    } else if (s->kind == STEP_PREPARE) {
        if (!remember_prepared(c, s->statement->sql)) {
            c->broken = true; /* the next use would prepare the name twice */
            status = error_memory(error);
        }
    } else if (s->kind == STEP_COMMIT) {
        /* COMMIT of a failed transaction succeeds with the tag ROLLBACK. */
        p->committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
        if (!p->committed)
            status = error_set(error, KL_ERR_DATABASE, "the transaction was rolled back at COMMIT");
    } else if (s->kind == STEP_STATEMENT && s->statement->rows) {
        pg_rows_free(*s->statement->rows);
        *s->statement->rows = result;
        result = NULL;
    }
    PQclear(result);
    return status;
}

/* Next result; after the deadline asks the server to cancel and waits once more. NULL at the end of a statement's
 * answers and when there is nothing to wait for. */
static PGresult *next_answer(pg_connection *c, int64_t *deadline, bool *cancelled, bool *mute)
{
    bool timed_out = false;
    PGresult *result = pg_next_result(c, *deadline, &timed_out);
    if (timed_out && !*cancelled) {
        *cancelled = true;
        timed_out = false;
        pg_cancel(c);
        *deadline = pg_deadline(CANCEL_GRACE_MS);
        result = pg_next_result(c, *deadline, &timed_out);
    }
    *mute = timed_out;
    return result;
}

static kl_status answer_lost(pg_connection *c, bool mute, kl_error **error)
{
    c->broken = true;
    return mute ? error_set(error, KL_ERR_TIMEOUT, "the server did not answer in time") : pg_failure(c, NULL, error);
}

/* Reads the answers of all steps and of the final Sync. The first failure counts. */
static kl_status collect(pipeline *p, int64_t deadline, kl_error **error)
{
    pg_connection *c = p->c;
    kl_status status = KL_OK;
    bool cancelled = false, mute = false;
    for (size_t i = 0; i < p->count; i++) {
        PGresult *result = next_answer(c, &deadline, &cancelled, &mute);
        kl_status answer = result ? step_answer(p, &p->steps[i], result, error) : answer_lost(c, mute, error);
        if (!status)
            status = answer;
        if (c->broken)
            return status; /* nothing more will come, or nothing that could be told apart */
        PGresult *end = next_answer(c, &deadline, &cancelled, &mute);
        if (end || mute) {
            PQclear(end);
            answer = answer_lost(c, mute, error);
            return status ? status : answer;
        }
    }
    PGresult *sync = next_answer(c, &deadline, &cancelled, &mute);
    if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC) {
        kl_status lost = answer_lost(c, mute, error);
        if (!status)
            status = lost;
    }
    PQclear(sync);
    /* A cancellation that stopped nothing here may still be on its way to the next statement. */
    if (cancelled && status != KL_ERR_TIMEOUT)
        c->broken = true;
    return status;
}

/* Sends the queue and reads its answers. */
static kl_status run(pipeline *p, int timeout_ms, kl_error **error)
{
    pg_connection *c = p->c;
    int64_t deadline = pg_deadline(timeout_ms);
    if (p->refused || !PQpipelineSync(c->libpq)) {
        c->broken = true;
        return error_set(error, KL_ERR_CONNECTION_LOST, "the connection to the server was lost");
    }
    if (!pg_flush(c, deadline)) {
        /* What the server said before it closed explains more than the failed write. */
        kl_status status = collect(p, pg_deadline(CANCEL_GRACE_MS), error);
        c->broken = true;
        return status ? status : pg_failure(c, NULL, error);
    }
    return collect(p, deadline, error);
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

static kl_status enter_pipeline(pg_connection *c, kl_error **error)
{
    kl_status status = pg_usable(c, error);
    if (!status && PQpipelineStatus(c->libpq) == PQ_PIPELINE_OFF && !PQenterPipelineMode(c->libpq))
        status = pg_failure(c, NULL, error);
    return status;
}

/* True when the server itself said that the transaction failed. A pooler says the same with class 08
 * when it has lost the server, whatever that was doing. */
static bool surely_failed(const kl_error *why)
{
    const char *sqlstate = kl_error_sqlstate(why);
    return *sqlstate && strncmp(sqlstate, "08", 2) != 0;
}

/* What a pipeline with COMMIT at its end came to. */
static kl_status settle(const pipeline *p, kl_status status, bool read_only, kl_error **why)
{
    if (p->committed) {
        error_clear(why);
        return KL_OK;
    }
    if (!status || !p->c->broken || !p->commit_queued || read_only || surely_failed(*why))
        return status;
    error_clear(why);
    return error_set(why, KL_ERR_UNKNOWN_OUTCOME, "%s", kl_status_text(KL_ERR_UNKNOWN_OUTCOME));
}

static void hand_over(kl_error *why, kl_error **error)
{
    if (error && !*error)
        *error = why;
    else
        kl_error_free(why);
}

/* Back to where the pool can use it again. */
static void leave_transaction(pg_connection *c)
{
    c->in_transaction = false;
    if (!c->broken && PQtransactionStatus(c->libpq) != PQTRANS_IDLE)
        pg_rollback(c);
    else if (!c->broken && !PQexitPipelineMode(c->libpq))
        c->broken = true;
}

kl_status pg_transact(pg_connection *c, const pg_scope *scope, const pg_statement *statements, size_t count,
                      kl_error **error)
{
    kl_status status = check_statements(statements, count, error);
    if (!status)
        status = enter_pipeline(c, error);
    if (status)
        return status;
    pipeline p = {.c = c};
    queue_begin(&p, scope);
    for (size_t i = 0; i < count; i++) {
        if (scope->statement_vendors)
            queue_tenant(&p, scope->statement_vendors[i]);
        queue_statement(&p, &statements[i]);
    }
    queue_plain(&p, "COMMIT", STEP_COMMIT);
    kl_error *why = NULL;
    status = settle(&p, run(&p, round_trip_timeout(c, scope->timeout_ms), &why), scope->read_only, &why);
    leave_transaction(c);
    if (status)
        drop_rows(statements, count);
    hand_over(why, error);
    return status;
}

kl_status pg_begin_with(pg_connection *c, const pg_scope *scope, const pg_statement *statements, size_t count,
                        kl_error **error)
{
    kl_status status = check_statements(statements, count, error);
    if (!status)
        status = enter_pipeline(c, error);
    if (status)
        return status;
    pipeline p = {.c = c};
    queue_begin(&p, scope);
    for (size_t i = 0; i < count; i++)
        queue_statement(&p, &statements[i]);
    c->timeout_ms = round_trip_timeout(c, scope->timeout_ms);
    c->transaction_read_only = scope->read_only;
    c->in_transaction = true;
    status = run(&p, c->timeout_ms, error);
    if (status) {
        leave_transaction(c);
        drop_rows(statements, count);
    }
    return status;
}

kl_status pg_begin(pg_connection *c, const pg_scope *scope, kl_error **error)
{
    return pg_begin_with(c, scope, NULL, 0, error);
}

kl_status pg_execute(pg_connection *c, const pg_statement *statements, size_t count, kl_error **error)
{
    kl_status status = check_statements(statements, count, error);
    if (!status)
        status = enter_pipeline(c, error);
    if (status)
        return status;
    pipeline p = {.c = c};
    for (size_t i = 0; i < count; i++)
        queue_statement(&p, &statements[i]);
    status = run(&p, c->timeout_ms, error);
    if (status)
        drop_rows(statements, count);
    return status;
}

kl_status pg_commit_with(pg_connection *c, const pg_statement *statements, size_t count, kl_error **error)
{
    kl_status status = check_statements(statements, count, error);
    if (status) {
        pg_rollback(c);
        return status;
    }
    status = enter_pipeline(c, error);
    c->in_transaction = false;
    if (status)
        return status;
    pipeline p = {.c = c};
    for (size_t i = 0; i < count; i++)
        queue_statement(&p, &statements[i]);
    queue_plain(&p, "COMMIT", STEP_COMMIT);
    kl_error *why = NULL;
    status = settle(&p, run(&p, c->timeout_ms, &why), c->transaction_read_only, &why);
    leave_transaction(c);
    if (status)
        drop_rows(statements, count);
    hand_over(why, error);
    return status;
}

kl_status pg_commit(pg_connection *c, kl_error **error)
{
    return pg_commit_with(c, NULL, 0, error);
}

void pg_rollback(pg_connection *c)
{
    c->in_transaction = false;
    if (c->copying)
        pg_copy_abort(c);
    if (enter_pipeline(c, NULL))
        return;
    pipeline p = {.c = c};
    queue_plain(&p, "ROLLBACK", STEP_PLAIN);
    if (run(&p, CANCEL_GRACE_MS, NULL) || !PQexitPipelineMode(c->libpq))
        c->broken = true;
}

/* Repository of messages whose answer never came. */
#include "repo/unknown.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "repo/common.h"
#include "repo/queue.h"
#include "repo/record.h"
#include "sql.h"

kl_status unknown_due(pg_pool *pool, int limit, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int4(&p, limit);
    pg_scope scope = {.role = PG_ROLE_PLATFORM, .read_only = true};
    return common_query(pool, &scope, sql_unknown_due, &p, rows, error);
}

/* The messages of one step. */
typedef struct step {
    const kl_uuid *vendor_id;
    const kl_uuid *waba_account_id;
    int code;
    const char *text;
    kl_uuid *ids;
    size_t count;
} step;

static void bind_ids(pg_parameters *p, const step *s, const kl_uuid *ids, size_t count)
{
    pg_bind_uuid(p, s->vendor_id);
    pg_bind_uuid_array(p, ids, count);
}

/* The messages are sent once more and the account's lane is woken. */
static kl_status resend(pg_connection *c, const step *s, const kl_uuid *ids, size_t count, kl_error **error)
{
    pg_parameters again = PG_PARAMETERS_INIT, lane = PG_PARAMETERS_INIT;
    bind_ids(&again, s, ids, count);
    pg_bind_uuid(&lane, s->vendor_id);
    pg_bind_uuid(&lane, s->waba_account_id);
    pg_bind_time(&lane, clock_now());
    pg_statement statements[] = {{sql_unknown_resend, &again, NULL, PG_ROLE_SAME},
                                 {sql_queue_lane, &lane, NULL, PG_ROLE_SAME}};
    kl_status status = pg_execute(c, statements, 2, error);
    pg_parameters_free(&again);
    pg_parameters_free(&lane);
    return status;
}

static kl_status fail(pg_connection *c, const step *s, const kl_uuid *ids, size_t count, kl_error **error)
{
    record_event *events = calloc(count, sizeof *events);
    record_statements statements;
    if (!events)
        return error_memory(error);
    for (size_t i = 0; i < count; i++)
        events[i] = (record_event){.message_id = ids[i],
                                   .status = KL_MESSAGE_FAILED,
                                   .at = clock_now(),
                                   .error_code = s->code,
                                   .error_text = s->text};
    kl_status status = record_statements_make(
        &statements, s->vendor_id, &(record_change){.events = events, .event_count = count}, error);
    if (!status)
        status = pg_execute(c, statements.statements, statements.count, error);
    record_statements_free(&statements);
    free(events);
    return status;
}

/* With the messages locked: looks again what is to be done, and does it. */
static kl_status settle_locked(pg_connection *c, const step *s, unknown_settled *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_uuid *again = calloc(s->count + 1, sizeof *again), *given_up = calloc(s->count + 1, sizeof *given_up);
    bind_ids(&p, s, s->ids, s->count);
    kl_status status = again && given_up ? KL_OK : error_memory(error);
    if (!status)
        status = pg_execute(c, &(pg_statement){sql_unknown_still, &p, &rows, PG_ROLE_SAME}, 1, error);
    for (int i = 0; !status && i < pg_rows_count(rows); i++) {
        if (pg_bool(rows, i, 1))
            again[out->resent++] = pg_uuid(rows, i, 0);
        else
            given_up[out->failed++] = pg_uuid(rows, i, 0);
    }
    if (!status && out->failed)
        status = fail(c, s, given_up, (size_t)out->failed, error);
    if (!status && out->resent)
        status = resend(c, s, again, (size_t)out->resent, error);
    pg_rows_free(rows);
    pg_parameters_free(&p);
    free(again);
    free(given_up);
    return status;
}

static kl_status settle_once(pg_pool *pool, const step *s, unknown_settled *out, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT;
    pg_connection *c = NULL;
    pg_scope scope = tenant(s->vendor_id);
    record_bind_lock(&lock, s->vendor_id, s->ids, s->count);
    pg_statement statement = {sql_record_lock, &lock, NULL, PG_ROLE_SAME};
    kl_status status = pg_pool_take(pool, &c, error);
    if (!status) {
        status = pg_begin_with(c, &scope, &statement, 1, error);
        if (!status) {
            status = settle_locked(c, s, out, error);
            if (status)
                pg_rollback(c);
            else
                status = pg_commit(c, error);
        }
    }
    pg_pool_give(pool, c);
    pg_parameters_free(&lock);
    return status;
}

static kl_status pick(pg_pool *pool, step *s, int limit, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, s->vendor_id);
    pg_bind_uuid(&p, s->waba_account_id);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(s->vendor_id);
    kl_status status = common_query(pool, &scope, sql_unknown_pick, &p, &rows, error);
    size_t count = (size_t)pg_rows_count(rows);
    if (!status && !(s->ids = calloc(count + 1, sizeof *s->ids)))
        status = error_memory(error);
    for (; !status && s->count < count; s->count++)
        s->ids[s->count] = pg_uuid(rows, (int)s->count, 0);
    pg_rows_free(rows);
    return status;
}

kl_status unknown_settle(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, int limit, int code,
                         const char *text, unknown_settled *out, kl_error **error)
{
    step s = {.vendor_id = vendor_id, .waba_account_id = waba_account_id, .code = code, .text = text};
    *out = (unknown_settled){0};
    kl_status status = pick(pool, &s, limit, error);
    for (int attempt = 0; !status && s.count; attempt++) {
        kl_error *why = NULL;
        *out = (unknown_settled){.picked = (int)s.count};
        status = settle_once(pool, &s, out, &why);
        if (pg_pool_retry(status, attempt)) {
            kl_error_free(why);
            status = KL_OK;
            continue;
        }
        if (error && !*error)
            *error = why;
        else
            kl_error_free(why);
        break;
    }
    /* The lane says when something of the account is to be settled next. */
    if (!status)
        status = queue_rest(pool, &(queue_lease){.vendor_id = *vendor_id, .waba_account_id = *waba_account_id}, error);
    free(s.ids);
    return status;
}

/* Repository of holds. */
#include "repo/hold.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "sql.h"

struct kl_hold {
    kl_uuid id;
    kl_uuid campaign_id;
    bool has_campaign;
    kl_money amount;
    kl_money captured;
    kl_money released;
    char *reference;
    kl_time created_at;
    kl_time expires_at;
};

/* Columns: id, campaign_id, amount, captured, released, reference, created_at, expires_at. */
static kl_hold *hold_from(const pg_rows *rows, int row)
{
    kl_hold *hold = calloc(1, sizeof *hold);
    if (!hold)
        return NULL;
    hold->id = pg_uuid(rows, row, 0);
    hold->has_campaign = !pg_is_null(rows, row, 1);
    hold->campaign_id = pg_uuid(rows, row, 1);
    hold->amount = pg_money(rows, row, 2);
    hold->captured = pg_money(rows, row, 3);
    hold->released = pg_money(rows, row, 4);
    hold->reference = pg_text_copy(rows, row, 5);
    hold->created_at = pg_time(rows, row, 6);
    hold->expires_at = pg_time(rows, row, 7);
    if (hold->reference)
        return hold;
    kl_hold_free(hold);
    return NULL;
}

kl_status hold_insert(pg_pool *pool, const kl_uuid *vendor_id, const hold_request *request, wallet_outcome *outcome,
                      kl_hold **out, kl_error **error)
{
    kl_uuid id;
    uuid_generate(&id);
    pg_parameters p = PG_PARAMETERS_INIT, due = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, &id);
    pg_bind_money(&p, request->amount);
    pg_bind_text(&p, request->reference);
    pg_bind_text(&p, request->idempotency_key);
    pg_bind_time(&p, request->expires_at);
    pg_bind_uuid(&due, vendor_id);
    pg_bind_time(&due, request->expires_at);
    pg_statement statements[] = {{sql_hold_insert, &p, &rows, PG_ROLE_SAME}, {sql_hold_due_note, &due, NULL, PG_ROLE_PLATFORM}};
    pg_scope scope = tenant(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, request->expires_at ? 2 : 1, error);
    pg_parameters_free(&p);
    pg_parameters_free(&due);
    *outcome = pg_rows_count(rows) ? (wallet_outcome)pg_int4(rows, 0, 8) : WALLET_MISSING;
    *out = NULL;
    if (!status && (*outcome == WALLET_CHANGED || *outcome == WALLET_PRIOR) && !(*out = hold_from(rows, 0)))
        status = common_untold(error);
    pg_rows_free(rows);
    return status;
}

kl_status hold_capture(pg_pool *pool, const kl_uuid *vendor_id, const hold_capture_request *request,
                       wallet_outcome *outcome, kl_transaction **out, kl_error **error)
{
    kl_uuid id;
    uuid_generate(&id);
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, request->hold_id);
    pg_bind_uuid(&p, &id);
    pg_bind_money(&p, request->amount);
    pg_bind_text(&p, request->reference);
    pg_bind_text(&p, request->idempotency_key);
    pg_scope scope = tenant(vendor_id);
    scope.asynchronous_commit = request->asynchronous;
    kl_status status = common_query(pool, &scope, sql_hold_capture, &p, &rows, error);
    *outcome = pg_rows_count(rows) ? (wallet_outcome)pg_int4(rows, 0, 15) : WALLET_MISSING;
    *out = NULL;
    if (!status && (*outcome == WALLET_CHANGED || *outcome == WALLET_PRIOR) && !(*out = transaction_of(rows, 0)))
        status = common_untold(error);
    pg_rows_free(rows);
    return status;
}

kl_status hold_expire(pg_pool *pool, const kl_uuid *vendor_id, int limit, int *count, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_hold_expire, &p, &rows, error);
    if (!status)
        *count = (int)pg_int8(rows, 0, 0);
    pg_rows_free(rows);
    return status;
}

kl_status hold_due(pg_pool *pool, int limit, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int4(&p, limit);
    pg_scope scope = {.role = PG_ROLE_PLATFORM, .read_only = true};
    return common_query(pool, &scope, sql_hold_due, &p, rows, error);
}

static kl_status note_next(pg_connection *c, const kl_uuid *vendor_id, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT, next = PG_PARAMETERS_INIT, set = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&lock, vendor_id);
    pg_bind_uuid(&next, vendor_id);
    const pg_statement find[] = {{sql_hold_due_lock, &lock, NULL, PG_ROLE_PLATFORM}, {sql_hold_next, &next, &rows, PG_ROLE_TENANT}};
    kl_status status = pg_execute(c, find, 2, error);
    pg_bind_uuid(&set, vendor_id);
    pg_bind_time(&set, status ? 0 : pg_time(rows, 0, 0));
    const pg_statement write = {sql_hold_due_set, &set, NULL, PG_ROLE_PLATFORM};
    if (!status)
        status = pg_execute(c, &write, 1, error);
    pg_rows_free(rows);
    pg_parameters_free(&lock);
    pg_parameters_free(&next);
    pg_parameters_free(&set);
    return status;
}

kl_status hold_note_next(pg_pool *pool, const kl_uuid *vendor_id, kl_error **error)
{
    pg_connection *c = NULL;
    pg_scope scope = tenant(vendor_id);
    kl_status status = pg_pool_take(pool, &c, error);
    if (!status)
        status = pg_begin(c, &scope, error);
    if (!status) {
        status = note_next(c, vendor_id, error);
        if (status)
            pg_rollback(c);
        else
            status = pg_commit(c, error);
    }
    pg_pool_give(pool, c);
    return status;
}

/* The hold that the statement answers, or NULL. */
static kl_status read_one(pg_pool *pool, const kl_uuid *vendor_id, const char *sql, pg_parameters *p, kl_hold **out,
                          kl_error **error)
{
    pg_rows *rows = NULL;
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql, p, &rows, error);
    kl_hold *found = NULL;
    if (!status && pg_rows_count(rows) && !(found = hold_from(rows, 0)))
        status = error_memory(error);
    if (!status)
        *out = found;
    pg_rows_free(rows);
    return status;
}

kl_status hold_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_hold **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    kl_hold *found = NULL;
    kl_status status = read_one(pool, vendor_id, sql_hold_get, &p, &found, error);
    if (!status && !found)
        status = common_not_found("hold", error);
    if (!status)
        *out = found;
    return status;
}

kl_status hold_find(pg_pool *pool, const kl_uuid *vendor_id, const char *idempotency_key, kl_hold **out,
                    kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, idempotency_key);
    return read_one(pool, vendor_id, sql_hold_find, &p, out, error);
}

kl_status hold_release(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_money *freed, bool *allowed,
                       kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_hold_release, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("hold", error);
    if (!status) {
        *freed = pg_money(rows, 0, 0);
        *allowed = pg_bool(rows, 0, 1);
    }
    pg_rows_free(rows);
    return status;
}

kl_uuid kl_hold_id(const kl_hold *hold)
{
    return hold ? hold->id : (kl_uuid){{0}};
}

kl_money kl_hold_amount(const kl_hold *hold)
{
    return hold ? hold->amount : 0;
}

kl_money kl_hold_captured(const kl_hold *hold)
{
    return hold ? hold->captured : 0;
}

kl_money kl_hold_released(const kl_hold *hold)
{
    return hold ? hold->released : 0;
}

kl_money kl_hold_left(const kl_hold *hold)
{
    return hold ? hold->amount - hold->captured - hold->released : 0;
}

const char *kl_hold_reference(const kl_hold *hold)
{
    return hold ? hold->reference : "";
}

const kl_uuid *kl_hold_campaign_id(const kl_hold *hold)
{
    return hold && hold->has_campaign ? &hold->campaign_id : NULL;
}

kl_time kl_hold_created_at(const kl_hold *hold)
{
    return hold ? hold->created_at : 0;
}

kl_time kl_hold_expires_at(const kl_hold *hold)
{
    return hold ? hold->expires_at : 0;
}

void kl_hold_free(kl_hold *hold)
{
    if (!hold)
        return;
    free(hold->reference);
    free(hold);
}

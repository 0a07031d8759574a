/* Repository of batches: lease, intent, results. */
#include "repo/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "sql.h"

kl_status batch_lease_next(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                           const kl_uuid *lease_token, int lease_ms, batch_lease *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_uuid debit_id;
    uuid_generate(&debit_id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, campaign_id);
    pg_bind_uuid(&p, lease_token);
    pg_bind_int4(&p, lease_ms);
    pg_bind_uuid(&p, &debit_id);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_batch_claim, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("campaign", error);
    if (status) {
        pg_rows_free(rows);
        return status;
    }
    *out = (batch_lease){
        .rows = rows,
        .campaign_status = pg_text(rows, 0, 0),
        .template_name = pg_text(rows, 0, 1),
        .template_language = pg_text(rows, 0, 2),
        .named = strcmp(pg_text(rows, 0, 3), "NAMED") == 0,
        .names_column = 4,
        .leased = !pg_is_null(rows, 0, 5),
        .no = pg_int4(rows, 0, 5),
        .first_message_id = pg_uuid(rows, 0, 6),
        .size = pg_int4(rows, 0, 7),
        .started = pg_int4(rows, 0, 8),
    };
    return KL_OK;
}

kl_status batch_recipients(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *first, const kl_uuid *last,
                           pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, first);
    pg_bind_uuid(&p, last);
    pg_scope scope = tenant_reading(vendor_id);
    return common_query(pool, &scope, sql_batch_recipients, &p, rows, error);
}

static void bind_key(pg_parameters *p, const batch_key *key)
{
    pg_bind_uuid(p, &key->vendor_id);
    pg_bind_uuid(p, &key->campaign_id);
    pg_bind_int4(p, key->no);
}

static void bind_finish(pg_parameters *p, const batch_key *key)
{
    bind_key(p, key);
    pg_bind_time(p, clock_now());
}

kl_status batch_recover(pg_pool *pool, const batch_key *key, const kl_uuid *first, const kl_uuid *last, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT, recover = PG_PARAMETERS_INIT, finish = PG_PARAMETERS_INIT;
    bind_key(&lock, key);
    pg_bind_uuid(&recover, &key->vendor_id);
    pg_bind_uuid(&recover, first);
    pg_bind_uuid(&recover, last);
    bind_finish(&finish, key);
    pg_statement statements[] = {{sql_batch_lock, &lock, NULL, PG_ROLE_SAME},
                                 {sql_batch_recover, &recover, NULL, PG_ROLE_SAME},
                                 {sql_batch_finish, &finish, NULL, PG_ROLE_SAME}};
    pg_scope scope = tenant(&key->vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 3, error);
    pg_parameters_free(&lock);
    pg_parameters_free(&recover);
    pg_parameters_free(&finish);
    return status;
}

/* An UPDATE that only the holder of the lease may do. */
static kl_status change_lease(pg_pool *pool, const batch_key *key, const char *sql, int value, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_key(&p, key);
    pg_bind_uuid(&p, &key->lease_token);
    pg_bind_int4(&p, value);
    pg_scope scope = tenant(&key->vendor_id);
    kl_status status = common_query(pool, &scope, sql, &p, &rows, error);
    if (!status && pg_rows_affected(rows) == 0)
        status = error_set(error, KL_ERR_LEASE_LOST, "%s", kl_status_text(KL_ERR_LEASE_LOST));
    pg_rows_free(rows);
    return status;
}

kl_status batch_set_started(pg_pool *pool, const batch_key *key, int started, kl_error **error)
{
    return change_lease(pool, key, sql_batch_start, started, error);
}

kl_status batch_extend(pg_pool *pool, const batch_key *key, int lease_ms, kl_error **error)
{
    return change_lease(pool, key, sql_batch_renew, lease_ms, error);
}

kl_status batch_give_back(pg_pool *pool, const batch_key *key, int started, kl_error **error)
{
    return change_lease(pool, key, sql_batch_release, started, error);
}

kl_status batch_store(pg_pool *pool, const batch_key *key, const record_event *events, size_t count, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT, apply = PG_PARAMETERS_INIT, refund = PG_PARAMETERS_INIT,
                  finish = PG_PARAMETERS_INIT;
    kl_uuid *failed = malloc((count + 1) * sizeof *failed);
    size_t failures = 0;
    kl_uuid refund_id;
    uuid_generate(&refund_id);
    bind_key(&lock, key);
    bind_finish(&finish, key);
    kl_status status = failed && record_bind_apply(&apply, &key->vendor_id, events, count) ? KL_OK : error_memory(error);
    for (size_t i = 0; !status && i < count; i++)
        if (events[i].status == KL_MESSAGE_FAILED)
            failed[failures++] = events[i].message_id;
    if (!status) {
        record_bind_refund(&refund, &key->vendor_id, failed, failures, &refund_id);
        pg_statement statements[4] = {{sql_batch_lock, &lock, NULL, PG_ROLE_SAME},
                                      {sql_record_apply, &apply, NULL, PG_ROLE_SAME}};
        size_t n = 2;
        if (failures)
            statements[n++] = (pg_statement){sql_record_refund, &refund, NULL, PG_ROLE_SAME};
        statements[n++] = (pg_statement){sql_batch_finish, &finish, NULL, PG_ROLE_SAME};
        pg_scope scope = tenant(&key->vendor_id);
        status = pg_pool_transact(pool, &scope, statements, n, error);
    }
    free(failed);
    pg_parameters_free(&lock);
    pg_parameters_free(&apply);
    pg_parameters_free(&refund);
    pg_parameters_free(&finish);
    return status;
}

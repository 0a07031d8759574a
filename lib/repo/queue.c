/* Repository of the queue of single and deferred messages: lease, intent, results. */
#include "repo/queue.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

/* How long a message whose campaign is paused, or whose template rests, is not looked at: so long that a worker that waits for
 * nothing else may end. */
enum { PAUSED_MS = 90000 };

kl_status queue_claim(pg_pool *pool, const queue_lease *lease, int limit, int lease_ms, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, &lease->vendor_id);
    pg_bind_uuid(&p, &lease->waba_account_id);
    pg_bind_int4(&p, limit);
    pg_bind_uuid(&p, &lease->token);
    pg_bind_int4(&p, lease_ms);
    pg_bind_int4(&p, PAUSED_MS);
    pg_scope scope = tenant(&lease->vendor_id);
    return common_query(pool, &scope, sql_queue_claim, &p, rows, error);
}

static void bind_messages(pg_parameters *p, const queue_lease *lease, const kl_uuid *ids, size_t count)
{
    pg_bind_uuid(p, &lease->vendor_id);
    pg_bind_uuid_array(p, ids, count);
    pg_bind_uuid(p, &lease->token);
}

static kl_status lost_unless(bool kept, kl_error **error)
{
    return kept ? KL_OK : error_set(error, KL_ERR_LEASE_LOST, "%s", kl_status_text(KL_ERR_LEASE_LOST));
}

kl_status queue_start(pg_pool *pool, const queue_lease *lease, const kl_uuid *ids, size_t count, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_messages(&p, lease, ids, count);
    pg_scope scope = tenant(&lease->vendor_id);
    kl_status status = common_query(pool, &scope, sql_queue_start, &p, &rows, error);
    if (!status)
        status = lost_unless((size_t)pg_rows_affected(rows) == count, error);
    pg_rows_free(rows);
    return status;
}

kl_status queue_extend(pg_pool *pool, const queue_lease *lease, const kl_uuid *ids, size_t count, int lease_ms,
                       kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_messages(&p, lease, ids, count);
    pg_bind_int4(&p, lease_ms);
    pg_scope scope = tenant(&lease->vendor_id);
    kl_status status = common_query(pool, &scope, sql_queue_renew, &p, &rows, error);
    if (!status)
        status = lost_unless(pg_rows_affected(rows) > 0, error);
    pg_rows_free(rows);
    return status;
}

kl_status queue_give_back(pg_pool *pool, const queue_lease *lease, const kl_uuid *ids, size_t count, kl_error **error)
{
    pg_parameters release = PG_PARAMETERS_INIT, lane = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_messages(&release, lease, ids, count);
    pg_bind_uuid(&lane, &lease->vendor_id);
    pg_bind_uuid(&lane, &lease->waba_account_id);
    pg_bind_time(&lane, clock_now());
    pg_statement statements[] = {{sql_queue_release, &release, &rows, PG_ROLE_SAME},
                                 {sql_queue_lane, &lane, NULL, PG_ROLE_SAME}};
    pg_scope scope = tenant(&lease->vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    if (!status)
        status = lost_unless(!count || pg_rows_affected(rows) > 0, error);
    pg_rows_free(rows);
    pg_parameters_free(&release);
    pg_parameters_free(&lane);
    return status;
}

kl_status queue_rest(pg_pool *pool, const queue_lease *lease, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, &lease->vendor_id);
    pg_bind_uuid(&p, &lease->waba_account_id);
    pg_statement statements[] = {{sql_queue_lock_lane, &p, NULL, PG_ROLE_SAME}, {sql_queue_rest, &p, NULL, PG_ROLE_SAME}};
    pg_scope scope = tenant(&lease->vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    pg_parameters_free(&p);
    return status;
}

kl_status queue_store(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *ids, size_t count,
                      const record_change *change, pg_rows **dropped, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT;
    record_statements s;
    kl_status status = record_statements_make(&s, vendor_id, change, error);
    if (!status) {
        pg_statement statements[RECORD_STATEMENTS_MAX + 1] = {{sql_record_lock, &lock, NULL, PG_ROLE_SAME}};
        record_bind_lock(&lock, vendor_id, ids, count);
        memcpy(statements + 1, s.statements, s.count * sizeof *s.statements);
        pg_scope scope = tenant(vendor_id);
        status = pg_pool_transact(pool, &scope, statements, s.count + 1, error);
    }
    if (!status) {
        *dropped = s.dropped;
        s.dropped = NULL;
    }
    pg_parameters_free(&lock);
    record_statements_free(&s);
    return status;
}

/* Repository of campaigns: schedule, pause, resume, cancel, retry. */
#include "repo/campaign_life.h"

#include "base/error.h"
#include "base/uuid.h"
#include "repo/campaign_series.h"
#include "repo/common.h"
#include "sql.h"

/* A change of all open batches may take a while. */
enum { CHANGE_TIMEOUT_MS = 300 * 1000 };

static void bind_both(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *id)
{
    pg_bind_uuid(p, vendor_id);
    pg_bind_uuid(p, id);
}

/* Locks the batches and runs the statement in one transaction. Its rows say what was found and whether it was done. */
static kl_status change(pg_pool *pool, const char *sql, const kl_uuid *vendor_id, const kl_uuid *id, pg_parameters *p,
                        pg_rows **rows, campaign_change *out, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT;
    bind_both(&lock, vendor_id, id);
    pg_statement statements[] = {{sql_campaign_lock_batches, &lock, NULL, PG_ROLE_SAME}, {sql, p, rows, PG_ROLE_SAME}};
    pg_scope scope = tenant(vendor_id);
    scope.timeout_ms = CHANGE_TIMEOUT_MS;
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    pg_parameters_free(&lock);
    pg_parameters_free(p);
    if (!status && pg_rows_count(*rows) == 0)
        status = common_not_found("campaign", error);
    if (!status)
        *out = (campaign_change){.found = campaign_status_from(pg_text(*rows, 0, 0)), .done = pg_bool(*rows, 0, 1)};
    return status;
}

kl_status campaign_stop(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *reason,
                        campaign_change *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_both(&p, vendor_id, id);
    pg_bind_text(&p, reason);
    kl_status status = change(pool, sql_campaign_pause, vendor_id, id, &p, &rows, out, error);
    pg_rows_free(rows);
    return status;
}

kl_status campaign_go_on(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const kl_uuid *breaker_id,
                         campaign_change *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_both(&p, vendor_id, id);
    pg_bind_uuid(&p, breaker_id);
    kl_status status = change(pool, sql_campaign_resume, vendor_id, id, &p, &rows, out, error);
    if (!status) {
        out->rests = pg_bool(rows, 0, 2);
        out->mispriced = pg_bool(rows, 0, 3);
    }
    pg_rows_free(rows);
    return status;
}

kl_status campaign_end(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, campaign_change *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_uuid refund_id;
    uuid_generate(&refund_id);
    bind_both(&p, vendor_id, id);
    pg_bind_uuid(&p, &refund_id);
    kl_status status = change(pool, sql_campaign_cancel, vendor_id, id, &p, &rows, out, error);
    if (!status)
        out->messages = pg_int4(rows, 0, 2);
    pg_rows_free(rows);
    return status;
}

kl_status campaign_move(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_time starts_at, campaign_change *out,
                        kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_both(&p, vendor_id, id);
    pg_bind_time(&p, starts_at);
    kl_status status = change(pool, sql_campaign_reschedule, vendor_id, id, &p, &rows, out, error);
    if (!status) {
        out->messages = pg_int4(rows, 0, 2);
        out->in_time = pg_bool(rows, 0, 3);
    }
    pg_rows_free(rows);
    return status;
}

kl_status campaign_list_due(pg_pool *pool, int limit, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int4(&p, limit);
    pg_scope scope = {.role = PG_ROLE_PLATFORM, .read_only = true};
    return common_query(pool, &scope, sql_campaign_list_due, &p, rows, error);
}

kl_status campaign_start(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool *started, kl_error **error)
{
    pg_parameters lock = PG_PARAMETERS_INIT, p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    bind_both(&lock, vendor_id, id);
    bind_both(&p, vendor_id, id);
    pg_statement statements[] = {{sql_campaign_lock_batches, &lock, NULL, PG_ROLE_SAME},
                                 {sql_campaign_start_due, &p, &rows, PG_ROLE_SAME}};
    pg_scope scope = tenant(vendor_id);
    scope.timeout_ms = CHANGE_TIMEOUT_MS;
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    pg_parameters_free(&lock);
    pg_parameters_free(&p);
    *started = !status && pg_rows_count(rows) > 0;
    pg_rows_free(rows);
    return status;
}

kl_status campaign_template_rests(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    bind_both(&p, vendor_id, id);
    return common_execute(c, sql_campaign_rests, &p, rows, error);
}

kl_status campaign_write_retries(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_draft *draft,
                                 const campaign_codes *codes, campaign_series *series, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    bind_both(&p, vendor_id, id);
    campaign_bind_series(&p, series);
    pg_bind_int8(&p, series->from);
    pg_bind_int4(&p, CAMPAIGN_BATCH_SIZE);
    pg_bind_int4_array(&p, codes->ranges.first, codes->ranges.count);
    pg_bind_int4_array(&p, codes->ranges.last, codes->ranges.count);
    pg_bind_bool(&p, codes->inside);
    pg_bind_bool(&p, draft->marketing);
    kl_status status = common_execute(c, sql_campaign_retry_recipients, &p, NULL, error);
    if (!status)
        status = campaign_series_total(c, vendor_id, draft, series, error);
    return status;
}

kl_status campaign_write_retry_batches(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id,
                                       const campaign_draft *draft, const campaign_series *series, const kl_uuid *hold_id,
                                       kl_error **error)
{
    pg_parameters batches = PG_PARAMETERS_INIT, campaign = PG_PARAMETERS_INIT, lane = PG_PARAMETERS_INIT;
    campaign_bind_batches(&batches, vendor_id, id, draft, series, hold_id, false);
    bind_both(&campaign, vendor_id, id);
    pg_bind_int8(&campaign, series->count);
    pg_bind_int4(&campaign, (int32_t)((series->count + CAMPAIGN_BATCH_SIZE - 1) / CAMPAIGN_BATCH_SIZE));
    pg_bind_int4(&campaign, (int32_t)(series->from / CAMPAIGN_BATCH_SIZE));
    bind_both(&lane, vendor_id, id);
    pg_bind_time(&lane, 0);
    pg_statement statements[] = {{sql_campaign_enqueue_batches, &batches, NULL, PG_ROLE_SAME},
                                 {sql_campaign_retry_finish, &campaign, NULL, PG_ROLE_SAME},
                                 {sql_campaign_enqueue_lane, &lane, NULL, PG_ROLE_SAME}};
    kl_status status = pg_execute(c, statements, 3, error);
    pg_parameters_free(&batches);
    pg_parameters_free(&campaign);
    pg_parameters_free(&lane);
    return status;
}

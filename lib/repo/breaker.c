/* Repository of circuit breakers. Whoever opens or closes one takes its row of the platform's table first: openings and
 * closings of the same breaker come one after the other. */
#include "repo/breaker.h"

#include "base/uuid.h"
#include "repo/common.h"
#include "sql.h"

static const pg_scope platform = {.role = PG_ROLE_PLATFORM};
static const pg_scope platform_reading = {.role = PG_ROLE_PLATFORM, .read_only = true};
static const kl_uuid nil;

static void bind_wait(pg_parameters *p, int64_t milliseconds)
{
    if (milliseconds)
        pg_bind_int8(p, milliseconds);
    else
        pg_bind_null(p);
}

static void bind_open(pg_parameters *p, const breaker_row *row)
{
    pg_bind_uuid(p, &row->id);
    pg_bind_text(p, row->scope);
    pg_bind_text(p, row->subject);
    pg_bind_uuid(p, &row->vendor_id);
    pg_bind_text(p, row->phone_number_id);
    pg_bind_int4(p, row->code);
    bind_wait(p, row->resume_after_ms);
}

kl_status breaker_open(pg_pool *pool, const breaker_row rows[2], kl_error **error)
{
    pg_parameters first = PG_PARAMETERS_INIT, second = PG_PARAMETERS_INIT;
    bind_open(&first, &rows[0]);
    if (rows[1].subject)
        bind_open(&second, &rows[1]);
    pg_statement statements[] = {{sql_breaker_open, &first, NULL, PG_ROLE_SAME},
                                 {sql_breaker_open, &second, NULL, PG_ROLE_SAME}};
    kl_status status = pg_pool_transact(pool, &platform, statements, rows[1].subject ? 2 : 1, error);
    pg_parameters_free(&first);
    pg_parameters_free(&second);
    return status;
}

kl_status breaker_open_for(pg_pool *pool, const breaker_row *row, const breaker_target *target, pg_rows **campaigns,
                           kl_error **error)
{
    pg_parameters open = PG_PARAMETERS_INIT, note = PG_PARAMETERS_INIT, pause = PG_PARAMETERS_INIT;
    bind_open(&open, row);
    pg_bind_uuid(&note, &row->vendor_id);
    pg_bind_uuid(&note, &row->id);
    pg_bind_uuid(&note, target->waba_account_id);
    pg_bind_text(&note, target->template_name);
    pg_bind_text(&note, target->template_language);
    pg_bind_text(&note, target->detail);
    bind_wait(&note, row->resume_after_ms);
    pg_bind_uuid(&pause, &row->vendor_id);
    pg_bind_uuid(&pause, &row->id);
    pg_bind_uuid(&pause, target->waba_account_id);
    pg_bind_text(&pause, target->template_name);
    pg_bind_text(&pause, target->template_language);
    pg_bind_uuid(&pause, target->campaign_id);
    pg_bind_text(&pause, target->reason);
    pg_statement statements[] = {{sql_breaker_open, &open, NULL, PG_ROLE_PLATFORM},
                                 {sql_breaker_note, &note, NULL, PG_ROLE_TENANT},
                                 {sql_breaker_pause, &pause, campaigns, PG_ROLE_SAME}};
    pg_scope scope = tenant(&row->vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 3, error);
    pg_parameters_free(&open);
    pg_parameters_free(&note);
    pg_parameters_free(&pause);
    return status;
}

kl_status breaker_paused(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_scope scope = tenant_reading(vendor_id);
    return common_query(pool, &scope, sql_breaker_paused, &p, rows, error);
}

kl_status breaker_holds(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const kl_uuid *other_than,
                        bool *held, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, campaign_id);
    pg_bind_uuid(&p, other_than);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_breaker_holds, &p, &rows, error);
    if (!status)
        *held = pg_bool(rows, 0, 0);
    pg_rows_free(rows);
    return status;
}

kl_status breaker_template(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, pg_rows **rows,
                           kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, campaign_id);
    pg_scope scope = tenant_reading(vendor_id);
    return common_query(pool, &scope, sql_breaker_template, &p, rows, error);
}

kl_status breaker_waba(pg_pool *pool, const kl_uuid *vendor_id, const char *phone_number_id, pg_rows **rows,
                       kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, phone_number_id);
    return common_query(pool, &platform_reading, sql_breaker_waba, &p, rows, error);
}

kl_status breaker_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, pg_rows **rows,
                       pg_rows **notes, kl_error **error)
{
    pg_parameters list = PG_PARAMETERS_INIT, told = PG_PARAMETERS_INIT;
    pg_parameters *both[] = {&list, &told};
    for (int i = 0; i < 2; i++) {
        pg_bind_uuid(both[i], vendor_id);
        pg_bind_uuid(both[i], after);
        pg_bind_int4(both[i], limit);
    }
    pg_statement statements[] = {{sql_breaker_list, &list, rows, PG_ROLE_PLATFORM},
                                 {sql_breaker_notes, &told, notes, PG_ROLE_TENANT}};
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    pg_parameters_free(&list);
    pg_parameters_free(&told);
    return status;
}

kl_status breaker_list_shared(pg_pool *pool, const kl_uuid *after, int limit, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, after);
    pg_bind_int4(&p, limit);
    return common_query(pool, &platform_reading, sql_breaker_list_shared, &p, rows, error);
}

/* `due`: only when its time is up. */
static kl_status close_own(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool due, bool *closed,
                           kl_error **error)
{
    pg_parameters close = PG_PARAMETERS_INIT, unpause = PG_PARAMETERS_INIT, forget = PG_PARAMETERS_INIT;
    pg_parameters *both[] = {&unpause, &forget};
    pg_rows *rows = NULL;
    pg_bind_uuid(&close, id);
    if (!due)
        pg_bind_uuid(&close, vendor_id);
    for (int i = 0; i < 2; i++) {
        pg_bind_uuid(both[i], vendor_id);
        pg_bind_uuid(both[i], id);
        pg_bind_bool(both[i], due);
    }
    pg_statement statements[] = {
        {due ? sql_breaker_close_due : sql_breaker_close, &close, &rows, PG_ROLE_PLATFORM},
        {sql_breaker_unpause, &unpause, NULL, PG_ROLE_TENANT},
        {sql_breaker_forget_note, &forget, NULL, PG_ROLE_SAME}};
    pg_scope scope = tenant(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 3, error);
    if (!status)
        *closed = pg_rows_affected(rows) > 0;
    pg_rows_free(rows);
    pg_parameters_free(&close);
    pg_parameters_free(&unpause);
    pg_parameters_free(&forget);
    return status;
}

kl_status breaker_close(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool *closed, kl_error **error)
{
    return close_own(pool, vendor_id, id, false, closed, error);
}

static kl_status close_shared(pg_pool *pool, const kl_uuid *id, bool due, bool *closed, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, id);
    if (!due)
        pg_bind_uuid(&p, &nil);
    kl_status status =
        common_query(pool, &platform, due ? sql_breaker_close_due : sql_breaker_close, &p, &rows, error);
    if (!status)
        *closed = pg_rows_affected(rows) > 0;
    pg_rows_free(rows);
    return status;
}

kl_status breaker_close_shared(pg_pool *pool, const kl_uuid *id, bool *closed, kl_error **error)
{
    return close_shared(pool, id, false, closed, error);
}

kl_status breaker_is_shared(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool *shared, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    kl_status status = common_query(pool, &platform_reading, sql_breaker_shared, &p, &rows, error);
    if (!status)
        *shared = pg_bool(rows, 0, 0);
    pg_rows_free(rows);
    return status;
}

kl_status breaker_due(pg_pool *pool, int limit, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int4(&p, limit);
    return common_query(pool, &platform_reading, sql_breaker_due, &p, rows, error);
}

kl_status breaker_close_due(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool *closed, kl_error **error)
{
    return uuid_is_nil(vendor_id) ? close_shared(pool, id, true, closed, error)
                                  : close_own(pool, vendor_id, id, true, closed, error);
}

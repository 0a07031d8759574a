/* Repository of the webhook inbox: how long things are kept, folding again, and what there is. */
#include "repo/inbox_keep.h"

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

static const pg_scope platform = {.role = PG_ROLE_PLATFORM};

kl_status inbox_retain(pg_pool *pool, int days, int route_days, int limit, int64_t *removed, kl_error **error)
{
    const char *const steps[] = {sql_inbox_retain_bodies, sql_inbox_retain_asides, sql_inbox_retain_routes};
    pg_parameters p[3] = {0};
    pg_rows *rows[3] = {NULL};
    pg_statement statements[3];
    for (int i = 0; i < 3; i++) {
        pg_bind_int4(&p[i], i < 2 ? days : route_days);
        pg_bind_int4(&p[i], limit);
        statements[i] = (pg_statement){steps[i], &p[i], &rows[i], PG_ROLE_SAME};
    }
    kl_status status = pg_pool_transact(pool, &platform, statements, 3, error);
    if (!status)
        *removed = pg_rows_affected(rows[0]) + pg_rows_affected(rows[1]);
    for (int i = 0; i < 3; i++) {
        pg_rows_free(rows[i]);
        pg_parameters_free(&p[i]);
    }
    return status;
}

kl_status inbox_replay(pg_pool *pool, kl_time since, kl_time until, int64_t *bodies, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_time(&p, since);
    pg_bind_time(&p, until);
    kl_status status = common_query(pool, &platform, sql_inbox_replay, &p, &rows, error);
    if (!status)
        *bodies = pg_rows_affected(rows);
    pg_rows_free(rows);
    return status;
}

kl_status inbox_stats(pg_pool *pool, kl_webhook_stats *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_scope reading = {.role = PG_ROLE_PLATFORM, .read_only = true};
    kl_status status = common_query(pool, &reading, sql_inbox_stats, &p, &rows, error);
    if (!status)
        *out = (kl_webhook_stats){.waiting = pg_int8(rows, 0, 0),
                                  .waiting_since = pg_time(rows, 0, 1),
                                  .unmatched = pg_int8(rows, 0, 2),
                                  .set_aside = pg_int8(rows, 0, 3),
                                  .foreign = pg_int8(rows, 0, 4)};
    pg_rows_free(rows);
    return status;
}

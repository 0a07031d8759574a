/* Repository of what is counted over the whole database. */
#include "repo/metrics.h"

#include "repo/common.h"
#include "sql.h"

enum { BODIES_COUNTED = 100000 };

kl_status metrics_of_database(pg_pool *pool, kl_metrics *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_int4(&p, BODIES_COUNTED);
    pg_scope scope = {.role = PG_ROLE_PLATFORM, .read_only = true};
    kl_status status = common_query(pool, &scope, sql_metrics_database, &p, &rows, error);
    if (!status) {
        out->webhooks_waiting = pg_int8(rows, 0, 0);
        out->webhooks_waiting_us = pg_int8(rows, 0, 1);
        out->lanes = pg_int8(rows, 0, 2);
        out->breakers_open = pg_int8(rows, 0, 3);
    }
    pg_rows_free(rows);
    return status;
}

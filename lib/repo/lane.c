/* Repository of lanes. */
#include "repo/lane.h"

#include "repo/common.h"
#include "sql.h"

kl_status lane_list(pg_pool *pool, const kl_uuid *vendor_id, const lane_row *after, int limit, pg_rows **rows,
                    kl_error **error)
{
    static const lane_row before_all;
    const lane_row *from = after ? after : &before_all;
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, &from->vendor_id);
    pg_bind_uuid(&p, &from->waba_account_id);
    pg_bind_uuid(&p, &from->campaign_id);
    pg_bind_int4(&p, limit);
    return common_query(pool, &(pg_scope){.role = PG_ROLE_PLATFORM, .read_only = true}, sql_lane_list, &p, rows, error);
}

lane_row lane_at(const pg_rows *rows, int index)
{
    return (lane_row){pg_uuid(rows, index, 0), pg_uuid(rows, index, 1), pg_uuid(rows, index, 2),
                      pg_text(rows, index, 3), pg_int4(rows, index, 4)};
}

kl_status lane_rest(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const kl_uuid *campaign_id,
                    int ms, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, waba_account_id);
    pg_bind_uuid(&p, campaign_id);
    pg_bind_int4(&p, ms);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_lane_rest, &p, &rows, error);
    pg_rows_free(rows);
    return status;
}

kl_status lane_soon(pg_pool *pool, const kl_uuid *vendor_id, int ms, int since_ms, bool *soon, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_int4(&p, ms);
    pg_bind_int4(&p, since_ms);
    kl_status status = common_query(pool, &(pg_scope){.role = PG_ROLE_PLATFORM, .read_only = true}, sql_lane_soon, &p,
                                    &rows, error);
    *soon = !status && pg_bool(rows, 0, 0);
    pg_rows_free(rows);
    return status;
}

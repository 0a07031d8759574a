/* Repository of lanes. */
#include "repo/lane.h"

#include "repo/common.h"
#include "sql.h"

kl_status lane_list(pg_pool *pool, const kl_uuid *vendor_id, int limit, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_int4(&p, limit);
    return common_query(pool, &(pg_scope){.role = PG_ROLE_PLATFORM, .read_only = true}, sql_lane_list, &p, rows, error);
}

lane_row lane_at(const pg_rows *rows, int index)
{
    return (lane_row){pg_uuid(rows, index, 0), pg_uuid(rows, index, 1), pg_uuid(rows, index, 2),
                      pg_text(rows, index, 3)};
}

/* What the doctor reads from the server's catalogs. */
#include "repo/doctor.h"

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

static kl_status query(pg_pool *pool, const char *sql, pg_rows **rows, kl_error **error)
{
    pg_parameters none = PG_PARAMETERS_INIT;
    /* Not a tenant: catalogs alone. */
    pg_scope scope = {.role = PG_ROLE_PLATFORM, .read_only = true};
    return common_query(pool, &scope, sql, &none, rows, error);
}

kl_status doctor_read_server(pg_pool *pool, doctor_server *out, pg_rows **rows, kl_error **error)
{
    kl_status status = query(pool, sql_doctor_server, rows, error);
    if (status)
        return status;
    if (pg_rows_count(*rows) != 1)
        return error_set(error, KL_ERR_DATABASE, "the login role or the database is not in the catalogs");
    *out = (doctor_server){.version = pg_int4(*rows, 0, 0),
                           .clock = pg_int8(*rows, 0, 1),
                           .login = pg_text(*rows, 0, 2),
                           .superuser = pg_bool(*rows, 0, 3),
                           .bypasses = pg_bool(*rows, 0, 4),
                           .owns = pg_bool(*rows, 0, 5),
                           .encoding = pg_text(*rows, 0, 6),
                           .xid_age = pg_int8(*rows, 0, 7),
                           .fsync = pg_bool(*rows, 0, 8),
                           .full_page_writes = pg_bool(*rows, 0, 9),
                           .synchronous = pg_bool(*rows, 0, 10),
                           .autovacuum = pg_bool(*rows, 0, 11),
                           .checksums = pg_bool(*rows, 0, 12),
                           .local = pg_bool(*rows, 0, 13),
                           .encrypted = pg_bool(*rows, 0, 14),
                           .forgotten = pg_int8(*rows, 0, 15)};
    return KL_OK;
}

kl_status doctor_read_isolation(pg_pool *pool, const char **lines, pg_rows **rows, kl_error **error)
{
    kl_status status = query(pool, sql_doctor_isolation, rows, error);
    if (!status)
        *lines = pg_is_null(*rows, 0, 0) ? NULL : pg_text(*rows, 0, 0);
    return status;
}

kl_status doctor_read_partitions(pg_pool *pool, pg_rows **rows, kl_error **error)
{
    return query(pool, sql_doctor_partitions, rows, error);
}

const char *doctor_partitioned(const pg_rows *rows, int index, int64_t *partitions)
{
    *partitions = pg_int8(rows, index, 1);
    return pg_text(rows, index, 0);
}

/* What the repositories share: statements that touch one row. */
#include "repo/common.h"

#include <string.h>

#include "base/error.h"

kl_status common_query(pg_pool *pool, const pg_scope *scope, const char *sql, pg_parameters *parameters, pg_rows **rows,
                       kl_error **error)
{
    pg_statement statement = {sql, parameters, rows, PG_ROLE_SAME};
    kl_status status = pg_pool_transact(pool, scope, &statement, 1, error);
    pg_parameters_free(parameters);
    return status;
}

kl_status common_execute(pg_connection *c, const char *sql, pg_parameters *parameters, pg_rows **rows, kl_error **error)
{
    kl_status status = pg_execute(c, &(pg_statement){sql, parameters, rows, PG_ROLE_SAME}, 1, error);
    pg_parameters_free(parameters);
    return status;
}

kl_status common_not_found(const char *what, kl_error **error)
{
    return error_set(error, KL_ERR_NOT_FOUND, "no such %s", what);
}

kl_status common_change(pg_pool *pool, const kl_uuid *vendor_id, const char *sql, pg_parameters *parameters,
                        const char *what, kl_error **error)
{
    pg_rows *rows = NULL;
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql, parameters, &rows, error);
    if (!status && pg_rows_affected(rows) == 0)
        status = common_not_found(what, error);
    pg_rows_free(rows);
    return status;
}

kl_status common_untold(kl_error **error)
{
    return error_set(error, KL_ERR_UNKNOWN_OUTCOME, "it may have happened: there was no memory for the answer");
}

kl_status common_insert_failure(kl_status status, kl_error *why, const char *parent, kl_error **error)
{
    if (status == KL_ERR_IN_USE && strcmp(kl_error_sqlstate(why), "23503") == 0) {
        kl_error_free(why);
        return common_not_found(parent, error);
    }
    if (error && !*error)
        *error = why;
    else
        kl_error_free(why);
    return status;
}

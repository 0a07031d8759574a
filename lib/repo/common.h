/* What the repositories share: the scope of a tenant, and statements that touch one row. */
#ifndef KLOYST_REPO_COMMON_H
#define KLOYST_REPO_COMMON_H

#include "pg/pool.h"

/* The scope of one vendor. The pointer must live as long as the scope. */
static inline pg_scope tenant(const kl_uuid *vendor_id)
{
    return (pg_scope){.role = PG_ROLE_TENANT, .vendor_id = vendor_id};
}

static inline pg_scope tenant_reading(const kl_uuid *vendor_id)
{
    return (pg_scope){.role = PG_ROLE_TENANT, .vendor_id = vendor_id, .read_only = true};
}

/* Runs one statement for one vendor and hands out its rows. Frees the parameters' memory. */
kl_status common_query(pg_pool *pool, const pg_scope *scope, const char *sql, pg_parameters *parameters, pg_rows **rows,
                       kl_error **error);

/* Runs one statement inside an open transaction. Frees the parameters' memory. */
kl_status common_execute(pg_connection *c, const char *sql, pg_parameters *parameters, pg_rows **rows, kl_error **error);

/* Runs an UPDATE or DELETE of one row; KL_ERR_NOT_FOUND "no such WHAT" when there was none. Frees the parameters' memory. */
kl_status common_change(pg_pool *pool, const kl_uuid *vendor_id, const char *sql, pg_parameters *parameters,
                        const char *what, kl_error **error);

/* "no such WHAT". */
kl_status common_not_found(const char *what, kl_error **error);

/* KL_ERR_UNKNOWN_OUTCOME: the change is committed, but there was no memory for the answer. Any other failure would say that
 * the call may be made again. */
kl_status common_untold(kl_error **error);

/* A violated foreign key means "no such vendor" for an INSERT. Replaces the description in *why and moves it to *error. */
kl_status common_insert_failure(kl_status status, kl_error *why, const char *parent, kl_error **error);

#endif

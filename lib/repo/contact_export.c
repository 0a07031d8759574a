/* Reading all contacts of a vendor as lines of text, of one moment and in constant memory. */
#include "repo/contact_export.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

/* The first lines of a CSV come when all attributes have been seen. */
enum { ROUND_TRIP_MS = 3600 * 1000 };

static kl_status pass_on(const pg_rows *rows, contact_export_sink sink, void *context, kl_error **error)
{
    buffer block = BUFFER_INIT;
    for (int row = 0; row < pg_rows_count(rows); row++)
        buffer_text(&block, pg_text(rows, row, 0));
    kl_status status = block.broken ? error_memory(error) : KL_OK;
    if (!status && block.length)
        status = sink(context, block.data, block.length, error);
    buffer_free(&block);
    return status;
}

static kl_status fetch_all(pg_connection *c, contact_export_sink sink, void *context, int64_t *lines, kl_error **error)
{
    kl_status status = KL_OK;
    int count;
    *lines = 0;
    do {
        pg_rows *rows = NULL;
        pg_statement statement = {sql_contact_export_next, NULL, &rows, PG_ROLE_SAME};
        status = pg_execute(c, &statement, 1, error);
        count = pg_rows_count(rows);
        if (!status)
            status = pass_on(rows, sink, context, error);
        *lines += count;
        pg_rows_free(rows);
    } while (!status && count);
    return status;
}

kl_status contact_export(pg_pool *pool, const kl_uuid *vendor_id, bool csv, contact_export_sink sink,
                         void *context, int64_t *lines, kl_error **error)
{
    pg_connection *c = NULL;
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_scope scope = tenant_reading(vendor_id);
    scope.timeout_ms = ROUND_TRIP_MS;
    pg_bind_uuid(&p, vendor_id);
    kl_status status = pg_pool_take(pool, &c, error);
    if (!status) {
        pg_statement statement = {csv ? sql_contact_export_csv : sql_contact_export_lines, &p, NULL, PG_ROLE_SAME};
        status = pg_begin_with(c, &scope, &statement, 1, error);
        if (!status) {
            status = fetch_all(c, sink, context, lines, error);
            if (status)
                pg_rollback(c);
            else
                status = pg_commit(c, error);
        }
        pg_pool_give(pool, c);
    }
    pg_parameters_free(&p);
    return status;
}

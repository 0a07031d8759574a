/* Writing many contacts at once: COPY into a temporary table, then one set-based merge. */
#include "repo/contact_import.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "sql.h"

enum {
    BLOCK_BYTES = 64 * 1024,
    SERIES_TEXT = 28, /* of a UUID: what a series has in common */
    /* The merge takes as long as the file is large, which the time-out of an ordinary statement does not know. */
    ROUND_TRIP_MS = 3600 * 1000
};

struct contact_import {
    pg_pool *pool;
    pg_connection *connection;
    kl_uuid vendor_id;
    buffer block;
};

/* One statement of the merge; `affected` may be NULL. */
static kl_status run(contact_import *import, const char *sql, pg_parameters *p, int64_t *affected, kl_error **error)
{
    pg_rows *rows = NULL;
    pg_statement statement = {sql, p, &rows, PG_ROLE_SAME};
    kl_status status = pg_execute(import->connection, &statement, 1, error);
    if (!status && affected)
        *affected = pg_rows_affected(rows);
    pg_rows_free(rows);
    return status;
}

static kl_status find_vendor(contact_import *import, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    int64_t found = 0;
    pg_bind_uuid(&p, &import->vendor_id);
    kl_status status = run(import, sql_import_find_vendor, &p, &found, error);
    pg_parameters_free(&p);
    return status ? status : found ? KL_OK : common_not_found("vendor", error);
}

static kl_status create_tables(contact_import *import, kl_error **error)
{
    static const pg_statement statements[] = {{sql_import_create_rows, NULL, NULL, PG_ROLE_SAME},
                                              {sql_import_create_contacts, NULL, NULL, PG_ROLE_SAME},
                                              {sql_import_more_memory, NULL, NULL, PG_ROLE_SAME}};
    kl_error *why = NULL;
    kl_status status = pg_execute(import->connection, statements, sizeof statements / sizeof statements[0], &why);
    if (status == KL_ERR_PERMISSION)
        error_set_sqlstate(error, status, kl_error_sqlstate(why),
                           "importing needs temporary tables: GRANT TEMPORARY ON DATABASE … TO kloyst_app");
    else if (status)
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    kl_error_free(why);
    return status;
}

kl_status contact_import_start(pg_pool *pool, const kl_uuid *vendor_id, contact_import **out, kl_error **error)
{
    contact_import *import = calloc(1, sizeof *import);
    if (!import)
        return error_memory(error);
    import->pool = pool;
    import->vendor_id = *vendor_id;
    kl_status status = pg_pool_take(pool, &import->connection, error);
    pg_scope scope = tenant(&import->vendor_id);
    scope.timeout_ms = ROUND_TRIP_MS;
    if (!status)
        status = pg_begin(import->connection, &scope, error);
    if (!status)
        status = find_vendor(import, error);
    if (!status)
        status = create_tables(import, error);
    if (!status)
        status = pg_copy_start(import->connection, sql_import_copy_rows, error);
    if (status) {
        contact_import_free(import);
        return status;
    }
    *out = import;
    return KL_OK;
}

static kl_status send_block(contact_import *import, kl_error **error)
{
    if (import->block.broken)
        return error_memory(error);
    kl_status status = KL_OK;
    if (import->block.length)
        status = pg_copy_block(import->connection, import->block.data, import->block.length, error);
    buffer_clear(&import->block);
    return status;
}

kl_status contact_import_row(contact_import *import, const char *mobile, int64_t line, const char *attributes,
                             size_t length, bool plain, kl_error **error)
{
    buffer *block = &import->block;
    int64_t number = 0;
    for (const char *digit = mobile; *digit; digit++)
        number = number * 10 + (*digit - '0');
    buffer_u16(block, 4);
    pg_put_int8(block, number);
    pg_put_int8(block, line);
    buffer_u32(block, (uint32_t)length + 1);
    buffer_byte(block, 1); /* the version of jsonb's binary format */
    buffer_append(block, attributes, length);
    buffer_u32(block, 1);
    buffer_byte(block, plain);
    return block->length < BLOCK_BYTES ? KL_OK : send_block(import, error);
}

/* Inserts the contacts whose number the vendor does not have. Somebody may add one of them meanwhile: then again, with
 * an eye on each. */
static kl_status insert_new(contact_import *import, int64_t *created, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    kl_uuid first;
    char text[KL_UUID_TEXT + 1];
    uuid_series(&first);
    kl_uuid_format(&first, text);
    text[SERIES_TEXT] = '\0';
    pg_bind_uuid(&p, &import->vendor_id);
    pg_bind_text(&p, text);
    kl_error *why = NULL;
    kl_status status = run(import, sql_import_save, NULL, NULL, &why);
    if (!status)
        status = run(import, sql_import_insert_new, &p, created, &why);
    if (status == KL_ERR_EXISTS) {
        error_clear(&why);
        status = run(import, sql_import_undo, NULL, NULL, &why);
        if (!status)
            status = run(import, sql_import_insert_missing, &p, created, &why);
    }
    if (status)
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    kl_error_free(why);
    pg_parameters_free(&p);
    return status;
}

kl_status contact_import_finish(contact_import *import, int64_t *distinct, int64_t *created, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, &import->vendor_id);
    kl_status status = send_block(import, error);
    if (!status)
        status = pg_copy_end(import->connection, error);
    if (!status)
        status = run(import, sql_import_keep_last, NULL, distinct, error);
    if (!status)
        status = run(import, sql_import_take_turns, &p, NULL, error);
    if (!status)
        status = insert_new(import, created, error);
    /* Where every number was new there is nothing that could have changed. */
    if (!status && *created < *distinct)
        status = run(import, sql_import_update_changed, &p, NULL, error);
    pg_parameters_free(&p);
    if (!status) {
        status = pg_commit(import->connection, error);
        pg_pool_give(import->pool, import->connection);
        import->connection = NULL;
    }
    return status;
}

void contact_import_free(contact_import *import)
{
    if (!import)
        return;
    if (import->connection) {
        /* In the middle of COPY this cannot be sent; the pool then closes the connection, which has the same effect. */
        pg_rollback(import->connection);
        pg_pool_give(import->pool, import->connection);
    }
    buffer_free(&import->block);
    free(import);
}

/* Repository of WABA accounts and of the directory that leads from a phone number to its vendors. */
#include "repo/waba.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "repo/common.h"
#include "repo/page.h"
#include "sql.h"

struct kl_waba {
    kl_uuid id;
    kl_uuid vendor_id;
    char *meta_id;
    char *phone_number_id;
    int messages_per_second;
    kl_time created_at;
    kl_time updated_at;
};
PAGE_STRUCT(waba);

/* Columns: id, vendor_id, waba_id, phone_number_id, messages_per_second, created_at, updated_at. */
static kl_waba *waba_from(const pg_rows *rows, int row)
{
    kl_waba *waba = calloc(1, sizeof *waba);
    if (!waba)
        return NULL;
    waba->id = pg_uuid(rows, row, 0);
    waba->vendor_id = pg_uuid(rows, row, 1);
    waba->meta_id = pg_text_copy(rows, row, 2);
    waba->phone_number_id = pg_text_copy(rows, row, 3);
    waba->messages_per_second = pg_int4(rows, row, 4);
    waba->created_at = pg_time(rows, row, 5);
    waba->updated_at = pg_time(rows, row, 6);
    if (waba->meta_id && waba->phone_number_id)
        return waba;
    kl_waba_free(waba);
    return NULL;
}
PAGE_ACCESSORS(waba)
PAGE_FROM_ROWS(waba)

static pg_parameters bind_key(const kl_uuid *vendor_id, const kl_uuid *id)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    return p;
}

kl_status waba_insert(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *waba_id,
                      const char *phone_number_id, const buffer *sealed, kl_waba **out, kl_error **error)
{
    pg_parameters account = bind_key(vendor_id, id), directory = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_error *why = NULL;
    pg_bind_text(&account, waba_id);
    pg_bind_text(&account, phone_number_id);
    pg_bind_bytes(&account, sealed->data, sealed->length);
    pg_bind_text(&directory, phone_number_id);
    pg_bind_uuid(&directory, vendor_id);
    pg_bind_text(&directory, waba_id);
    pg_bind_uuid(&directory, id);
    pg_statement statements[] = {{sql_waba_insert, &account, &rows, PG_ROLE_SAME},
                                 {sql_waba_insert_directory, &directory, NULL, PG_ROLE_PLATFORM}};
    pg_scope scope = tenant(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, &why);
    if (status == KL_ERR_EXISTS) {
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "the vendor has an account with this phone number");
        kl_error_free(why);
    } else if (status) {
        status = common_insert_failure(status, why, "vendor", error);
    } else if (out && !(*out = waba_from(rows, 0))) {
        status = common_untold(error);
    }
    pg_rows_free(rows);
    pg_parameters_free(&account);
    pg_parameters_free(&directory);
    return status;
}

kl_status waba_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_waba **out, kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, id);
    pg_rows *rows = NULL;
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_waba_get, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("account", error);
    if (!status && !(*out = waba_from(rows, 0)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status waba_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_waba_page **out,
                    kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, after);
    pg_rows *rows = NULL;
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_waba_list, &p, &rows, error);
    if (!status && !(*out = waba_page(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status waba_update_token(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const buffer *sealed,
                            const code_ranges *closes, kl_error **error)
{
    pg_parameters account = bind_key(vendor_id, id), breakers = bind_key(vendor_id, id);
    pg_rows *rows = NULL;
    pg_bind_bytes(&account, sealed->data, sealed->length);
    pg_bind_int4_array(&breakers, closes->first, closes->count);
    pg_bind_int4_array(&breakers, closes->last, closes->count);
    const pg_statement statements[] = {{sql_waba_set_token, &account, &rows, PG_ROLE_SAME},
                                       {sql_breaker_close_access, &breakers, NULL, PG_ROLE_PLATFORM}};
    pg_scope scope = tenant(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    if (!status && pg_rows_affected(rows) == 0)
        status = common_not_found("account", error);
    pg_rows_free(rows);
    pg_parameters_free(&account);
    pg_parameters_free(&breakers);
    return status;
}

kl_status waba_replace_token(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const buffer *before,
                             const buffer *sealed, bool *replaced, kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, id);
    pg_rows *rows = NULL;
    pg_scope scope = tenant(vendor_id);
    pg_bind_bytes(&p, sealed->data, sealed->length);
    pg_bind_bytes(&p, before->data, before->length);
    kl_status status = common_query(pool, &scope, sql_waba_replace_token, &p, &rows, error);
    *replaced = !status && pg_rows_affected(rows) == 1;
    pg_rows_free(rows);
    return status;
}

kl_status waba_update_rate(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, int messages_per_second,
                           kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, id);
    pg_bind_int4(&p, messages_per_second);
    return common_change(pool, vendor_id, sql_waba_set_rate, &p, "account", error);
}

kl_status waba_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error)
{
    /* A phone number never changes, so it may be read before; it is the directory's key. */
    kl_waba *waba = NULL;
    kl_status status = waba_get(pool, vendor_id, id, &waba, error);
    if (status)
        return status;
    pg_parameters account = bind_key(vendor_id, id), directory = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_error *why = NULL;
    pg_bind_text(&directory, waba->phone_number_id);
    pg_bind_uuid(&directory, vendor_id);
    pg_bind_uuid(&directory, id);
    pg_statement statements[] = {{sql_waba_delete, &account, &rows, PG_ROLE_SAME},
                                 {sql_waba_delete_directory, &directory, NULL, PG_ROLE_PLATFORM}};
    pg_scope scope = tenant(vendor_id);
    status = pg_pool_transact(pool, &scope, statements, 2, &why);
    if (status == KL_ERR_IN_USE)
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "a campaign uses the account");
    else if (status)
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    else if (pg_rows_affected(rows) == 0)
        status = common_not_found("account", error);
    kl_error_free(why);
    pg_rows_free(rows);
    pg_parameters_free(&account);
    pg_parameters_free(&directory);
    kl_waba_free(waba);
    return status;
}

kl_status waba_get_token(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, buffer *sealed,
                         char **phone_number_id, int *messages_per_second, kl_error **error)
{
    pg_parameters p = bind_key(vendor_id, id);
    pg_rows *rows = NULL;
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_waba_get_token, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("account", error);
    if (!status) {
        size_t length = 0;
        const char *bytes = pg_bytes(rows, 0, 0, &length);
        buffer_append(sealed, bytes, length);
        if (sealed->broken)
            status = error_memory(error);
    }
    if (!status && phone_number_id && !(*phone_number_id = pg_text_copy(rows, 0, 1)))
        status = error_memory(error);
    if (!status && messages_per_second)
        *messages_per_second = pg_int4(rows, 0, 2);
    pg_rows_free(rows);
    return status;
}

kl_uuid kl_waba_id(const kl_waba *waba)
{
    return waba ? waba->id : (kl_uuid){{0}};
}

kl_uuid kl_waba_vendor_id(const kl_waba *waba)
{
    return waba ? waba->vendor_id : (kl_uuid){{0}};
}

const char *kl_waba_meta_id(const kl_waba *waba)
{
    return waba ? waba->meta_id : "";
}

const char *kl_waba_phone_number_id(const kl_waba *waba)
{
    return waba ? waba->phone_number_id : "";
}

int kl_waba_messages_per_second(const kl_waba *waba)
{
    return waba ? waba->messages_per_second : 0;
}

kl_time kl_waba_created_at(const kl_waba *waba)
{
    return waba ? waba->created_at : 0;
}

kl_time kl_waba_updated_at(const kl_waba *waba)
{
    return waba ? waba->updated_at : 0;
}

void kl_waba_free(kl_waba *waba)
{
    if (!waba)
        return;
    free(waba->meta_id);
    free(waba->phone_number_id);
    free(waba);
}

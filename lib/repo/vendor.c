/* Repository of vendors. */
#include "repo/vendor.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "repo/page.h"
#include "sql.h"

struct kl_vendor {
    kl_uuid id;
    char *name;
    kl_plan_type plan_type;
    char *settings;
    kl_time created_at;
    kl_time updated_at;
};
PAGE_STRUCT(vendor);

const char *vendor_plan_label(kl_plan_type plan_type)
{
    return plan_type == KL_PLAN_SHARED ? "SHARED" : plan_type == KL_PLAN_DEDICATED ? "DEDICATED" : NULL;
}

/* Columns: id, name, plan_type, settings, created_at, updated_at. */
static kl_vendor *vendor_from(const pg_rows *rows, int row)
{
    kl_vendor *vendor = calloc(1, sizeof *vendor);
    if (!vendor)
        return NULL;
    vendor->id = pg_uuid(rows, row, 0);
    vendor->name = pg_text_copy(rows, row, 1);
    vendor->plan_type = strcmp(pg_text(rows, row, 2), "SHARED") == 0 ? KL_PLAN_SHARED : KL_PLAN_DEDICATED;
    vendor->settings = pg_text_copy(rows, row, 3);
    vendor->created_at = pg_time(rows, row, 4);
    vendor->updated_at = pg_time(rows, row, 5);
    if (vendor->name && vendor->settings)
        return vendor;
    kl_vendor_free(vendor);
    return NULL;
}
PAGE_ACCESSORS(vendor)
PAGE_FROM_ROWS(vendor)

kl_status vendor_insert(pg_pool *pool, const char *name, kl_plan_type plan_type, const char *settings, size_t length,
                        kl_vendor **out, kl_error **error)
{
    kl_uuid id, wallet_id;
    uuid_generate(&id);
    uuid_generate(&wallet_id);
    pg_parameters vendor = PG_PARAMETERS_INIT, wallet = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&vendor, &id);
    pg_bind_text(&vendor, name);
    pg_bind_text(&vendor, vendor_plan_label(plan_type));
    pg_bind_jsonb(&vendor, settings ? settings : "{}", settings ? length : 2);
    pg_bind_uuid(&wallet, &id);
    pg_bind_uuid(&wallet, &wallet_id);
    pg_statement statements[] = {{sql_vendor_insert, &vendor, &rows, PG_ROLE_SAME},
                                 {sql_vendor_insert_wallet, &wallet, NULL, PG_ROLE_SAME}};
    pg_scope scope = tenant(&id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, error);
    if (!status && out && !(*out = vendor_from(rows, 0)))
        status = common_untold(error);
    pg_rows_free(rows);
    pg_parameters_free(&vendor);
    pg_parameters_free(&wallet);
    return status;
}

kl_status vendor_get(pg_pool *pool, const kl_uuid *id, kl_vendor **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, id);
    pg_scope scope = tenant_reading(id);
    kl_status status = common_query(pool, &scope, sql_vendor_get, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("vendor", error);
    if (!status && !(*out = vendor_from(rows, 0)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status vendor_list(pg_pool *pool, const kl_uuid *after, int limit, kl_vendor_page **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, after);
    pg_bind_int4(&p, limit);
    kl_status status = common_query(pool, &(pg_scope){.role = PG_ROLE_PLATFORM, .read_only = true}, sql_vendor_list, &p,
                                    &rows, error);
    if (!status && !(*out = vendor_page(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status vendor_rename(pg_pool *pool, const kl_uuid *id, const char *name, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, id);
    pg_bind_text(&p, name);
    return common_change(pool, id, sql_vendor_rename, &p, "vendor", error);
}

kl_status vendor_set_plan(pg_pool *pool, const kl_uuid *id, kl_plan_type plan_type, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, id);
    pg_bind_text(&p, vendor_plan_label(plan_type));
    return common_change(pool, id, sql_vendor_set_plan, &p, "vendor", error);
}

kl_status vendor_patch_settings(pg_pool *pool, const kl_uuid *id, const char *patch, size_t length, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, id);
    pg_bind_jsonb(&p, patch, length);
    return common_change(pool, id, sql_vendor_patch_settings, &p, "vendor", error);
}

kl_status vendor_delete(pg_pool *pool, const kl_uuid *id, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_error *why = NULL;
    pg_bind_uuid(&p, id);
    pg_statement statements[] = {{sql_vendor_lock, &p, NULL, PG_ROLE_SAME}, {sql_vendor_delete, &p, &rows, PG_ROLE_SAME}};
    pg_scope scope = tenant(id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, &why);
    if (!status && !pg_bool(rows, 0, 0))
        status = common_not_found("vendor", error);
    else if (status == KL_ERR_IN_USE || (!status && !pg_bool(rows, 0, 1)))
        status = error_set_sqlstate(error, KL_ERR_IN_USE, kl_error_sqlstate(why), "the vendor still has data");
    else if (status)
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    kl_error_free(why);
    pg_rows_free(rows);
    pg_parameters_free(&p);
    return status;
}

kl_uuid kl_vendor_id(const kl_vendor *vendor)
{
    return vendor ? vendor->id : (kl_uuid){{0}};
}

const char *kl_vendor_name(const kl_vendor *vendor)
{
    return vendor ? vendor->name : "";
}

kl_plan_type kl_vendor_plan_type(const kl_vendor *vendor)
{
    return vendor ? vendor->plan_type : (kl_plan_type)0;
}

const char *kl_vendor_settings(const kl_vendor *vendor)
{
    return vendor ? vendor->settings : "";
}

kl_time kl_vendor_created_at(const kl_vendor *vendor)
{
    return vendor ? vendor->created_at : 0;
}

kl_time kl_vendor_updated_at(const kl_vendor *vendor)
{
    return vendor ? vendor->updated_at : 0;
}

void kl_vendor_free(kl_vendor *vendor)
{
    if (!vendor)
        return;
    free(vendor->name);
    free(vendor->settings);
    free(vendor);
}

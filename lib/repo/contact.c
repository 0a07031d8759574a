/* Repository of contacts. */
#include "repo/contact.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "repo/common.h"
#include "repo/page.h"
#include "sql.h"

enum { ATTRIBUTES_BYTES = 64 * 1024 };

struct kl_contact {
    kl_uuid vendor_id;
    kl_uuid id;
    char *mobile; /* or bsuid may be NULL */
    char *attributes;
    char *bsuid;
    kl_time created_at;
    kl_time updated_at;
    kl_time opted_out_at;
    kl_time blocked_at;
    kl_time undeliverable_at;
};
PAGE_STRUCT(contact);

/* NULL for SQL NULL; false when there is no memory. */
static bool copy_text(const pg_rows *rows, int row, int column, char **out)
{
    bool null = pg_is_null(rows, row, column);
    *out = null ? NULL : pg_text_copy(rows, row, column);
    return null || *out;
}

/* Columns: vendor_id, id, mobile, attributes, created_at, updated_at, bsuid, opted_out_at, blocked_at, undeliverable_at. */
static kl_contact *contact_from(const pg_rows *rows, int row)
{
    kl_contact *contact = calloc(1, sizeof *contact);
    if (!contact)
        return NULL;
    contact->vendor_id = pg_uuid(rows, row, 0);
    contact->id = pg_uuid(rows, row, 1);
    contact->attributes = pg_text_copy(rows, row, 3);
    contact->created_at = pg_time(rows, row, 4);
    contact->updated_at = pg_time(rows, row, 5);
    contact->opted_out_at = pg_time(rows, row, 7);
    contact->blocked_at = pg_time(rows, row, 8);
    contact->undeliverable_at = pg_time(rows, row, 9);
    if (contact->attributes && copy_text(rows, row, 2, &contact->mobile) && copy_text(rows, row, 6, &contact->bsuid))
        return contact;
    kl_contact_free(contact);
    return NULL;
}
PAGE_ACCESSORS(contact)
PAGE_FROM_ROWS(contact)

/* The one contact that a statement answers. */
static kl_status one(pg_pool *pool, const kl_uuid *vendor_id, const char *sql, pg_parameters *p, kl_contact **out,
                     kl_error **error)
{
    pg_rows *rows = NULL;
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql, p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("contact", error);
    if (!status && !(*out = contact_from(rows, 0)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status contact_upsert(pg_pool *pool, const kl_uuid *vendor_id, const char *mobile, const char *attributes,
                         size_t length, kl_contact **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_uuid id;
    uuid_generate(&id);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, &id);
    pg_bind_text(&p, mobile);
    pg_bind_jsonb(&p, attributes ? attributes : "{}", attributes ? length : 2);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_contact_upsert, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("vendor", error);
    else if (!status && out && !(*out = contact_from(rows, 0)))
        status = common_untold(error);
    pg_rows_free(rows);
    return status;
}

kl_status contact_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_contact **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    return one(pool, vendor_id, sql_contact_get, &p, out, error);
}

kl_status contact_find(pg_pool *pool, const kl_uuid *vendor_id, const char *mobile, kl_contact **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, mobile);
    return one(pool, vendor_id, sql_contact_find, &p, out, error);
}

kl_status contact_find_user(pg_pool *pool, const kl_uuid *vendor_id, const char *user_id, kl_contact **out,
                            kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, user_id);
    return one(pool, vendor_id, sql_contact_find_user, &p, out, error);
}

kl_status contact_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_contact_page **out,
                       kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, after);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_contact_list, &p, &rows, error);
    if (!status && !(*out = contact_page(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status contact_patch_attributes(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *patch,
                                   size_t length, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_bind_jsonb(&p, patch, length);
    pg_bind_int4(&p, ATTRIBUTES_BYTES);
    pg_scope scope = tenant(vendor_id);
    kl_status status = common_query(pool, &scope, sql_contact_patch_attributes, &p, &rows, error);
    if (!status && pg_int8(rows, 0, 0) == 0)
        status = common_not_found("contact", error);
    else if (!status && pg_int8(rows, 0, 1) == 0)
        status = error_set(error, KL_ERR_TOO_LONG, "the patched attributes would be longer than %d bytes",
                           ATTRIBUTES_BYTES);
    pg_rows_free(rows);
    return status;
}

kl_status contact_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    return common_change(pool, vendor_id, sql_contact_delete, &p, "contact", error);
}

kl_status contact_block(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool blocked, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, id);
    pg_bind_bool(&p, blocked);
    return common_change(pool, vendor_id, sql_contact_block, &p, "contact", error);
}

kl_status contact_count(pg_pool *pool, const kl_uuid *vendor_id, int64_t *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_contact_count, &p, &rows, error);
    if (!status)
        *out = pg_int8(rows, 0, 0);
    pg_rows_free(rows);
    return status;
}

kl_uuid kl_contact_id(const kl_contact *contact)
{
    return contact ? contact->id : (kl_uuid){{0}};
}

kl_uuid kl_contact_vendor_id(const kl_contact *contact)
{
    return contact ? contact->vendor_id : (kl_uuid){{0}};
}

const char *kl_contact_mobile(const kl_contact *contact)
{
    return contact ? contact->mobile : "";
}

const char *kl_contact_bsuid(const kl_contact *contact)
{
    return contact ? contact->bsuid : NULL;
}

kl_time kl_contact_opted_out_at(const kl_contact *contact)
{
    return contact ? contact->opted_out_at : 0;
}

kl_time kl_contact_blocked_at(const kl_contact *contact)
{
    return contact ? contact->blocked_at : 0;
}

kl_time kl_contact_undeliverable_at(const kl_contact *contact)
{
    return contact ? contact->undeliverable_at : 0;
}

const char *kl_contact_attributes(const kl_contact *contact)
{
    return contact ? contact->attributes : "";
}

kl_time kl_contact_created_at(const kl_contact *contact)
{
    return contact ? contact->created_at : 0;
}

kl_time kl_contact_updated_at(const kl_contact *contact)
{
    return contact ? contact->updated_at : 0;
}

void kl_contact_free(kl_contact *contact)
{
    if (!contact)
        return;
    free(contact->mobile);
    free(contact->attributes);
    free(contact->bsuid);
    free(contact);
}

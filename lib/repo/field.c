/* Repository of changes that webhooks tell of templates, numbers and accounts. */
#include "repo/field.h"

#include "repo/common.h"
#include "sql.h"

static const pg_scope platform = {.role = PG_ROLE_PLATFORM};
static const pg_scope platform_reading = {.role = PG_ROLE_PLATFORM, .read_only = true};

static pg_parameters change_of(const uint8_t *subject, kl_time at, const uint8_t *digest)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_bytes(&p, subject, FIELD_HASH_BYTES);
    pg_bind_time(&p, at);
    pg_bind_bytes(&p, digest, FIELD_HASH_BYTES);
    return p;
}

kl_status field_is_known(pg_pool *pool, const uint8_t subject[FIELD_HASH_BYTES], kl_time at,
                         const uint8_t digest[FIELD_HASH_BYTES], bool *known, kl_error **error)
{
    pg_parameters p = change_of(subject, at, digest);
    pg_rows *rows = NULL;
    kl_status status = common_query(pool, &platform_reading, sql_field_is_known, &p, &rows, error);
    if (!status)
        *known = pg_bool(rows, 0, 0);
    pg_rows_free(rows);
    return status;
}

kl_status field_note(pg_pool *pool, const uint8_t subject[FIELD_HASH_BYTES], kl_time at,
                     const uint8_t digest[FIELD_HASH_BYTES], kl_error **error)
{
    pg_parameters p = change_of(subject, at, digest);
    return common_query(pool, &platform, sql_field_note, &p, NULL, error);
}

kl_status field_accounts(pg_pool *pool, const char *waba_id, pg_rows **rows, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text(&p, waba_id);
    return common_query(pool, &platform_reading, sql_field_accounts, &p, rows, error);
}

kl_status field_set_capability(pg_pool *pool, const char *waba_id, int32_t limit, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text(&p, waba_id);
    if (limit)
        pg_bind_int4(&p, limit);
    else
        pg_bind_null(&p);
    return common_query(pool, &platform, sql_field_capability, &p, NULL, error);
}

kl_status field_raise_rate(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, int32_t rate,
                           kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, waba_account_id);
    pg_bind_int4(&p, rate);
    pg_scope scope = tenant(vendor_id);
    return common_query(pool, &scope, sql_field_raise_rate, &p, NULL, error);
}

kl_status field_learn_numbers(pg_pool *pool, const char *const *phone_number_ids, const char *const *shown, size_t count,
                              kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text_array(&p, phone_number_ids, count);
    pg_bind_text_array(&p, shown, count);
    return common_query(pool, &platform, sql_field_learn_numbers, &p, NULL, error);
}

kl_status field_tell(pg_pool *pool, const kl_uuid *vendor_id, const char *kind, const char *subject, const char *detail,
                     kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, kind);
    pg_bind_text(&p, subject);
    pg_bind_text(&p, detail);
    pg_scope scope = tenant(vendor_id);
    return common_query(pool, &scope, sql_event_of_change, &p, NULL, error);
}

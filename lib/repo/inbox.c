/* Repository of the webhook inbox: storing, leasing, looking up. */
#include "repo/inbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

static const pg_scope platform = {.role = PG_ROLE_PLATFORM};

kl_status inbox_insert(pg_pool *pool, const char *body, size_t length, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_bytes(&p, body, length);
    return common_query(pool, &platform, sql_inbox_insert, &p, NULL, error);
}

kl_status inbox_lease(pg_pool *pool, int limit, int64_t bytes, int seconds, inbox_bodies *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_int4(&p, limit);
    pg_bind_int8(&p, bytes);
    pg_bind_int4(&p, seconds);
    *out = (inbox_bodies){0};
    kl_status status = common_query(pool, &platform, sql_inbox_lease, &p, &rows, error);
    if (status)
        return status;
    size_t count = (size_t)pg_rows_count(rows);
    inbox_body *items = calloc(count + 1, sizeof *items);
    if (!items) {
        pg_rows_free(rows);
        return error_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        items[i].id = pg_int8(rows, (int)i, 0);
        items[i].bytes = pg_bytes(rows, (int)i, 1, &items[i].length);
        items[i].replayed = pg_bool(rows, (int)i, 2);
    }
    *out = (inbox_bodies){count, items, rows};
    return KL_OK;
}

void inbox_bodies_free(inbox_bodies *bodies)
{
    free(bodies->items);
    pg_rows_free(bodies->rows);
    *bodies = (inbox_bodies){0};
}

kl_status inbox_release(pg_pool *pool, const int64_t *ids, size_t count, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int8_array(&p, ids, count);
    return common_query(pool, &platform, sql_inbox_release, &p, NULL, error);
}

kl_status inbox_find_owners(pg_pool *pool, const char *const *phone_number_ids, size_t count, inbox_owners *out,
                            kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_text_array(&p, phone_number_ids, count);
    *out = (inbox_owners){0};
    pg_scope scope = {.role = PG_ROLE_PLATFORM, .read_only = true};
    kl_status status = common_query(pool, &scope, sql_inbox_owners, &p, &rows, error);
    if (status)
        return status;
    size_t found = (size_t)pg_rows_count(rows);
    inbox_owner *items = calloc(found + 1, sizeof *items);
    if (!items) {
        pg_rows_free(rows);
        return error_memory(error);
    }
    for (size_t i = 0; i < found; i++)
        items[i] = (inbox_owner){pg_text(rows, (int)i, 0), pg_uuid(rows, (int)i, 1)};
    *out = (inbox_owners){found, items, rows};
    return KL_OK;
}

void inbox_owners_free(inbox_owners *owners)
{
    free(owners->items);
    pg_rows_free(owners->rows);
    *owners = (inbox_owners){0};
}

kl_status inbox_find_messages(pg_pool *pool, const kl_uuid *vendor_id, const char *const *wamids, size_t count,
                              kl_uuid *ids, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text_array(&p, wamids, count);
    pg_scope scope = tenant_reading(vendor_id);
    /* For a vendor that statistics do not know yet, a plan of its own would look for each wamid in all of the vendor's rows. */
    scope.generic_plans = true;
    kl_status status = common_query(pool, &scope, sql_inbox_find, &p, &rows, error);
    if (status)
        return status;
    memset(ids, 0, count * sizeof *ids);
    for (int i = 0; i < pg_rows_count(rows); i++) {
        int64_t place = pg_int8(rows, i, 0);
        if (place >= 1 && (uint64_t)place <= count)
            ids[place - 1] = pg_uuid(rows, i, 1);
    }
    pg_rows_free(rows);
    return KL_OK;
}

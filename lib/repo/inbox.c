/* Repository of the webhook inbox: storing, leasing, looking up, marking as folded. */
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

static kl_status bind_asides(pg_parameters *p, const inbox_aside *asides, size_t count, kl_error **error)
{
    int64_t *ids = malloc((count + 1) * sizeof *ids);
    int32_t *numbers = malloc((count + 1) * sizeof *numbers);
    const char **reasons = malloc((count + 1) * sizeof *reasons);
    buffer items = BUFFER_INIT;
    kl_status status = ids && numbers && reasons ? KL_OK : error_memory(error);
    if (!status) {
        for (size_t i = 0; i < count; i++) {
            ids[i] = asides[i].inbox_id;
            numbers[i] = asides[i].ordinal;
            reasons[i] = asides[i].reason;
        }
        pg_bind_int8_array(p, ids, count);
        pg_bind_int4_array(p, numbers, count);
        pg_bind_text_array(p, reasons, count);
        for (size_t i = 0; i < count; i++) {
            numbers[i] = (int32_t)items.length + 1;
            buffer_append(&items, asides[i].item, asides[i].length);
        }
        pg_bind_int4_array(p, numbers, count);
        for (size_t i = 0; i < count; i++)
            numbers[i] = (int32_t)asides[i].length;
        pg_bind_int4_array(p, numbers, count);
        if (items.broken)
            status = error_memory(error);
        pg_bind_bytes(p, items.data ? items.data : "", items.length);
    }
    buffer_free(&items);
    free(ids);
    free(numbers);
    free(reasons);
    return status;
}

kl_status inbox_finish(pg_pool *pool, const int64_t *ids, size_t count, const inbox_aside *asides, size_t aside_count,
                       kl_error **error)
{
    pg_parameters kept = PG_PARAMETERS_INIT, folded = PG_PARAMETERS_INIT;
    pg_bind_int8_array(&folded, ids, count);
    kl_status status = bind_asides(&kept, asides, aside_count, error);
    if (!status) {
        pg_statement statements[] = {{sql_inbox_finish, &folded, NULL, PG_ROLE_SAME},
                                     {sql_inbox_set_aside, &kept, NULL, PG_ROLE_SAME}};
        status = pg_pool_transact(pool, &platform, statements, aside_count ? 2 : 1, error);
    }
    pg_parameters_free(&kept);
    pg_parameters_free(&folded);
    return status;
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

/* Rows of place (from 1) and id. */
static void read_places(const pg_rows *rows, kl_uuid *ids, size_t count)
{
    memset(ids, 0, count * sizeof *ids);
    for (int i = 0; i < pg_rows_count(rows); i++) {
        int64_t place = pg_int8(rows, i, 0);
        if (place >= 1 && (uint64_t)place <= count)
            ids[place - 1] = pg_uuid(rows, i, 1);
    }
}

kl_status inbox_find_messages(pg_pool *pool, const kl_uuid *vendor_id, inbox_question *question, kl_error **error)
{
    pg_parameters wamids = PG_PARAMETERS_INIT, mobiles = PG_PARAMETERS_INIT;
    pg_rows *by_wamid = NULL, *by_mobile = NULL;
    pg_statement statements[2];
    size_t n = 0;
    if (question->wamid_count) {
        pg_bind_uuid(&wamids, vendor_id);
        pg_bind_text_array(&wamids, question->wamids, question->wamid_count);
        statements[n++] = (pg_statement){sql_inbox_find, &wamids, &by_wamid, PG_ROLE_SAME};
    }
    if (question->mobile_count) {
        pg_bind_uuid(&mobiles, vendor_id);
        pg_bind_text_array(&mobiles, question->mobiles, question->mobile_count);
        pg_bind_uuid_array(&mobiles, question->low, question->mobile_count);
        pg_bind_uuid_array(&mobiles, question->high, question->mobile_count);
        statements[n++] = (pg_statement){sql_inbox_recent, &mobiles, &by_mobile, PG_ROLE_SAME};
    }
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = n ? pg_pool_transact(pool, &scope, statements, n, error) : KL_OK;
    if (!status) {
        read_places(by_wamid, question->wamid_ids, question->wamid_count);
        read_places(by_mobile, question->mobile_ids, question->mobile_count);
    }
    pg_rows_free(by_wamid);
    pg_rows_free(by_mobile);
    pg_parameters_free(&wamids);
    pg_parameters_free(&mobiles);
    return status;
}

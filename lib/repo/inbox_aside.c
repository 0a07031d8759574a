/* Repository of the webhook inbox: marking bodies as folded, and the items that were set aside. */
#include "repo/inbox_aside.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

static const pg_scope platform = {.role = PG_ROLE_PLATFORM};

/* Where inbox_id and ordinal of each stand: the first two of both statements. */
static kl_status bind_places(pg_parameters *p, const inbox_aside *asides, size_t count, kl_error **error)
{
    int64_t *ids = malloc((count + 1) * sizeof *ids);
    int32_t *ordinals = malloc((count + 1) * sizeof *ordinals);
    kl_status status = ids && ordinals ? KL_OK : error_memory(error);
    for (size_t i = 0; !status && i < count; i++) {
        ids[i] = asides[i].inbox_id;
        ordinals[i] = asides[i].ordinal;
    }
    if (!status) {
        pg_bind_int8_array(p, ids, count);
        pg_bind_int4_array(p, ordinals, count);
    }
    free(ids);
    free(ordinals);
    return status;
}

/* Their bytes, one behind the other, and where each starts. */
static kl_status bind_items(pg_parameters *p, const inbox_aside *asides, size_t count, kl_error **error)
{
    int32_t *numbers = malloc((count + 1) * sizeof *numbers);
    buffer items = BUFFER_INIT;
    for (size_t i = 0; numbers && i < count; i++) {
        numbers[i] = (int32_t)items.length + 1;
        buffer_append(&items, asides[i].item, asides[i].length);
    }
    kl_status status = numbers && !items.broken ? KL_OK : error_memory(error);
    if (!status) {
        pg_bind_int4_array(p, numbers, count);
        for (size_t i = 0; i < count; i++)
            numbers[i] = (int32_t)asides[i].length;
        pg_bind_int4_array(p, numbers, count);
        pg_bind_bytes(p, items.data ? items.data : "", items.length);
    }
    buffer_free(&items);
    free(numbers);
    return status;
}

static kl_status bind_asides(pg_parameters *p, const inbox_aside *asides, size_t count, int wait_seconds, kl_error **error)
{
    const char **texts = malloc((count + 1) * sizeof *texts);
    bool *flags = malloc((count + 1) * sizeof *flags);
    kl_status status = texts && flags ? bind_places(p, asides, count, error) : error_memory(error);
    if (!status) {
        for (size_t i = 0; i < count; i++)
            texts[i] = asides[i].reason;
        pg_bind_text_array(p, texts, count);
        status = bind_items(p, asides, count, error);
    }
    if (!status) {
        for (size_t i = 0; i < count; i++) {
            flags[i] = asides[i].waits;
            texts[i] = asides[i].phone_number_id;
        }
        pg_bind_bool_array(p, flags, count);
        pg_bind_text_array(p, texts, count);
        for (size_t i = 0; i < count; i++)
            flags[i] = asides[i].is_message;
        pg_bind_bool_array(p, flags, count);
        pg_bind_int4(p, wait_seconds);
    }
    free(texts);
    free(flags);
    return status;
}

kl_status inbox_finish(pg_pool *pool, const int64_t *ids, size_t count, const inbox_aside *asides, size_t aside_count,
                       int wait_seconds, bool again, kl_error **error)
{
    pg_parameters kept = PG_PARAMETERS_INIT, folded = PG_PARAMETERS_INIT, resolved = PG_PARAMETERS_INIT;
    pg_statement statements[3];
    size_t n = 0;
    kl_status status = KL_OK;
    pg_bind_int8_array(&folded, ids, count);
    statements[n++] = (pg_statement){sql_inbox_finish, &folded, NULL, PG_ROLE_SAME};
    if (again) {
        pg_bind_int8_array(&resolved, ids, count);
        status = bind_places(&resolved, asides, aside_count, error);
        statements[n++] = (pg_statement){sql_inbox_resolve, &resolved, NULL, PG_ROLE_SAME};
    }
    if (!status && aside_count) {
        status = bind_asides(&kept, asides, aside_count, wait_seconds, error);
        statements[n++] = (pg_statement){sql_inbox_set_aside, &kept, NULL, PG_ROLE_SAME};
    }
    if (!status)
        status = pg_pool_transact(pool, &platform, statements, n, error);
    pg_parameters_free(&kept);
    pg_parameters_free(&folded);
    pg_parameters_free(&resolved);
    return status;
}

kl_status inbox_lease_due(pg_pool *pool, int limit, inbox_due *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    *out = (inbox_due){0};
    pg_bind_int4(&p, limit);
    kl_status status = common_query(pool, &platform, sql_inbox_due, &p, &rows, error);
    if (status)
        return status;
    size_t count = (size_t)pg_rows_count(rows);
    inbox_due_item *items = calloc(count + 1, sizeof *items);
    if (!items) {
        pg_rows_free(rows);
        return error_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = (inbox_due_item){.id = pg_int8(rows, (int)i, 0),
                                    .phone_number_id = pg_text(rows, (int)i, 1),
                                    .is_message = pg_bool(rows, (int)i, 2)};
        items[i].bytes = pg_bytes(rows, (int)i, 3, &items[i].length);
    }
    *out = (inbox_due){count, items, rows};
    return KL_OK;
}

void inbox_due_free(inbox_due *due)
{
    free(due->items);
    pg_rows_free(due->rows);
    *due = (inbox_due){0};
}

kl_status inbox_settle_due(pg_pool *pool, const int64_t *matched, size_t matched_count, const int64_t *wrong,
                           const char *const *reasons, size_t wrong_count, const int64_t *waiting, size_t waiting_count,
                           int64_t *expired, kl_error **error)
{
    pg_parameters p[3] = {0};
    pg_statement statements[3];
    pg_rows *rows = NULL;
    size_t n = 0;
    *expired = 0;
    if (matched_count) {
        pg_bind_int8_array(&p[n], matched, matched_count);
        statements[n] = (pg_statement){sql_inbox_matched, &p[n], NULL, PG_ROLE_SAME};
        n++;
    }
    if (wrong_count) {
        pg_bind_int8_array(&p[n], wrong, wrong_count);
        pg_bind_text_array(&p[n], reasons, wrong_count);
        statements[n] = (pg_statement){sql_inbox_give_up, &p[n], NULL, PG_ROLE_SAME};
        n++;
    }
    if (waiting_count) {
        pg_bind_int8_array(&p[n], waiting, waiting_count);
        statements[n] = (pg_statement){sql_inbox_expire, &p[n], &rows, PG_ROLE_SAME};
        n++;
    }
    kl_status status = n ? pg_pool_transact(pool, &platform, statements, n, error) : KL_OK;
    if (!status && rows)
        *expired = pg_int8(rows, 0, 0);
    pg_rows_free(rows);
    for (size_t i = 0; i < 3; i++)
        pg_parameters_free(&p[i]);
    return status;
}

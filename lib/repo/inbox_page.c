/* Repository of the webhook inbox: reading the items that are kept for a person. */
#include "repo/inbox_page.h"

#include <stdlib.h>

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

struct kl_webhook_aside {
    int64_t id;
    const char *reason, *item, *phone_number_id;
    size_t length;
    kl_time at;
};

struct kl_webhook_aside_page {
    size_t count;
    pg_rows *rows;
    kl_webhook_aside items[];
};

kl_status inbox_list_asides(pg_pool *pool, int64_t after, int limit, kl_webhook_aside_page **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_scope reading = {.role = PG_ROLE_PLATFORM, .read_only = true};
    pg_bind_int8(&p, after);
    pg_bind_int4(&p, limit);
    kl_status status = common_query(pool, &reading, sql_inbox_asides, &p, &rows, error);
    if (status)
        return status;
    size_t count = (size_t)pg_rows_count(rows);
    kl_webhook_aside_page *page = malloc(sizeof *page + count * sizeof page->items[0]);
    if (!page) {
        pg_rows_free(rows);
        return error_memory(error);
    }
    page->count = count;
    page->rows = rows;
    for (int i = 0; i < (int)count; i++) {
        kl_webhook_aside *a = &page->items[i];
        *a = (kl_webhook_aside){.id = pg_int8(rows, i, 0),
                                .reason = pg_text(rows, i, 1),
                                .phone_number_id = pg_is_null(rows, i, 4) ? NULL : pg_text(rows, i, 4),
                                .at = pg_time(rows, i, 3)};
        a->item = pg_bytes(rows, i, 2, &a->length);
    }
    *out = page;
    return KL_OK;
}

int64_t kl_webhook_aside_id(const kl_webhook_aside *aside)
{
    return aside ? aside->id : 0;
}

const char *kl_webhook_aside_reason(const kl_webhook_aside *aside)
{
    return aside ? aside->reason : "";
}

const char *kl_webhook_aside_item(const kl_webhook_aside *aside, size_t *length)
{
    if (length)
        *length = aside ? aside->length : 0;
    return aside ? aside->item : "";
}

const char *kl_webhook_aside_phone_number_id(const kl_webhook_aside *aside)
{
    return aside ? aside->phone_number_id : NULL;
}

kl_time kl_webhook_aside_at(const kl_webhook_aside *aside)
{
    return aside ? aside->at : 0;
}

size_t kl_webhook_aside_page_count(const kl_webhook_aside_page *page)
{
    return page ? page->count : 0;
}

const kl_webhook_aside *kl_webhook_aside_page_at(const kl_webhook_aside_page *page, size_t index)
{
    return page && index < page->count ? &page->items[index] : NULL;
}

void kl_webhook_aside_page_free(kl_webhook_aside_page *page)
{
    if (!page)
        return;
    pg_rows_free(page->rows);
    free(page);
}

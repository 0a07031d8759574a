/* Repository of what a campaign's messages failed of. */
#include "repo/campaign_failure.h"

#include <stdlib.h>

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

typedef struct failure {
    int code;
    int64_t messages;
} failure;

struct kl_campaign_failure_page {
    size_t count;
    failure items[];
};

static kl_campaign_failure_page *page_from(const pg_rows *rows)
{
    size_t count = pg_is_null(rows, 0, 0) ? 0 : (size_t)pg_rows_count(rows);
    kl_campaign_failure_page *page = calloc(1, sizeof *page + count * sizeof page->items[0]);
    if (page) {
        page->count = count;
        for (size_t i = 0; i < count; i++)
            page->items[i] = (failure){pg_int4(rows, (int)i, 0), pg_int8(rows, (int)i, 1)};
    }
    return page;
}

kl_status campaign_failures(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                            kl_campaign_failure_page **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, campaign_id);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_campaign_failures, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("campaign", error);
    if (!status && !(*out = page_from(rows)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

size_t kl_campaign_failure_page_count(const kl_campaign_failure_page *page)
{
    return page ? page->count : 0;
}

int kl_campaign_failure_page_code(const kl_campaign_failure_page *page, size_t index)
{
    return page && index < page->count ? page->items[index].code : 0;
}

int64_t kl_campaign_failure_page_messages(const kl_campaign_failure_page *page, size_t index)
{
    return page && index < page->count ? page->items[index].messages : 0;
}

void kl_campaign_failure_page_free(kl_campaign_failure_page *page)
{
    free(page);
}

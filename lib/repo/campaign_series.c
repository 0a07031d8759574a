/* Repository of campaigns: the series of message ids that enqueueing and retrying write. */
#include "repo/campaign_series.h"

#include <string.h>

#include "base/uuid.h"
#include "repo/common.h"
#include "sql.h"

enum { PREFIX = 24 };

void campaign_series_start(kl_uuid *first)
{
    do
        uuid_series(first);
    while (first->bytes[10] < 0x10);
}

static int64_t last_digits(const kl_uuid *id)
{
    int64_t value = 0;
    for (int i = 10; i < 16; i++)
        value = value << 8 | id->bytes[i];
    return value;
}

void campaign_bind_series(pg_parameters *p, const campaign_series *series)
{
    char text[KL_UUID_TEXT + 1];
    kl_uuid_format(&series->first, text);
    text[PREFIX] = '\0';
    pg_bind_text(p, text);
    pg_bind_int8(p, last_digits(&series->first));
}

void campaign_bind_batches(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_draft *draft,
                           const campaign_series *series, const kl_uuid *hold_id, bool halted)
{
    char text[KL_UUID_TEXT + 1];
    kl_uuid_format(&series->first, text);
    text[PREFIX] = '\0';
    pg_bind_uuid(p, vendor_id);
    pg_bind_uuid(p, id);
    pg_bind_text(p, text);
    pg_bind_int8(p, series->count);
    if (series->one_price)
        pg_bind_money(p, draft->price);
    else
        pg_bind_null(p);
    pg_bind_int4(p, CAMPAIGN_BATCH_SIZE);
    pg_bind_int4(p, (int32_t)(series->from / CAMPAIGN_BATCH_SIZE));
    pg_bind_uuid(p, hold_id);
    pg_bind_bool(p, halted);
    pg_bind_int8(p, last_digits(&series->first));
}

kl_status campaign_series_total(pg_connection *c, const kl_uuid *vendor_id, const campaign_draft *draft,
                                campaign_series *series, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_uuid from, until;
    uuid_series_at(&series->first, (uint32_t)series->from, &from);
    uuid_series_at(&series->first, UINT32_MAX, &until);
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, &from);
    pg_bind_uuid(&p, &until);
    pg_bind_bool(&p, !series->one_price);
    kl_status status = common_execute(c, sql_campaign_enqueue_total, &p, &rows, error);
    if (!status) {
        kl_uuid last = pg_uuid(rows, 0, 0);
        series->count = pg_is_null(rows, 0, 0) ? 0 : last_digits(&last) - last_digits(&series->first) - series->from + 1;
        if (!series->one_price)
            series->cost = pg_money(rows, 0, 1);
        else if (__builtin_mul_overflow(series->count, draft->price, &series->cost))
            series->cost = INT64_MAX;
    }
    pg_rows_free(rows);
    return status;
}

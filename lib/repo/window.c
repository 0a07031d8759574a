/* Repository of conversation windows: until when a user may be written to freely. */
#include "repo/window.h"

#include <stdlib.h>

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

bool window_bind_open(pg_parameters *p, const kl_uuid *vendor_id, const window_opening *openings, size_t count)
{
    const char **texts = malloc((count + 1) * sizeof *texts);
    kl_time *times = malloc((count + 1) * sizeof *times);
    bool made = texts && times;
    if (made) {
        pg_bind_uuid(p, vendor_id);
        for (size_t i = 0; i < count; i++)
            texts[i] = openings[i].phone_number_id;
        pg_bind_text_array(p, texts, count);
        for (size_t i = 0; i < count; i++)
            texts[i] = openings[i].recipient;
        pg_bind_text_array(p, texts, count);
        for (size_t i = 0; i < count; i++)
            times[i] = openings[i].at;
        pg_bind_time_array(p, times, count);
    }
    free(texts);
    free(times);
    return made;
}

kl_status window_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *recipient,
                     kl_time *open_until, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, waba_account_id);
    pg_bind_text(&p, recipient);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_window_get, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("account", error);
    if (!status)
        *open_until = pg_time(rows, 0, 0);
    pg_rows_free(rows);
    return status;
}

kl_status window_open_among(pg_pool *pool, const kl_uuid *vendor_id, const char *phone_number_id,
                            const char *const *recipients, size_t count, bool *open, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, phone_number_id);
    pg_bind_text_array(&p, recipients, count);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_window_open_among, &p, &rows, error);
    for (size_t i = 0; i < count; i++)
        open[i] = false;
    for (int row = 0; !status && row < pg_rows_count(rows); row++)
        open[pg_int4(rows, row, 0)] = true;
    pg_rows_free(rows);
    return status;
}

/* Repository of routes: which vendors wrote to a user of a number that several share. */
#include "repo/inbox_route.h"

#include <stdlib.h>

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

/* Number and user; of those that are noted vendor and time too. */
static kl_status bind(pg_parameters *p, const inbox_route *routes, size_t count, bool noted, kl_error **error)
{
    const char **numbers = malloc((count + 1) * sizeof *numbers);
    kl_uuid *ids = malloc((count + 1) * sizeof *ids);
    kl_time *times = malloc((count + 1) * sizeof *times);
    kl_status status = numbers && ids && times ? KL_OK : error_memory(error);
    if (!status) {
        for (size_t i = 0; i < count; i++) {
            numbers[i] = routes[i].phone_number_id;
            ids[i] = routes[i].recipient;
        }
        pg_bind_text_array(p, numbers, count);
        pg_bind_uuid_array(p, ids, count);
    }
    if (!status && noted) {
        for (size_t i = 0; i < count; i++) {
            ids[i] = routes[i].vendor_id;
            times[i] = routes[i].last_at;
        }
        pg_bind_uuid_array(p, ids, count);
        pg_bind_time_array(p, times, count);
    }
    free(numbers);
    free(ids);
    free(times);
    return status;
}

kl_status inbox_routes(pg_pool *pool, const inbox_route *noted, size_t noted_count, const inbox_route *asked,
                       size_t asked_count, inbox_candidate **candidates, size_t *count, kl_error **error)
{
    pg_parameters p[2] = {0};
    pg_statement statements[2];
    pg_rows *rows = NULL;
    pg_scope platform = {.role = PG_ROLE_PLATFORM};
    size_t n = 0;
    kl_status status = KL_OK;
    *candidates = NULL;
    *count = 0;
    if (noted_count) {
        status = bind(&p[n], noted, noted_count, true, error);
        statements[n] = (pg_statement){sql_inbox_route_note, &p[n], NULL, PG_ROLE_SAME};
        n++;
    }
    if (!status && asked_count) {
        status = bind(&p[n], asked, asked_count, false, error);
        statements[n] = (pg_statement){sql_inbox_route_find, &p[n], &rows, PG_ROLE_SAME};
        n++;
    }
    if (!status && n)
        status = pg_pool_transact(pool, &platform, statements, n, error);
    if (!status && rows) {
        size_t found = (size_t)pg_rows_count(rows);
        *candidates = malloc((found + 1) * sizeof **candidates);
        if (!*candidates)
            status = error_memory(error);
        for (size_t i = 0; !status && i < found; i++)
            (*candidates)[(*count)++] = (inbox_candidate){(size_t)pg_int8(rows, (int)i, 0) - 1, pg_uuid(rows, (int)i, 1),
                                                          pg_time(rows, (int)i, 2)};
    }
    pg_rows_free(rows);
    for (size_t i = 0; i < 2; i++)
        pg_parameters_free(&p[i]);
    return status;
}

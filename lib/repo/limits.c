/* Repository of limits. */
#include "repo/limits.h"

#include <string.h>

#include "repo/common.h"
#include "sql.h"

static const pg_scope platform = {.role = PG_ROLE_PLATFORM};

/* A slot lost with the server is a slot that nobody sends in once it is back: it need not be flushed. */
static const pg_scope quickly = {.role = PG_ROLE_PLATFORM, .asynchronous_commit = true};

kl_status limits_reserve(pg_pool *pool, const slot_wish *wish, slot_grant *out, kl_error **error)
{
    pg_parameters reserve = PG_PARAMETERS_INIT, slots = PG_PARAMETERS_INIT;
    *out = (slot_grant){0};
    pg_bind_text(&reserve, wish->phone_number_id);
    pg_bind_uuid(&reserve, wish->worker);
    pg_bind_int4(&reserve, wish->rate);
    pg_bind_int8_array(&reserve, wish->wanted, wish->wanted_count);
    pg_bind_int8_array(&reserve, wish->counted, wish->counted_count);
    pg_bind_int4(&reserve, wish->ahead_ms);
    pg_bind_text(&slots, wish->phone_number_id);
    pg_bind_int8(&slots, wish->seen);
    pg_bind_uuid(&slots, wish->worker);
    /* In this order: behind the lock of the number all earlier slots are committed. */
    pg_statement statements[] = {{sql_limits_reserve, &reserve, &out->rows, PG_ROLE_SAME},
                                 {sql_limits_slots, &slots, &out->slots, PG_ROLE_SAME}};
    kl_status status = pg_pool_transact(pool, &quickly, statements, 2, error);
    pg_parameters_free(&reserve);
    pg_parameters_free(&slots);
    if (status)
        return status;
    out->no = pg_int8(out->rows, 0, 0);
    out->starts_in = pg_int8(out->rows, 0, 1);
    out->per_message = pg_int8(out->rows, 0, 2);
    out->room_in = pg_int8(out->rows, 0, 4);
    out->paused_for = pg_int8(out->rows, 0, 6);
    out->limited = pg_bool(out->rows, 0, 7);
    return KL_OK;
}

void slot_grant_free(slot_grant *grant)
{
    pg_rows_free(grant->rows);
    pg_rows_free(grant->slots);
}

static bool next_recipient(pg_array_walk *walk, int64_t *out)
{
    const char *bytes;
    size_t length;
    if (!pg_array_next(walk, &bytes, &length) || length != sizeof *out)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++)
        value = value << 8 | (unsigned char)bytes[i];
    memcpy(out, &value, sizeof *out);
    return true;
}

void slot_grant_refused(const slot_grant *grant, void (*refused)(void *context, int64_t recipient), void *context)
{
    int64_t recipient;
    pg_array_walk walk = pg_array_start(grant->rows, 0, 3);
    while (next_recipient(&walk, &recipient))
        refused(context, recipient);
}

int64_t slot_grant_others(const slot_grant *grant,
                          void (*went)(void *context, int64_t recipient, int64_t age, int pause_ms), void *context)
{
    int64_t last = 0, recipient;
    for (int row = 0; row < pg_rows_count(grant->slots); row++) {
        last = pg_int8(grant->slots, row, 0);
        pg_array_walk walk = pg_array_start(grant->slots, row, 3);
        while (next_recipient(&walk, &recipient))
            went(context, recipient, pg_int8(grant->slots, row, 1), pg_int4(grant->slots, row, 2));
    }
    return last;
}

static kl_status run(pg_pool *pool, const pg_scope *scope, const char *sql, pg_parameters *parameters, kl_error **error)
{
    pg_rows *rows = NULL;
    kl_status status = common_query(pool, scope, sql, parameters, &rows, error);
    pg_rows_free(rows);
    return status;
}

kl_status limits_slow(pg_pool *pool, const char *phone_number_id, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text(&p, phone_number_id);
    return run(pool, &quickly, sql_limits_slow, &p, error);
}

kl_status limits_pause(pg_pool *pool, const char *phone_number_id, int ms, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text(&p, phone_number_id);
    pg_bind_int4(&p, ms);
    return run(pool, &platform, sql_limits_pause, &p, error);
}

kl_status limits_pause_pair(pg_pool *pool, const char *phone_number_id, int64_t recipient, int ms,
                            const kl_uuid *worker, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text(&p, phone_number_id);
    pg_bind_int8(&p, recipient);
    pg_bind_int4(&p, ms);
    pg_bind_uuid(&p, worker);
    return run(pool, &quickly, sql_limits_pause_pair, &p, error);
}

kl_status limits_forget(pg_pool *pool, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    return run(pool, &quickly, sql_limits_forget, &p, error);
}

static void bind_limit(pg_parameters *p, int user_limit)
{
    if (user_limit)
        pg_bind_int4(p, user_limit);
    else
        pg_bind_null(p);
}

kl_status limits_set_portfolio(pg_pool *pool, const char *phone_number_id, const char *portfolio_id, int user_limit,
                               kl_error **error)
{
    pg_parameters set = PG_PARAMETERS_INIT, join = PG_PARAMETERS_INIT;
    pg_bind_text(&set, portfolio_id);
    bind_limit(&set, user_limit);
    pg_bind_text(&join, phone_number_id);
    pg_bind_text(&join, portfolio_id);
    pg_statement statements[] = {{sql_limits_set_portfolio, &set, NULL, PG_ROLE_SAME},
                                 {sql_limits_join_portfolio, &join, NULL, PG_ROLE_SAME}};
    kl_status status = pg_pool_transact(pool, &platform, statements, 2, error);
    pg_parameters_free(&set);
    pg_parameters_free(&join);
    return status;
}

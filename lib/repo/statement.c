/* Repository of statements: readings of the ledger by time, day, campaign and message. */
#include "repo/statement.h"

#include <stdlib.h>

#include "base/error.h"
#include "repo/common.h"
#include "repo/page.h"
#include "sql.h"

struct kl_day_total {
    kl_time day;
    kl_transaction_type type;
    int64_t count;
    kl_money amount;
};
PAGE_STRUCT(day_total);

static void kl_day_total_free(kl_day_total *total)
{
    free(total);
}

/* Columns: day, type, count, amount. */
static kl_day_total *day_total_from(const pg_rows *rows, int row)
{
    kl_day_total *total = malloc(sizeof *total);
    if (total)
        *total = (kl_day_total){.day = pg_time(rows, row, 0),
                                .type = transaction_type_from(pg_text(rows, row, 1)),
                                .count = pg_int8(rows, row, 2),
                                .amount = pg_money(rows, row, 3)};
    return total;
}
PAGE_ACCESSORS(day_total)
PAGE_FROM_ROWS(day_total)

kl_status statement_before(pg_pool *pool, const kl_uuid *vendor_id, const kl_time *moments, size_t count,
                           statement_edge *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_time_array(&p, moments, count);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_statement_before, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("vendor", error);
    for (int i = 0; !status && i < (int)count; i++) {
        if (pg_bool(rows, i, 2))
            status = error_set(error, KL_ERR_CORRUPT, "a row of the ledger is missing");
        out[i] = (statement_edge){pg_int8(rows, i, 0), pg_money(rows, i, 1)};
    }
    pg_rows_free(rows);
    return status;
}

kl_status statement_totals(pg_pool *pool, const kl_uuid *vendor_id, int64_t after, int64_t last, int offset_minutes,
                           kl_day_total_page **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_int8(&p, after);
    pg_bind_int8(&p, last);
    pg_bind_int4(&p, offset_minutes);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_statement_totals, &p, &rows, error);
    kl_day_total_page *page = status ? NULL : day_total_page(rows);
    if (!status && !page)
        status = error_memory(error);
    if (!status)
        *out = page;
    pg_rows_free(rows);
    return status;
}

kl_status statement_of_campaign(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int64_t after,
                                int limit, kl_transaction_page **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, campaign_id);
    pg_bind_int8(&p, after);
    pg_bind_int4(&p, limit);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_statement_of_campaign, &p, &rows, error);
    kl_transaction_page *page = status ? NULL : transaction_page_of(rows);
    if (!status && !page)
        status = error_memory(error);
    if (!status)
        *out = page;
    pg_rows_free(rows);
    return status;
}

kl_status statement_message(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *message_id, kl_transaction **paid,
                            kl_transaction **given_back, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, message_id);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_statement_message, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("message", error);
    kl_transaction *found[2] = {NULL, NULL};
    for (int i = 0; !status && i < pg_rows_count(rows); i++) {
        kl_transaction **which = &found[pg_bool(rows, i, 15)];
        if (!pg_is_null(rows, i, 1) && !*which && !(*which = transaction_of(rows, i)))
            status = error_memory(error);
    }
    if (!status) {
        *paid = found[0];
        *given_back = found[1];
    } else {
        kl_transaction_free(found[0]);
        kl_transaction_free(found[1]);
    }
    pg_rows_free(rows);
    return status;
}

kl_status statement_read_account(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                 statement_account *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_uuid(&p, campaign_id);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_statement_account, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("campaign", error);
    if (!status)
        *out = (statement_account){.account = {.price = pg_money(rows, 0, 0),
                                               .messages = pg_int4(rows, 0, 1),
                                               .counting = pg_int8(rows, 0, 8) - pg_int8(rows, 0, 10),
                                               .not_refunded = pg_int8(rows, 0, 9),
                                               .held = pg_money(rows, 0, 2),
                                               .captured = pg_money(rows, 0, 5),
                                               .released = pg_money(rows, 0, 3),
                                               .still_held = pg_money(rows, 0, 4),
                                               .refunded = pg_money(rows, 0, 6),
                                               .refunded_by_hand = pg_money(rows, 0, 7)},
                                   .given_back = pg_money(rows, 0, 11),
                                   .given_of_debits = pg_money(rows, 0, 12),
                                   .recipients = pg_int8(rows, 0, 13),
                                   .worth = pg_money(rows, 0, 14),
                                   .claimed_worth = pg_money(rows, 0, 15)};
    pg_rows_free(rows);
    return status;
}

kl_time kl_day_total_day(const kl_day_total *total)
{
    return total ? total->day : 0;
}

kl_transaction_type kl_day_total_type(const kl_day_total *total)
{
    return total ? total->type : (kl_transaction_type)0;
}

int64_t kl_day_total_count(const kl_day_total *total)
{
    return total ? total->count : 0;
}

kl_money kl_day_total_amount(const kl_day_total *total)
{
    return total ? total->amount : 0;
}

/* Repository of expected payments, of Razorpay's events and of what became of the payments they tell of. */
#include "repo/recharge.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "repo/common.h"
#include "sql.h"

static const pg_scope platform = {.role = PG_ROLE_PLATFORM};
static const pg_scope platform_reading = {.role = PG_ROLE_PLATFORM, .read_only = true};

struct kl_order {
    kl_uuid vendor_id;
    char *order_id;
    kl_money amount;
    char *currency;
    kl_time created_at;
};

/* Columns: vendor_id, order_id, amount, currency, created_at. */
static kl_order *order_from(const pg_rows *rows, int row)
{
    kl_order *order = calloc(1, sizeof *order);
    if (!order)
        return NULL;
    order->vendor_id = pg_uuid(rows, row, 0);
    order->order_id = pg_text_copy(rows, row, 1);
    order->amount = pg_money(rows, row, 2);
    order->currency = pg_text_copy(rows, row, 3);
    order->created_at = pg_time(rows, row, 4);
    if (order->order_id && order->currency)
        return order;
    kl_order_free(order);
    return NULL;
}

kl_status recharge_insert_order(pg_pool *pool, const kl_uuid *vendor_id, const char *order_id, kl_money amount,
                                const char *currency, kl_order **out, kl_error **error)
{
    pg_parameters order = PG_PARAMETERS_INIT, directory = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    kl_error *why = NULL;
    pg_bind_uuid(&order, vendor_id);
    pg_bind_text(&order, order_id);
    pg_bind_money(&order, amount);
    pg_bind_text(&order, currency);
    pg_bind_text(&directory, order_id);
    pg_bind_uuid(&directory, vendor_id);
    pg_statement statements[] = {{sql_recharge_insert_order, &order, &rows, PG_ROLE_SAME},
                                 {sql_recharge_insert_directory, &directory, NULL, PG_ROLE_PLATFORM}};
    pg_scope scope = tenant(vendor_id);
    kl_status status = pg_pool_transact(pool, &scope, statements, 2, &why);
    if (status)
        status = common_insert_failure(status, why, "vendor", error);
    else if (!(*out = order_from(rows, 0)))
        status = common_untold(error);
    pg_rows_free(rows);
    pg_parameters_free(&order);
    pg_parameters_free(&directory);
    return status;
}

kl_status recharge_get_order(pg_pool *pool, const kl_uuid *vendor_id, const char *order_id, kl_order **out,
                             kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_uuid(&p, vendor_id);
    pg_bind_text(&p, order_id);
    pg_scope scope = tenant_reading(vendor_id);
    kl_status status = common_query(pool, &scope, sql_recharge_get_order, &p, &rows, error);
    if (!status && pg_rows_count(rows) == 0)
        status = common_not_found("order", error);
    if (!status && !(*out = order_from(rows, 0)))
        status = error_memory(error);
    pg_rows_free(rows);
    return status;
}

kl_status recharge_insert_event(pg_pool *pool, const char *event_id, const char *body, size_t length,
                                kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text(&p, event_id);
    pg_bind_bytes(&p, body, length);
    return common_query(pool, &platform, sql_recharge_insert_event, &p, NULL, error);
}

kl_status recharge_lease(pg_pool *pool, int limit, int seconds, recharge_events *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_int4(&p, limit);
    pg_bind_int4(&p, seconds);
    *out = (recharge_events){0};
    kl_status status = common_query(pool, &platform, sql_recharge_lease, &p, &rows, error);
    if (status)
        return status;
    size_t count = (size_t)pg_rows_count(rows);
    recharge_event *items = calloc(count + 1, sizeof *items);
    if (!items) {
        pg_rows_free(rows);
        return error_memory(error);
    }
    for (size_t i = 0; i < count; i++) {
        items[i].id = pg_int8(rows, (int)i, 0);
        items[i].event_id = pg_text(rows, (int)i, 1);
        items[i].body = pg_bytes(rows, (int)i, 2, &items[i].length);
    }
    *out = (recharge_events){count, items, rows};
    return KL_OK;
}

void recharge_events_free(recharge_events *events)
{
    free(events->items);
    pg_rows_free(events->rows);
    *events = (recharge_events){0};
}

kl_status recharge_release(pg_pool *pool, const int64_t *ids, size_t count, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int8_array(&p, ids, count);
    return common_query(pool, &platform, sql_recharge_release, &p, NULL, error);
}

kl_status recharge_finish(pg_pool *pool, int64_t inbox_id, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_int8(&p, inbox_id);
    return common_query(pool, &platform, sql_recharge_finish, &p, NULL, error);
}

/* Columns: subject, order_id, paise, currency, captured, whether credited, vendor_id. Takes the rows. */
static recharge_payment payment_from(pg_rows *rows)
{
    return (recharge_payment){
        .payment_id = pg_text(rows, 0, 0),
        .order_id = pg_is_null(rows, 0, 1) ? NULL : pg_text(rows, 0, 1),
        .paise = pg_int8(rows, 0, 2),
        .currency = pg_text(rows, 0, 3),
        .captured = pg_bool(rows, 0, 4),
        .credited = pg_bool(rows, 0, 5),
        .owned = !pg_is_null(rows, 0, 6),
        .vendor_id = pg_uuid(rows, 0, 6),
        .rows = rows,
    };
}

kl_status recharge_claim(pg_pool *pool, const char *payment_id, const char *order_id, int64_t paise,
                         const char *currency, bool captured, const char *event, recharge_payment *out, bool *found,
                         kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_text(&p, payment_id);
    pg_bind_text(&p, order_id);
    pg_bind_int8(&p, paise);
    pg_bind_text(&p, currency);
    pg_bind_bool(&p, captured);
    pg_bind_text(&p, event);
    *out = (recharge_payment){0};
    kl_status status = common_query(pool, &platform, sql_recharge_claim, &p, &rows, error);
    *found = !status && pg_rows_count(rows);
    if (*found)
        *out = payment_from(rows);
    else
        pg_rows_free(rows);
    return status;
}

kl_status recharge_find(pg_pool *pool, const char *payment_id, recharge_payment *out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_text(&p, payment_id);
    *out = (recharge_payment){0};
    kl_status status = common_query(pool, &platform_reading, sql_recharge_find, &p, &rows, error);
    if (!status && pg_rows_count(rows)) {
        *out = payment_from(rows);
        return KL_OK;
    }
    pg_rows_free(rows);
    return status ? status : common_not_found("payment", error);
}

void recharge_payment_free(recharge_payment *payment)
{
    pg_rows_free(payment->rows);
    *payment = (recharge_payment){0};
}

/* Runs a statement on an item and marks the event as done with; *changed may be NULL. Frees the parameters' memory. */
static kl_status change_item(pg_pool *pool, const char *sql, pg_parameters *p, int64_t inbox_id, bool *changed,
                             kl_error **error)
{
    pg_parameters event = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_int8(&event, inbox_id);
    pg_statement statements[] = {{sql, p, &rows, PG_ROLE_SAME},
                                 {sql_recharge_finish, &event, NULL, PG_ROLE_SAME}};
    kl_status status = pg_pool_transact(pool, &platform, statements, inbox_id ? 2 : 1, error);
    if (!status && changed)
        *changed = pg_rows_affected(rows) > 0;
    pg_rows_free(rows);
    pg_parameters_free(p);
    pg_parameters_free(&event);
    return status;
}

kl_status recharge_credited(pg_pool *pool, const recharge_payment *payment, int64_t inbox_id, bool *changed,
                            kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text(&p, payment->payment_id);
    pg_bind_uuid(&p, &payment->vendor_id);
    return change_item(pool, sql_recharge_credited, &p, inbox_id, changed, error);
}

static const char *const reason_labels[] = {NULL,           "UNKNOWN_ORDER", "CURRENCY", "AMOUNT",
                                            "NOT_CAPTURED", "LIMIT",         "CONFLICT", "REFUND",
                                            "DISPUTE",      "MALFORMED",     "CONTRADICTION"};
enum { REASONS = sizeof reason_labels / sizeof reason_labels[0] };

kl_status recharge_keep_payment(pg_pool *pool, const recharge_payment *payment, kl_kept_reason reason,
                                int64_t inbox_id, bool *changed, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_bind_text(&p, payment->payment_id);
    pg_bind_text(&p, reason_labels[reason]);
    pg_bind_uuid(&p, payment->owned ? &payment->vendor_id : NULL);
    return change_item(pool, sql_recharge_keep_payment, &p, inbox_id, changed, error);
}

kl_status recharge_keep(pg_pool *pool, const recharge_item *item, int64_t inbox_id, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    bool of_its_own = item->reason == KL_KEPT_REFUND || item->reason == KL_KEPT_DISPUTE;
    pg_bind_text(&p, of_its_own ? reason_labels[item->reason] : "EVENT");
    pg_bind_text(&p, item->subject);
    pg_bind_text(&p, item->payment_id);
    if (item->currency)
        pg_bind_int8(&p, item->paise);
    else
        pg_bind_null(&p);
    pg_bind_text(&p, item->currency);
    pg_bind_text(&p, item->event);
    pg_bind_text(&p, reason_labels[item->reason]);
    return change_item(pool, sql_recharge_keep, &p, inbox_id, NULL, error);
}

/* ---- what is kept --------------------------------------------------------- */

struct kl_payment_kept {
    int64_t id;
    kl_kept_reason reason;
    char *texts[5]; /* in the order below; NULL: not known */
    bool owned;
    kl_uuid vendor_id;
    kl_money amount;
    kl_time at;
};
enum { SUBJECT, PAYMENT_ID, ORDER_ID, CURRENCY, EVENT, TEXTS };

struct kl_payment_kept_page {
    size_t count;
    kl_payment_kept *items;
};

/* Columns: id, subject, payment_id, order_id, vendor_id, paise, currency, event, reason, updated_at. False: no memory. */
static bool kept_from(const pg_rows *rows, int row, kl_payment_kept *out)
{
    static const int columns[TEXTS] = {1, 2, 3, 6, 7};
    out->id = pg_int8(rows, row, 0);
    out->owned = !pg_is_null(rows, row, 4);
    out->vendor_id = pg_uuid(rows, row, 4);
    out->amount = pg_int8(rows, row, 5) * 100; /* paise are read to be below INT64_MAX / 100 */
    out->at = pg_time(rows, row, 9);
    for (int reason = 1; reason < REASONS; reason++)
        if (strcmp(pg_text(rows, row, 8), reason_labels[reason]) == 0)
            out->reason = (kl_kept_reason)reason;
    for (int i = 0; i < TEXTS; i++)
        if (!pg_is_null(rows, row, columns[i]) && !(out->texts[i] = pg_text_copy(rows, row, columns[i])))
            return false;
    return true;
}

kl_status recharge_list_kept(pg_pool *pool, int64_t after, int limit, kl_payment_kept_page **out, kl_error **error)
{
    pg_parameters p = PG_PARAMETERS_INIT;
    pg_rows *rows = NULL;
    pg_bind_int8(&p, after);
    pg_bind_int4(&p, limit);
    kl_status status = common_query(pool, &platform_reading, sql_recharge_list_kept, &p, &rows, error);
    int count = pg_rows_count(rows);
    kl_payment_kept_page *page = status ? NULL : calloc(1, sizeof *page);
    if (page)
        page->items = calloc((size_t)count + 1, sizeof *page->items);
    bool whole = page && page->items;
    for (int i = 0; whole && i < count; i++)
        whole = kept_from(rows, i, &page->items[page->count++]);
    if (whole) {
        *out = page;
    } else {
        kl_payment_kept_page_free(page);
        status = status ? status : error_memory(error);
    }
    pg_rows_free(rows);
    return status;
}

/* ---- getters -------------------------------------------------------------- */

kl_uuid kl_order_vendor_id(const kl_order *order)
{
    return order ? order->vendor_id : (kl_uuid){{0}};
}

const char *kl_order_id(const kl_order *order)
{
    return order ? order->order_id : "";
}

kl_money kl_order_amount(const kl_order *order)
{
    return order ? order->amount : 0;
}

const char *kl_order_currency(const kl_order *order)
{
    return order ? order->currency : "";
}

kl_time kl_order_created_at(const kl_order *order)
{
    return order ? order->created_at : 0;
}

void kl_order_free(kl_order *order)
{
    if (!order)
        return;
    free(order->order_id);
    free(order->currency);
    free(order);
}

int64_t kl_payment_kept_id(const kl_payment_kept *kept)
{
    return kept ? kept->id : 0;
}

kl_kept_reason kl_payment_kept_reason(const kl_payment_kept *kept)
{
    return kept ? kept->reason : (kl_kept_reason)0;
}

const char *kl_payment_kept_subject(const kl_payment_kept *kept)
{
    return kept ? kept->texts[SUBJECT] : "";
}

const char *kl_payment_kept_payment_id(const kl_payment_kept *kept)
{
    return kept ? kept->texts[PAYMENT_ID] : NULL;
}

const char *kl_payment_kept_order_id(const kl_payment_kept *kept)
{
    return kept ? kept->texts[ORDER_ID] : NULL;
}

const kl_uuid *kl_payment_kept_vendor_id(const kl_payment_kept *kept)
{
    return kept && kept->owned ? &kept->vendor_id : NULL;
}

kl_money kl_payment_kept_amount(const kl_payment_kept *kept)
{
    return kept ? kept->amount : 0;
}

const char *kl_payment_kept_currency(const kl_payment_kept *kept)
{
    return kept ? kept->texts[CURRENCY] : NULL;
}

const char *kl_payment_kept_event(const kl_payment_kept *kept)
{
    return kept ? kept->texts[EVENT] : NULL;
}

kl_time kl_payment_kept_at(const kl_payment_kept *kept)
{
    return kept ? kept->at : 0;
}

size_t kl_payment_kept_page_count(const kl_payment_kept_page *page)
{
    return page ? page->count : 0;
}

const kl_payment_kept *kl_payment_kept_page_at(const kl_payment_kept_page *page, size_t index)
{
    return page && index < page->count ? &page->items[index] : NULL;
}

void kl_payment_kept_page_free(kl_payment_kept_page *page)
{
    if (!page)
        return;
    for (size_t i = 0; i < page->count; i++)
        for (int t = 0; t < TEXTS; t++)
            free(page->items[i].texts[t]);
    free(page->items);
    free(page);
}

const char *kl_kept_reason_text(kl_kept_reason reason)
{
    static const char *const texts[REASONS] = {
        [KL_KEPT_UNKNOWN_ORDER] = "no vendor has the payment's order",
        [KL_KEPT_CURRENCY] = "the currency is not the order's",
        [KL_KEPT_AMOUNT] = "the amount is not the order's",
        [KL_KEPT_NOT_CAPTURED] = "the payment is not captured",
        [KL_KEPT_LIMIT] = "the balance would pass 999999.9999",
        [KL_KEPT_CONFLICT] = "the payment's idempotency key was used for something else",
        [KL_KEPT_REFUND] = "a refund at Razorpay, which the ledger has no type for",
        [KL_KEPT_DISPUTE] = "a dispute at Razorpay, which the ledger has no type for",
        [KL_KEPT_MALFORMED] = "the event is not as documented",
        [KL_KEPT_CONTRADICTION] = "earlier events tell otherwise of the payment",
    };
    return (int)reason > 0 && (int)reason < REASONS ? texts[reason] : "";
}

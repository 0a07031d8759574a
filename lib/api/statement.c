/* The public calls on statements. */
#include "core/statement.h"

#include "api/check.h"
#include "base/error.h"

#define DAY (INT64_C(86400) * 1000000)

enum { DAYS_MAX = 366, OFFSET_MAX = 24 * 60 - 1 };

static kl_status check_vendor(kl *handle, const kl_uuid *vendor_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    return check_pointer(vendor_id, "vendor_id", error);
}

static kl_status check_page(int64_t after_seq, int limit, const void *out, kl_error **error)
{
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return after_seq < 0 ? error_set(error, KL_ERR_ARGUMENT, "after_seq is negative") : KL_OK;
}

static kl_status check_range(kl_time from, kl_time until, kl_error **error)
{
    CHECK(check_time(from, "from", error));
    CHECK(check_time(until, "until", error));
    return until < from ? error_set(error, KL_ERR_ARGUMENT, "until is before from") : KL_OK;
}

kl_status kl_wallet_statement_between(kl *handle, const kl_uuid *vendor_id, kl_time from, kl_time until,
                                      int64_t after_seq, int limit, kl_transaction_page **out, kl_error **error)
{
    CHECK(check_vendor(handle, vendor_id, error));
    CHECK(check_range(from, until, error));
    CHECK(check_page(after_seq, limit, out, error));
    return statement_between(handle, vendor_id, from, until, after_seq, limit, out, error);
}

kl_status kl_wallet_statement_of_campaign(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                          int64_t after_seq, int limit, kl_transaction_page **out, kl_error **error)
{
    CHECK(check_vendor(handle, vendor_id, error));
    CHECK(check_pointer(campaign_id, "campaign_id", error));
    CHECK(check_page(after_seq, limit, out, error));
    return statement_campaign(handle, vendor_id, campaign_id, after_seq, limit, out, error);
}

kl_status kl_wallet_balance_at(kl *handle, const kl_uuid *vendor_id, kl_time at, kl_money *balance, kl_error **error)
{
    CHECK(check_vendor(handle, vendor_id, error));
    CHECK(check_time(at, "at", error));
    CHECK(check_pointer(balance, "balance", error));
    const kl_time after = at + 1;
    statement_edge edge;
    kl_status status = statement_before(handle->pool, vendor_id, &after, 1, &edge, error);
    if (!status)
        *balance = edge.balance;
    return status;
}

kl_status kl_wallet_totals(kl *handle, const kl_uuid *vendor_id, kl_time from, kl_time until, int offset_minutes,
                           kl_day_total_page **out, kl_error **error)
{
    CHECK(check_vendor(handle, vendor_id, error));
    CHECK(check_range(from, until, error));
    CHECK(check_pointer(out, "out", error));
    if (until - from > DAYS_MAX * DAY)
        return error_set(error, KL_ERR_ARGUMENT, "the range is longer than %d days", DAYS_MAX);
    if (offset_minutes < -OFFSET_MAX || offset_minutes > OFFSET_MAX)
        return error_set(error, KL_ERR_ARGUMENT, "offset_minutes must be between -%d and %d", OFFSET_MAX, OFFSET_MAX);
    return statement_day_totals(handle, vendor_id, from, until, offset_minutes, out, error);
}

kl_status kl_message_money(kl *handle, const kl_uuid *vendor_id, const kl_uuid *message_id, kl_transaction **paid,
                           kl_transaction **given_back, kl_error **error)
{
    CHECK(check_vendor(handle, vendor_id, error));
    CHECK(check_pointer(message_id, "message_id", error));
    kl_transaction *found[2] = {NULL, NULL};
    kl_status status = statement_message(handle->pool, vendor_id, message_id, &found[0], &found[1], error);
    if (!status && paid) {
        *paid = found[0];
        found[0] = NULL;
    }
    if (!status && given_back) {
        *given_back = found[1];
        found[1] = NULL;
    }
    kl_transaction_free(found[0]);
    kl_transaction_free(found[1]);
    return status;
}

kl_status kl_campaign_reconcile(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                kl_campaign_account *out, kl_error **error)
{
    CHECK(check_vendor(handle, vendor_id, error));
    CHECK(check_pointer(campaign_id, "campaign_id", error));
    return statement_reconcile(handle, vendor_id, campaign_id, out, error);
}

/* The public calls on recharges. */
#include "core/recharge.h"

#include <string.h>

#include "api/check.h"
#include "base/error.h"
#include "meta/razorpay.h"
#include "repo/recharge.h"

enum { FOLD_LIMIT = 10000, EVENT_ID_CHARACTERS = 255, ID_CHARACTERS = 64 };

static kl_status check_order_id(const kl *handle, const kl_uuid *vendor_id, const char *order_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(order_id, "order_id", error));
    if (strnlen(order_id, ID_CHARACTERS + 1) > ID_CHARACTERS)
        return error_set(error, KL_ERR_TOO_LONG, "order_id is longer than %d characters", ID_CHARACTERS);
    if (!razorpay_order_id_ok(order_id))
        return error_set(error, KL_ERR_FORMAT, "order_id is not \"order_\" with letters and digits");
    return KL_OK;
}

kl_status kl_order_create(kl *handle, const kl_uuid *vendor_id, const char *order_id, kl_money amount,
                          const char *currency, kl_order **out, kl_error **error)
{
    CHECK(check_order_id(handle, vendor_id, order_id, error));
    CHECK(check_amount(amount, error));
    if (amount % 100)
        return error_set(error, KL_ERR_ARGUMENT, "the amount is not whole paise");
    CHECK(check_pointer(currency, "currency", error));
    if (strcmp(currency, "INR") != 0)
        return error_set(error, KL_ERR_FORMAT, "the currency is not INR");
    return recharge_create_order(handle, vendor_id, order_id, amount, currency, out, error);
}

kl_status kl_order_get(kl *handle, const kl_uuid *vendor_id, const char *order_id, kl_order **out, kl_error **error)
{
    CHECK(check_order_id(handle, vendor_id, order_id, error));
    CHECK(check_pointer(out, "out", error));
    return recharge_get_order(handle->pool, vendor_id, order_id, out, error);
}

kl_status kl_razorpay_take(kl *handle, const char *signature, const char *event_id, const char *body, size_t length,
                           kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_text(event_id, EVENT_ID_CHARACTERS, "event_id", error));
    CHECK(check_pointer(body, "body", error));
    return recharge_take(handle, signature, event_id, body, length, error);
}

kl_status kl_razorpay_fold(kl *handle, int limit, kl_recharge_report *report, kl_error **error)
{
    kl_recharge_report done = {0};
    if (report)
        *report = done;
    CHECK(handle_check(handle, error));
    if (limit < 1 || limit > FOLD_LIMIT)
        return error_set(error, KL_ERR_ARGUMENT, "the limit must be 1 to %d", FOLD_LIMIT);
    kl_status status = recharge_fold(handle, limit, &done, error);
    if (report)
        *report = done;
    return status;
}

kl_status kl_payment_kept_list(kl *handle, int64_t after, int limit, kl_payment_kept_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    if (after < 0)
        return error_set(error, KL_ERR_ARGUMENT, "after is negative");
    return recharge_list_kept(handle->pool, after, limit, out, error);
}

kl_status kl_payment_retry(kl *handle, const char *payment_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_text(payment_id, ID_CHARACTERS, "payment_id", error));
    return recharge_retry(handle, payment_id, error);
}

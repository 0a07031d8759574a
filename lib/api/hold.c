/* The public calls on holds. */
#include "core/hold.h"

#include "api/check.h"
#include "base/error.h"

enum { TEXT_CHARACTERS = 255 };

static kl_status check_hold(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    return check_pointer(hold_id, "hold_id", error);
}

kl_status kl_hold_create(kl *handle, const kl_uuid *vendor_id, kl_money amount, const char *reference,
                         const char *idempotency_key, kl_time expires_at, kl_hold **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_amount(amount, error));
    CHECK(check_text(reference, TEXT_CHARACTERS, "reference", error));
    CHECK(check_optional_text(idempotency_key, TEXT_CHARACTERS, "idempotency_key", error));
    if (expires_at)
        CHECK(check_time(expires_at, "expires_at", error));
    hold_request request = {amount, reference, idempotency_key, expires_at};
    return hold_make(handle, vendor_id, &request, out, error);
}

kl_status kl_hold_capture(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_money amount,
                          const char *reference, const char *idempotency_key, int asynchronous, kl_transaction **out,
                          kl_error **error)
{
    CHECK(check_hold(handle, vendor_id, hold_id, error));
    CHECK(check_amount(amount, error));
    CHECK(check_text(reference, TEXT_CHARACTERS, "reference", error));
    CHECK(check_optional_text(idempotency_key, TEXT_CHARACTERS, "idempotency_key", error));
    hold_capture_request request = {hold_id, amount, reference, idempotency_key, asynchronous != 0};
    return hold_take(handle, vendor_id, &request, out, error);
}

kl_status kl_hold_release(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_money *released,
                          kl_error **error)
{
    CHECK(check_hold(handle, vendor_id, hold_id, error));
    return hold_free_rest(handle, vendor_id, hold_id, released, error);
}

kl_status kl_hold_expire(kl *handle, const kl_uuid *vendor_id, int limit, int *count, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_limit(limit, error));
    int released = 0;
    kl_status status = hold_expire(handle->pool, vendor_id, limit, &released, error);
    if (!status && count)
        *count = released;
    return status;
}

kl_status kl_hold_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_hold **out, kl_error **error)
{
    CHECK(check_hold(handle, vendor_id, hold_id, error));
    CHECK(check_pointer(out, "out", error));
    return hold_get(handle->pool, vendor_id, hold_id, out, error);
}

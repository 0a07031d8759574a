/* The public calls on batches. */
#include "core/batch.h"

#include "api/check.h"
#include "base/error.h"

static kl_status check_lease(int lease_ms, kl_error **error)
{
    if (lease_ms < 1000 || lease_ms > 3600000)
        return error_set(error, KL_ERR_ARGUMENT, "lease_ms must be between 1000 and 3600000");
    return KL_OK;
}

kl_status kl_batch_claim(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int lease_ms, kl_batch **out,
                         kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(campaign_id, "campaign_id", error));
    CHECK(check_lease(lease_ms, error));
    CHECK(check_pointer(out, "out", error));
    return batch_claim(handle, vendor_id, campaign_id, lease_ms, out, error);
}

kl_status kl_queue_claim(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, int limit, int lease_ms,
                         kl_batch **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(waba_account_id, "waba_account_id", error));
    if (limit < 1 || limit > 500)
        return error_set(error, KL_ERR_ARGUMENT, "limit must be between 1 and 500");
    CHECK(check_lease(lease_ms, error));
    CHECK(check_pointer(out, "out", error));
    return batch_claim_queue(handle, vendor_id, waba_account_id, limit, lease_ms, out, error);
}

kl_status kl_batch_start(kl *handle, kl_batch *batch, size_t index, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(batch, "batch", error));
    return batch_start(handle, batch, index, error);
}

kl_status kl_batch_renew(kl *handle, kl_batch *batch, int lease_ms, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(batch, "batch", error));
    CHECK(check_lease(lease_ms, error));
    return batch_renew(handle, batch, lease_ms, error);
}

kl_status kl_batch_complete(kl *handle, kl_batch *batch, const kl_send_result *results, size_t count, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(batch, "batch", error));
    CHECK(count ? check_pointer(results, "results", error) : KL_OK);
    return batch_complete(handle, batch, results, count, error);
}

kl_status kl_batch_release(kl *handle, kl_batch *batch, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(batch, "batch", error));
    return batch_release(handle, batch, error);
}

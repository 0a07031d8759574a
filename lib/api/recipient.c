/* The public calls on campaigns' recipients. */
#include "repo/recipient.h"

#include "api/check.h"
#include "base/error.h"

kl_status kl_recipient_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_recipient_state state,
                            const kl_uuid *after, int limit, kl_recipient_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(campaign_id, "campaign_id", error));
    if ((int)state < 0 || state > KL_RECIPIENT_CANCELLED)
        return error_set(error, KL_ERR_ARGUMENT, "state is none of the states");
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return recipient_list(handle->pool, vendor_id, campaign_id, state, after, limit, out, error);
}

kl_status kl_campaign_progress_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                   kl_campaign_progress *out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(campaign_id, "campaign_id", error));
    CHECK(check_pointer(out, "out", error));
    return recipient_progress(handle->pool, vendor_id, campaign_id, out, error);
}

/* The public call on what a campaign's messages failed of. */
#include "api/check.h"
#include "core/handle.h"
#include "repo/campaign_failure.h"

kl_status kl_campaign_failures(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                               kl_campaign_failure_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(campaign_id, "campaign_id", error));
    CHECK(check_pointer(out, "out", error));
    return campaign_failures(handle->pool, vendor_id, campaign_id, out, error);
}

/* The public calls on the life of campaigns. */
#include "core/campaign_life.h"

#include "api/check.h"
#include "base/error.h"

enum { REASON_CHARACTERS = 500, CODES_MAX = 1000 };

/* The arguments that every call has. */
static kl_status check_both(const kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    return check_pointer(campaign_id, "campaign_id", error);
}

kl_status kl_campaign_schedule(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_time at,
                               int leave_out_invalid, int64_t *recipients, kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    CHECK(check_time(at, "at", error));
    return campaign_schedule(handle, vendor_id, campaign_id, at, leave_out_invalid != 0, recipients, error);
}

kl_status kl_campaign_pause(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const char *reason,
                            kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    CHECK(check_optional_text(reason, REASON_CHARACTERS, "reason", error));
    return campaign_pause(handle, vendor_id, campaign_id, reason, error);
}

kl_status kl_campaign_resume(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    return campaign_resume(handle, vendor_id, campaign_id, NULL, error);
}

kl_status kl_campaign_cancel(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int64_t *cancelled,
                             kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    return campaign_cancel(handle, vendor_id, campaign_id, cancelled, error);
}

kl_status kl_campaign_retry_failed(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const int *codes,
                                   size_t count, int64_t *messages, kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    if (count > CODES_MAX)
        return error_set(error, KL_ERR_ARGUMENT, "at most %d codes", CODES_MAX);
    if (count)
        CHECK(check_pointer(codes, "codes", error));
    return campaign_retry_failed(handle, vendor_id, campaign_id, codes, count, messages, error);
}

kl_status kl_campaign_retry_class(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error_class error_class,
                                  int64_t *messages, kl_error **error)
{
    CHECK(check_both(handle, vendor_id, campaign_id, error));
    if ((int)error_class < KL_ERROR_RETRY || (int)error_class > KL_ERROR_UNKNOWN_OUTCOME)
        return error_set(error, KL_ERR_ARGUMENT, "error_class is not a class of errors");
    return campaign_retry_class(handle, vendor_id, campaign_id, error_class, messages, error);
}

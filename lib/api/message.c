/* The public calls on the message log. */
#include "repo/message.h"

#include "api/check.h"

/* Meta's ids are some sixty characters; none is known to be longer than this. */
enum { WAMID_CHARACTERS = 1024 };

kl_status kl_message_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *message_id, kl_message **out,
                         kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(message_id, "message_id", error));
    CHECK(check_pointer(out, "out", error));
    return message_get(handle->pool, vendor_id, message_id, out, error);
}

kl_status kl_message_find(kl *handle, const kl_uuid *vendor_id, const char *wa_message_id, kl_message **out,
                          kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_text(wa_message_id, WAMID_CHARACTERS, "wa_message_id", error));
    CHECK(check_pointer(out, "out", error));
    return message_find(handle->pool, vendor_id, wa_message_id, out, error);
}

kl_status kl_message_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const kl_uuid *after,
                          int limit, kl_message_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    if (!campaign_id)
        return message_list(handle->pool, vendor_id, after, limit, out, error);
    return message_list_of_campaign(handle->pool, vendor_id, campaign_id, after, limit, out, error);
}

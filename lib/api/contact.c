/* The public calls on contacts. */
#include "repo/contact.h"

#include <string.h>

#include "api/check.h"
#include "base/error.h"
#include "base/phone.h"
#include "meta/graph_request.h"

enum { MOBILE_CHARACTERS = 200 };

/* A number in any common spelling, normalised to `out`. */
static kl_status check_mobile(const char *mobile, const char *country, char out[KL_PHONE_TEXT], kl_error **error)
{
    if (country && !phone_country_known(country))
        return error_set(error, KL_ERR_ARGUMENT, "country is not an ISO 3166-1 alpha-2 code");
    /* An empty text is no number, like any other that is none. */
    if (!mobile || *mobile)
        CHECK(check_text(mobile, MOBILE_CHARACTERS, "mobile", error));
    kl_phone_reason reason = phone_normalize(mobile, strlen(mobile), country, out);
    return reason ? error_set(error, KL_ERR_FORMAT, "mobile: %s", kl_phone_reason_text(reason)) : KL_OK;
}

kl_status kl_contact_upsert(kl *handle, const kl_uuid *vendor_id, const char *mobile, const char *country,
                            const char *attributes, size_t attributes_length, kl_contact **out, kl_error **error)
{
    char digits[KL_PHONE_TEXT];
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_mobile(mobile, country, digits, error));
    CHECK(check_object(attributes, attributes_length, true, "attributes", error));
    return contact_upsert(handle->pool, vendor_id, digits, attributes, attributes_length, out, error);
}

kl_status kl_contact_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_contact **out,
                         kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(contact_id, "contact_id", error));
    CHECK(check_pointer(out, "out", error));
    return contact_get(handle->pool, vendor_id, contact_id, out, error);
}

kl_status kl_contact_find(kl *handle, const kl_uuid *vendor_id, const char *mobile, const char *country,
                          kl_contact **out, kl_error **error)
{
    char digits[KL_PHONE_TEXT];
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(out, "out", error));
    CHECK(check_mobile(mobile, country, digits, error));
    return contact_find(handle->pool, vendor_id, digits, out, error);
}

kl_status kl_contact_find_user(kl *handle, const kl_uuid *vendor_id, const char *bsuid, kl_contact **out,
                               kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(bsuid, "bsuid", error));
    CHECK(check_pointer(out, "out", error));
    if (!graph_is_user_id(bsuid))
        return error_set(error, KL_ERR_FORMAT, "bsuid is no business-scoped user id");
    return contact_find_user(handle->pool, vendor_id, bsuid, out, error);
}

kl_status kl_contact_block(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(contact_id, "contact_id", error));
    return contact_block(handle->pool, vendor_id, contact_id, true, error);
}

kl_status kl_contact_unblock(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(contact_id, "contact_id", error));
    return contact_block(handle->pool, vendor_id, contact_id, false, error);
}

kl_status kl_contact_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_contact_page **out,
                          kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return contact_list(handle->pool, vendor_id, after, limit, out, error);
}

kl_status kl_contact_patch_attributes(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id,
                                      const char *patch, size_t patch_length, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(contact_id, "contact_id", error));
    CHECK(check_object(patch, patch_length, false, "patch", error));
    return contact_patch_attributes(handle->pool, vendor_id, contact_id, patch, patch_length, error);
}

kl_status kl_contact_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(contact_id, "contact_id", error));
    return contact_delete(handle->pool, vendor_id, contact_id, error);
}

kl_status kl_contact_count(kl *handle, const kl_uuid *vendor_id, int64_t *out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(out, "out", error));
    return contact_count(handle->pool, vendor_id, out, error);
}

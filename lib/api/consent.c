/* The public calls on consent. */
#include "repo/consent.h"

#include "api/check.h"

enum { NOTE_CHARACTERS = 500 };

static kl_status say(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_consent_kind kind,
                     const char *note, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(contact_id, "contact_id", error));
    CHECK(check_optional_text(note, NOTE_CHARACTERS, "note", error));
    return consent_say(handle->pool, vendor_id, contact_id, kind, note, error);
}

kl_status kl_contact_opt_out(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, const char *note,
                             kl_error **error)
{
    return say(handle, vendor_id, contact_id, KL_OPT_OUT, note, error);
}

kl_status kl_contact_opt_in(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, const char *note,
                            kl_error **error)
{
    return say(handle, vendor_id, contact_id, KL_OPT_IN, note, error);
}

kl_status kl_consent_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, const kl_uuid *after, int limit,
                          kl_consent_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return consent_list(handle->pool, vendor_id, contact_id, after, limit, out, error);
}

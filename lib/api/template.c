/* The public calls on templates. */
#include "core/template.h"

#include "api/check.h"

enum { NAME_CHARACTERS = 512, LANGUAGE_CHARACTERS = 16 };

static kl_status check_key(const kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const char *what,
                           kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    return check_pointer(id, what, error);
}

kl_status kl_template_upsert(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *json,
                             size_t length, kl_template **out, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, waba_account_id, "waba_account_id", error));
    CHECK(check_pointer(json, "json", error));
    return template_store(handle, vendor_id, waba_account_id, json, length, out, error);
}

kl_status kl_template_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *template_id, kl_template **out,
                          kl_error **error)
{
    CHECK(check_key(handle, vendor_id, template_id, "template_id", error));
    CHECK(check_pointer(out, "out", error));
    return template_get(handle->pool, vendor_id, template_id, out, error);
}

kl_status kl_template_find(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *name,
                           const char *language, kl_template **out, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, waba_account_id, "waba_account_id", error));
    CHECK(check_text(name, NAME_CHARACTERS, "name", error));
    CHECK(check_text(language, LANGUAGE_CHARACTERS, "language", error));
    CHECK(check_pointer(out, "out", error));
    return template_find(handle->pool, vendor_id, waba_account_id, name, language, out, error);
}

kl_status kl_template_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_template_page **out,
                           kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return template_list(handle->pool, vendor_id, after, limit, out, error);
}

kl_status kl_template_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *template_id, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, template_id, "template_id", error));
    return template_delete(handle->pool, vendor_id, template_id, error);
}

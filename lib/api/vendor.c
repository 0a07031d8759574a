/* The public calls on vendors. */
#include "repo/vendor.h"

#include "api/check.h"
#include "base/error.h"

enum { NAME_CHARACTERS = 200 };

static kl_status check_plan(kl_plan_type plan_type, kl_error **error)
{
    return vendor_plan_label(plan_type) ? KL_OK : error_set(error, KL_ERR_ARGUMENT, "no such plan type");
}

kl_status kl_vendor_create(kl *handle, const char *name, kl_plan_type plan_type, const char *settings,
                           size_t settings_length, kl_vendor **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_text(name, NAME_CHARACTERS, "name", error));
    CHECK(check_plan(plan_type, error));
    CHECK(check_object(settings, settings_length, true, "settings", error));
    return vendor_insert(handle->pool, name, plan_type, settings, settings_length, out, error);
}

kl_status kl_vendor_get(kl *handle, const kl_uuid *vendor_id, kl_vendor **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(out, "out", error));
    return vendor_get(handle->pool, vendor_id, out, error);
}

kl_status kl_vendor_list(kl *handle, const kl_uuid *after, int limit, kl_vendor_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return vendor_list(handle->pool, after, limit, out, error);
}

kl_status kl_vendor_rename(kl *handle, const kl_uuid *vendor_id, const char *name, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_text(name, NAME_CHARACTERS, "name", error));
    return vendor_rename(handle->pool, vendor_id, name, error);
}

kl_status kl_vendor_set_plan(kl *handle, const kl_uuid *vendor_id, kl_plan_type plan_type, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_plan(plan_type, error));
    return vendor_set_plan(handle->pool, vendor_id, plan_type, error);
}

kl_status kl_vendor_patch_settings(kl *handle, const kl_uuid *vendor_id, const char *patch, size_t patch_length,
                                   kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_object(patch, patch_length, false, "patch", error));
    return vendor_patch_settings(handle->pool, vendor_id, patch, patch_length, error);
}

kl_status kl_vendor_delete(kl *handle, const kl_uuid *vendor_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    return vendor_delete(handle->pool, vendor_id, error);
}

/* The public calls on users. */
#include "core/user.h"

#include "api/check.h"
#include "base/error.h"
#include "core/authenticate.h"
#include "repo/user.h"

static kl_status check_role(kl_user_role role, kl_error **error)
{
    return user_role_label(role) ? KL_OK : error_set(error, KL_ERR_ARGUMENT, "no such role");
}

static kl_status check_key(const kl *handle, const kl_uuid *vendor_id, const kl_uuid *user_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    return check_pointer(user_id, "user_id", error);
}

kl_status kl_user_create(kl *handle, const kl_uuid *vendor_id, const char *email, const char *password,
                         size_t password_length, kl_user_role role, kl_user **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(email, "email", error));
    CHECK(check_pointer(password, "password", error));
    CHECK(check_role(role, error));
    return user_create(handle, vendor_id, email, password, password_length, role, out, error);
}

kl_status kl_user_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *user_id, kl_user **out, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, user_id, error));
    CHECK(check_pointer(out, "out", error));
    return user_get(handle->pool, vendor_id, user_id, out, error);
}

kl_status kl_user_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_user_page **out,
                       kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return user_list(handle->pool, vendor_id, after, limit, out, error);
}

kl_status kl_user_set_role(kl *handle, const kl_uuid *vendor_id, const kl_uuid *user_id, kl_user_role role,
                           kl_error **error)
{
    CHECK(check_key(handle, vendor_id, user_id, error));
    CHECK(check_role(role, error));
    return user_update_role(handle->pool, vendor_id, user_id, role, error);
}

kl_status kl_user_set_password(kl *handle, const kl_uuid *vendor_id, const kl_uuid *user_id, const char *password,
                               size_t password_length, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, user_id, error));
    CHECK(check_pointer(password, "password", error));
    return user_set_password(handle, vendor_id, user_id, password, password_length, error);
}

kl_status kl_user_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *user_id, kl_error **error)
{
    CHECK(check_key(handle, vendor_id, user_id, error));
    return user_delete(handle->pool, vendor_id, user_id, error);
}

kl_status kl_user_authenticate(kl *handle, const char *email, const char *password, size_t password_length,
                               kl_user **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(email, "email", error));
    CHECK(check_pointer(password, "password", error));
    CHECK(check_pointer(out, "out", error));
    return authenticate(handle, email, password, password_length, out, error);
}

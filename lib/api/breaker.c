/* The public calls on circuit breakers. */
#include "core/breaker.h"

#include "api/check.h"

kl_status kl_breaker_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_breaker_page **out,
                          kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return breaker_page_of(handle, vendor_id, after, limit, out, error);
}

kl_status kl_breaker_list_shared(kl *handle, const kl_uuid *after, int limit, kl_breaker_page **out, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_limit(limit, error));
    CHECK(check_pointer(out, "out", error));
    return breaker_page_shared(handle, after, limit, out, error);
}

kl_status kl_breaker_resume(kl *handle, const kl_uuid *vendor_id, const kl_uuid *breaker_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(breaker_id, "breaker_id", error));
    return breaker_resume(handle, vendor_id, breaker_id, error);
}

kl_status kl_breaker_resume_shared(kl *handle, const kl_uuid *breaker_id, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(breaker_id, "breaker_id", error));
    return breaker_resume_shared(handle, breaker_id, error);
}

/* The public calls on conversation windows. */
#include <kloyst/window.h>

#include "api/check.h"
#include "core/window.h"

enum { TO_CHARACTERS = 256 };

kl_status kl_window_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *to,
                        const char *country, kl_time *open_until, kl_error **error)
{
    CHECK(handle_check(handle, error));
    CHECK(check_pointer(vendor_id, "vendor_id", error));
    CHECK(check_pointer(waba_account_id, "waba_account_id", error));
    CHECK(check_text(to, TO_CHARACTERS, "to", error));
    CHECK(check_pointer(open_until, "open_until", error));
    return window_until(handle, vendor_id, waba_account_id, to, country, open_until, error);
}

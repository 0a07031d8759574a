/* Conversation windows, as those who write to users ask for them. */
#include "core/window.h"

#include "core/addressee.h"

kl_status window_until(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *to,
                       const char *country, kl_time *open_until, kl_error **error)
{
    char recipient[ADDRESSEE_TEXT];
    kl_status status = addressee_parse(to, country, recipient, error);
    return status ? status : window_get(handle->pool, vendor_id, waba_account_id, recipient, open_until, error);
}

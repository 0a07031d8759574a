/* Conversation windows: opened by messages from users, asked for by those who write to them. */
#include "core/window.h"

#include "core/addressee.h"

kl_status window_open(kl *handle, const kl_uuid *vendor_id, const window_opening *openings, size_t count, kl_error **error)
{
    return window_insert(handle->pool, vendor_id, openings, count, error);
}

kl_status window_until(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *to,
                       const char *country, kl_time *open_until, kl_error **error)
{
    char recipient[ADDRESSEE_TEXT];
    kl_status status = addressee_parse(to, country, recipient, error);
    return status ? status : window_get(handle->pool, vendor_id, waba_account_id, recipient, open_until, error);
}

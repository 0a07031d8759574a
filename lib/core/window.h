/* Conversation windows, as those who write to users ask for them. */
#ifndef KLOYST_CORE_WINDOW_H
#define KLOYST_CORE_WINDOW_H

#include "core/handle.h"
#include "repo/window.h"

/* `to` as in kl_window_get(). */
kl_status window_until(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *to,
                       const char *country, kl_time *open_until, kl_error **error);

#endif

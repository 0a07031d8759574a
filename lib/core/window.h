/* Conversation windows: opened by messages from users, asked for by those who write to them. */
#ifndef KLOYST_CORE_WINDOW_H
#define KLOYST_CORE_WINDOW_H

#include "core/handle.h"
#include "repo/window.h"

/* Opens windows in a transaction of their own. Folding webhooks binds sql_window_open into its own instead. */
kl_status window_open(kl *handle, const kl_uuid *vendor_id, const window_opening *openings, size_t count, kl_error **error);

/* `to` as in kl_window_get(). */
kl_status window_until(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *to,
                       const char *country, kl_time *open_until, kl_error **error);

#endif

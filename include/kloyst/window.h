/* Conversation windows: for 24 hours after a user's message to a number, that number may write to the user freely, with text,
 * media and interactive messages; at any other time only templates go out.
 *
 * Windows are opened by the messages that kl_webhook_fold() finds. Source: Meta, customer service windows.
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_WINDOW_H
#define KLOYST_WINDOW_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Until when the account's number may write freely to a user: *open_until is a moment in the past when the window has closed, and
 * 0 when the user never wrote. `to`: the user's number in any common spelling or as E.164 digits, or Meta's
 * business-scoped user id; `country`: the default country of national spellings, or NULL.
 * KL_ERR_NOT_FOUND: no such account; KL_ERR_FORMAT: neither a number nor a user id. Since 0.1. */
KL_API kl_status kl_window_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *to,
                               const char *country, kl_time *open_until, kl_error **error);

#ifdef __cplusplus
}
#endif

#endif

/* WhatsApp Business accounts of a vendor: Meta's ids and the encrypted token to send with.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_WABA_H
#define KLOYST_WABA_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kl_waba kl_waba;           /* one account as it was read; immutable; without the token */
typedef struct kl_waba_page kl_waba_page; /* accounts in order of id */

/* Creates an account. `waba_id` and `phone_number_id`: Meta's ids, 1 … 32 digits. `token`: the system user token,
 * 1 … 8192 bytes; it is sealed with the master key (XChaCha20-Poly1305) and bound to this vendor and row.
 * *out may be NULL. KL_ERR_NOT_FOUND: no such vendor; KL_ERR_EXISTS: the vendor has this phone number already;
 * KL_ERR_FORMAT: an id is not digits, or the token holds anything but visible ASCII characters; KL_ERR_KEY: the handle
 * has no master key; KL_ERR_TOO_LONG. Since 0.1. */
KL_API kl_status kl_waba_create(kl *handle, const kl_uuid *vendor_id, const char *waba_id, const char *phone_number_id,
                                const char *token, size_t token_length, kl_waba **out, kl_error **error);

/* Reads one account. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_waba_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, kl_waba **out,
                             kl_error **error);

/* Up to `limit` (1 … 1000) accounts after `after` (NULL: from the first). Since 0.1. */
KL_API kl_status kl_waba_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_waba_page **out,
                              kl_error **error);

/* Replaces the token. Breakers of the vendor that a bad token or a missing permission opened for the account's WABA are closed:
 * what waited behind them goes on, and if Meta still refuses they open again. KL_ERR_NOT_FOUND, KL_ERR_FORMAT, KL_ERR_KEY, KL_ERR_TOO_LONG. Since 0.1. */
KL_API kl_status kl_waba_set_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *token,
                                   size_t token_length, kl_error **error);

/* Sets the number's throughput: `messages_per_second` 1 … 1000, 80 when created.
 * Source: Meta, Cloud API throughput. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_waba_set_rate(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id,
                                  int messages_per_second, kl_error **error);

/* Says to which business portfolio the account's number belongs, and to how many users its numbers together may write in any
 * 24 hours outside of open windows: `user_limit` (Meta: 250, 2000, 10000, 100000); 0: to any number. Workers keep that limit together: users
 * beyond it wait until there is room. Users are counted from when a limit is set.
 * `portfolio_id`: 1 … 32 digits. Source: Meta, messaging limits. KL_ERR_NOT_FOUND; KL_ERR_FORMAT, KL_ERR_TOO_LONG: not such digits;
 * KL_ERR_ARGUMENT: a negative limit. Thread-safe. Since 0.1. */
KL_API kl_status kl_waba_set_portfolio(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id,
                                       const char *portfolio_id, int user_limit, kl_error **error);

/* Opens the token for a program with an HTTP stack of its own. *token is NUL-terminated and *token_length bytes;
 * the caller releases it with kl_secret_free(). KL_ERR_NOT_FOUND; KL_ERR_KEY: no or another master key;
 * KL_ERR_CORRUPT: the stored bytes were changed or moved. Since 0.1. */
KL_API kl_status kl_waba_token(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, char **token,
                               size_t *token_length, kl_error **error);

/* Seals the tokens of the vendor's accounts with the first of the handle's master keys, where another of them sealed them: after
 * that for every vendor an old key can be given up as far as tokens go. What a token is does not change, and one that is replaced
 * meanwhile stays the new one. *resealed (may be NULL) is how many accounts there were. Again does nothing.
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_KEY: no master key, or a token was sealed with one that the handle does not have;
 * KL_ERR_CORRUPT: stored bytes were changed or moved. Accounts before that one are done. Since 0.1. */
KL_API kl_status kl_waba_reseal(kl *handle, const kl_uuid *vendor_id, int64_t *resealed, kl_error **error);

/* Removes an account. KL_ERR_NOT_FOUND; KL_ERR_IN_USE: a campaign uses it. Since 0.1. */
KL_API kl_status kl_waba_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, kl_error **error);

KL_API kl_uuid kl_waba_id(const kl_waba *waba); /* the account's own id; Meta's is kl_waba_meta_id() */
KL_API kl_uuid kl_waba_vendor_id(const kl_waba *waba);
KL_API const char *kl_waba_meta_id(const kl_waba *waba);
KL_API const char *kl_waba_phone_number_id(const kl_waba *waba);
KL_API int kl_waba_messages_per_second(const kl_waba *waba);
KL_API kl_time kl_waba_created_at(const kl_waba *waba);
KL_API kl_time kl_waba_updated_at(const kl_waba *waba);
KL_API void kl_waba_free(kl_waba *waba);

KL_API size_t kl_waba_page_count(const kl_waba_page *page);
KL_API const kl_waba *kl_waba_page_at(const kl_waba_page *page, size_t index);
KL_API void kl_waba_page_free(kl_waba_page *page);

#ifdef __cplusplus
}
#endif

#endif

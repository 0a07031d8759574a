/* Vendors: the tenants. Each has one wallet, made with it.
 *
 * All calls: KL_ERR_ARGUMENT for a NULL where none is allowed; KL_ERR_CLOSED and KL_ERR_FORKED of the handle;
 * KL_ERR_CONNECT, KL_ERR_CONNECTION_LOST, KL_ERR_UNKNOWN_OUTCOME (writing calls only), KL_ERR_TIMEOUT,
 * KL_ERR_SERIALIZATION, KL_ERR_DATABASE and KL_ERR_MEMORY of the database. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_VENDOR_H
#define KLOYST_VENDOR_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* SHARED: sends through the platform's number and pays from the prepaid wallet.
 * DEDICATED: sends with its own token and pays Meta itself. */
typedef enum kl_plan_type { KL_PLAN_SHARED = 1, KL_PLAN_DEDICATED = 2 } kl_plan_type;

typedef struct kl_vendor kl_vendor;           /* one vendor as it was read; immutable */
typedef struct kl_vendor_page kl_vendor_page; /* vendors in order of id */

/* Creates a vendor and its empty wallet. `name`: 1 … 200 characters of UTF-8. `settings`: a JSON object of
 * `settings_length` bytes (at most 64 KiB, depth 32), or NULL for {}. *out (owned by the caller) may be NULL.
 * KL_ERR_TOO_LONG, KL_ERR_ENCODING: name; KL_ERR_JSON: settings. Since 0.1. */
KL_API kl_status kl_vendor_create(kl *handle, const char *name, kl_plan_type plan_type, const char *settings,
                                  size_t settings_length, kl_vendor **out, kl_error **error);

/* Reads one vendor. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_vendor_get(kl *handle, const kl_uuid *vendor_id, kl_vendor **out, kl_error **error);

/* Up to `limit` (1 … 1000) vendors with ids after `after` (NULL: from the first). An empty page is the end. Since 0.1. */
KL_API kl_status kl_vendor_list(kl *handle, const kl_uuid *after, int limit, kl_vendor_page **out, kl_error **error);

/* Gives a vendor another `name`, 1 … 200 characters. KL_ERR_NOT_FOUND, KL_ERR_TOO_LONG, KL_ERR_ENCODING. Since 0.1. */
KL_API kl_status kl_vendor_rename(kl *handle, const kl_uuid *vendor_id, const char *name, kl_error **error);

/* Moves a vendor to another plan. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_vendor_set_plan(kl *handle, const kl_uuid *vendor_id, kl_plan_type plan_type, kl_error **error);

/* Applies a merge patch (RFC 7396) to the settings: members replace, null removes, objects merge.
 * KL_ERR_NOT_FOUND, KL_ERR_JSON, KL_ERR_TOO_LONG. Since 0.1. */
KL_API kl_status kl_vendor_patch_settings(kl *handle, const kl_uuid *vendor_id, const char *patch, size_t patch_length,
                                          kl_error **error);

/* Removes a vendor that has nothing left but an unused wallet. KL_ERR_NOT_FOUND; KL_ERR_IN_USE: it has users,
 * contacts, accounts, campaigns, messages or ledger rows (which are never removed). Since 0.1. */
KL_API kl_status kl_vendor_delete(kl *handle, const kl_uuid *vendor_id, kl_error **error);

KL_API kl_uuid kl_vendor_id(const kl_vendor *vendor);
KL_API const char *kl_vendor_name(const kl_vendor *vendor);
KL_API kl_plan_type kl_vendor_plan_type(const kl_vendor *vendor);
KL_API const char *kl_vendor_settings(const kl_vendor *vendor); /* JSON object, NUL-terminated */
KL_API kl_time kl_vendor_created_at(const kl_vendor *vendor);
KL_API kl_time kl_vendor_updated_at(const kl_vendor *vendor);
KL_API void kl_vendor_free(kl_vendor *vendor);

KL_API size_t kl_vendor_page_count(const kl_vendor_page *page);
KL_API const kl_vendor *kl_vendor_page_at(const kl_vendor_page *page, size_t index); /* NULL out of range */
KL_API void kl_vendor_page_free(kl_vendor_page *page);

#ifdef __cplusplus
}
#endif

#endif

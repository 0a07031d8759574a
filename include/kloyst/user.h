/* Users of a vendor, and logging in. Passwords are kept as argon2id hashes.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_USER_H
#define KLOYST_USER_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_user_role { KL_ROLE_ADMIN = 1, KL_ROLE_STAFF = 2 } kl_user_role;

typedef struct kl_user kl_user;           /* one user as it was read; immutable; without the password hash */
typedef struct kl_user_page kl_user_page; /* users in order of id */

/* Creates a user. `email`: unique over all vendors, at most 254 bytes, one '@', kept in lower case.
 * `password`: 8 … 1024 bytes. *out may be NULL. KL_ERR_FORMAT: no e-mail address; KL_ERR_EXISTS: the address is taken;
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_FORMAT: the password is shorter than 8 bytes; KL_ERR_TOO_LONG;
 * KL_ERR_ENCODING: the address is not UTF-8. Since 0.1. */
KL_API kl_status kl_user_create(kl *handle, const kl_uuid *vendor_id, const char *email, const char *password,
                                size_t password_length, kl_user_role role, kl_user **out, kl_error **error);

/* Reads one user. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_user_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *user_id, kl_user **out, kl_error **error);

/* Up to `limit` (1 … 1000) users after `after` (NULL: from the first). Since 0.1. */
KL_API kl_status kl_user_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_user_page **out,
                              kl_error **error);

/* Gives a user another `role`. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_user_set_role(kl *handle, const kl_uuid *vendor_id, const kl_uuid *user_id, kl_user_role role,
                                  kl_error **error);

/* Replaces the password: `password` of 8 … 1024 bytes. KL_ERR_NOT_FOUND, KL_ERR_FORMAT, KL_ERR_TOO_LONG. Since 0.1. */
KL_API kl_status kl_user_set_password(kl *handle, const kl_uuid *vendor_id, const kl_uuid *user_id, const char *password,
                                      size_t password_length, kl_error **error);

/* Removes a user. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_user_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *user_id, kl_error **error);

/* Checks the login of `email` over all vendors. An unknown address, a wrong password and a malformed address give the same
 * KL_ERR_CREDENTIALS after the same work. A hash with outdated parameters is renewed. Blocks for about
 * 0.1 s of CPU and 64 MiB; at most two run at once in a process. Since 0.1. */
KL_API kl_status kl_user_authenticate(kl *handle, const char *email, const char *password, size_t password_length,
                                      kl_user **out, kl_error **error);

KL_API kl_uuid kl_user_id(const kl_user *user);
KL_API kl_uuid kl_user_vendor_id(const kl_user *user);
KL_API const char *kl_user_email(const kl_user *user);
KL_API kl_user_role kl_user_role_of(const kl_user *user);
KL_API kl_time kl_user_created_at(const kl_user *user);
KL_API kl_time kl_user_updated_at(const kl_user *user);
KL_API void kl_user_free(kl_user *user);

KL_API size_t kl_user_page_count(const kl_user_page *page);
KL_API const kl_user *kl_user_page_at(const kl_user_page *page, size_t index);
KL_API void kl_user_page_free(kl_user_page *page);

#ifdef __cplusplus
}
#endif

#endif

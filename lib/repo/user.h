/* Repository of users and of the login directory, the one table that looks for an address across vendors. */
#ifndef KLOYST_REPO_USER_H
#define KLOYST_REPO_USER_H

#include <kloyst/user.h>

#include "pg/pool.h"

/* Label of the enum kloyst.user_role; NULL for no such role. */
const char *user_role_label(kl_user_role role);

/* Arguments are checked by the caller, addresses are in lower case; statuses are those of the public calls. */
kl_status user_insert(pg_pool *pool, const kl_uuid *vendor_id, const char *email, const char *password_hash,
                      kl_user_role role, kl_user **out, kl_error **error);
kl_status user_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_user **out, kl_error **error);
kl_status user_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_user_page **out,
                    kl_error **error);
kl_status user_update_role(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_user_role role,
                           kl_error **error);
kl_status user_update_hash(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *password_hash,
                           kl_error **error);
kl_status user_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error);

/* *found: whether the directory has the address, and then whose it is; otherwise the ids are left alone. */
kl_status user_find_login(pg_pool *pool, const char *email, kl_uuid *vendor_id, kl_uuid *id, bool *found,
                          kl_error **error);

/* The user and its hash (malloc'ed); both NULL with KL_OK when there is no such user. */
kl_status user_get_with_hash(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_user **out, char **hash,
                             kl_error **error);

/* Replaces the hash if it is still `old`; that it is another one by now is no failure. */
kl_status user_renew_hash(pg_pool *pool, const kl_user *user, const char *old, const char *renewed, kl_error **error);

#endif

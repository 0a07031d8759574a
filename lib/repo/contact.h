/* Repository of contacts. */
#ifndef KLOYST_REPO_CONTACT_H
#define KLOYST_REPO_CONTACT_H

#include <kloyst/contact.h>

#include "pg/pool.h"

/* Arguments are checked by the caller, `mobile` is normalised; statuses are those of the public calls. */
kl_status contact_upsert(pg_pool *pool, const kl_uuid *vendor_id, const char *mobile, const char *attributes,
                         size_t length, kl_contact **out, kl_error **error);
kl_status contact_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_contact **out, kl_error **error);
kl_status contact_find(pg_pool *pool, const kl_uuid *vendor_id, const char *mobile, kl_contact **out, kl_error **error);
kl_status contact_find_user(pg_pool *pool, const kl_uuid *vendor_id, const char *user_id, kl_contact **out,
                            kl_error **error);
kl_status contact_block(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool blocked, kl_error **error);
kl_status contact_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_contact_page **out,
                       kl_error **error);
kl_status contact_patch_attributes(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *patch,
                                   size_t length, kl_error **error);
kl_status contact_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error);
kl_status contact_count(pg_pool *pool, const kl_uuid *vendor_id, int64_t *out, kl_error **error);

#endif

/* Repository of vendors. */
#ifndef KLOYST_REPO_VENDOR_H
#define KLOYST_REPO_VENDOR_H

#include <kloyst/vendor.h>

#include "pg/pool.h"

/* Label of the enum kloyst.plan_type; NULL for no such plan. */
const char *vendor_plan_label(kl_plan_type plan_type);

/* Arguments are checked by the caller; statuses are those of the public calls. */
kl_status vendor_insert(pg_pool *pool, const char *name, kl_plan_type plan_type, const char *settings, size_t length,
                        kl_vendor **out, kl_error **error);
kl_status vendor_get(pg_pool *pool, const kl_uuid *id, kl_vendor **out, kl_error **error);
kl_status vendor_list(pg_pool *pool, const kl_uuid *after, int limit, kl_vendor_page **out, kl_error **error);
kl_status vendor_rename(pg_pool *pool, const kl_uuid *id, const char *name, kl_error **error);
kl_status vendor_set_plan(pg_pool *pool, const kl_uuid *id, kl_plan_type plan_type, kl_error **error);
kl_status vendor_patch_settings(pg_pool *pool, const kl_uuid *id, const char *patch, size_t length, kl_error **error);
kl_status vendor_delete(pg_pool *pool, const kl_uuid *id, kl_error **error);

#endif

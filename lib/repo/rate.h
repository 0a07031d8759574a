/* Repository of the rate cards: the platform's and the vendors'. */
#ifndef KLOYST_REPO_RATE_H
#define KLOYST_REPO_RATE_H

#include <kloyst/rate.h>

#include "pg/pool.h"

/* Label of the enum kloyst.template_category, NULL for no such category; and back, 0 for no such label. */
const char *rate_category_label(kl_template_category category);
kl_template_category rate_category_from(const char *label);

/* `vendor_id` NULL: the platform's card. `prefix`: digits or "". */
kl_status rate_insert(pg_pool *pool, const kl_uuid *vendor_id, kl_template_category category, const char *prefix,
                      kl_time effective_from, kl_money price, kl_error **error);
kl_status rate_list(pg_pool *pool, const kl_uuid *vendor_id, kl_template_category category, const kl_rate *after,
                    int limit, kl_rate_page **out, kl_error **error);

/* KL_ERR_NOT_FOUND, KL_ERR_NO_RATE. `recipient`: digits or user id. */
kl_status rate_find_price(pg_pool *pool, const kl_uuid *vendor_id, kl_template_category category, const char *recipient,
                          kl_time at, kl_money *price, kl_error **error);

#endif

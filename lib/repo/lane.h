/* Repository of lanes: the campaigns that have open batches, and the accounts that have single messages, of all vendors. */
#ifndef KLOYST_REPO_LANE_H
#define KLOYST_REPO_LANE_H

#include "pg/pool.h"

typedef struct lane_row {
    kl_uuid vendor_id;
    kl_uuid waba_account_id;
    kl_uuid campaign_id;         /* nil: single and deferred messages */
    const char *phone_number_id; /* lives as long as the rows */
    int weight;
} lane_row;

/* Up to `limit` lanes whose work is due, by their three ids; after those of `after` unless that is NULL; of one vendor
 * unless `vendor_id` is NULL. *rows is the caller's to free. */
kl_status lane_list(pg_pool *pool, const kl_uuid *vendor_id, const lane_row *after, int limit, pg_rows **rows,
                    kl_error **error);

/* Row `index` of what lane_list answered. */
lane_row lane_at(const pg_rows *rows, int index);

/* Whether a lane has work within `ms`, or since `since_ms` ago. */
kl_status lane_soon(pg_pool *pool, const kl_uuid *vendor_id, int ms, int since_ms, bool *soon, kl_error **error);

/* Nothing of the lane is claimed by anybody for so long. */
kl_status lane_rest(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const kl_uuid *campaign_id,
                    int ms, kl_error **error);

#endif

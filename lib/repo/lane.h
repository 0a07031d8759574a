/* Repository of lanes: the campaigns that have open batches, of all vendors. */
#ifndef KLOYST_REPO_LANE_H
#define KLOYST_REPO_LANE_H

#include "pg/pool.h"

typedef struct lane_row {
    kl_uuid vendor_id;
    kl_uuid campaign_id;
    kl_uuid waba_account_id;
    const char *phone_number_id; /* lives as long as the rows */
} lane_row;

/* Up to `limit` lanes, the oldest first; of one vendor unless `vendor_id` is NULL. *rows is the caller's to free. */
kl_status lane_list(pg_pool *pool, const kl_uuid *vendor_id, int limit, pg_rows **rows, kl_error **error);

/* Row `index` of what lane_list answered. */
lane_row lane_at(const pg_rows *rows, int index);

#endif

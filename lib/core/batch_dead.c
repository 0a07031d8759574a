/* Batches whose worker died while their campaign was paused. */
#include "core/batch_dead.h"

#include "repo/batch.h"

static kl_status recover_campaign(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_time at, int64_t *recovered,
                                  kl_error **error)
{
    batch_key key = {.vendor_id = *vendor_id, .campaign_id = *campaign_id, .no = -1};
    for (bool found = true; found;) {
        kl_status status = batch_recover_dead(handle->pool, &key, at, &found, error);
        if (status)
            return status;
        *recovered += found;
    }
    return batch_dead_next(handle->pool, vendor_id, campaign_id, at, error);
}

kl_status batch_recover_paused(kl *handle, int campaigns, int64_t *recovered, kl_error **error)
{
    pg_rows *due = NULL;
    *recovered = 0;
    kl_status status = batch_dead_due(handle->pool, campaigns, &due, error);
    for (int i = 0; !handle_trouble_of_all(status) && i < pg_rows_count(due); i++) {
        kl_uuid vendor_id = pg_uuid(due, i, 0), campaign_id = pg_uuid(due, i, 1);
        kl_status one = recover_campaign(handle, &vendor_id, &campaign_id, pg_time(due, i, 2), recovered, error);
        status = status ? status : one;
    }
    pg_rows_free(due);
    return status;
}

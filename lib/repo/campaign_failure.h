/* Repository of what a campaign's messages failed of. */
#ifndef KLOYST_REPO_CAMPAIGN_FAILURE_H
#define KLOYST_REPO_CAMPAIGN_FAILURE_H

#include <kloyst/campaign.h>

#include "pg/pool.h"

/* Statuses are those of kl_campaign_failures. */
kl_status campaign_failures(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                            kl_campaign_failure_page **out, kl_error **error);

#endif

/* Repository of campaigns: the series of message ids that enqueueing and retrying write. */
#ifndef KLOYST_REPO_CAMPAIGN_SERIES_H
#define KLOYST_REPO_CAMPAIGN_SERIES_H

#include "repo/campaign.h"

/* Two parameters: the first 24 characters of an id, and the number of its 12 last digits. */
void campaign_bind_series(pg_parameters *p, const campaign_series *series);

/* The parameters of enqueue_batches.sql. */
void campaign_bind_batches(pg_parameters *p, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_draft *draft,
                           const campaign_series *series, const kl_uuid *hold_id, bool halted);

/* How many messages were written from series->from on, and what they cost. */
kl_status campaign_series_total(pg_connection *c, const kl_uuid *vendor_id, const campaign_draft *draft,
                                campaign_series *series, kl_error **error);

#endif

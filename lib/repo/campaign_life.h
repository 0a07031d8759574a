/* Repository of campaigns: schedule, pause, resume, cancel, retry. */
#ifndef KLOYST_REPO_CAMPAIGN_LIFE_H
#define KLOYST_REPO_CAMPAIGN_LIFE_H

#include "repo/campaign.h"
#include "repo/code_ranges.h"

/* What a change of a campaign's state found and did. */
typedef struct campaign_change {
    kl_campaign_status found;
    bool done;
    int64_t messages; /* of a cancellation: that will not be sent; of a new time: the campaign's */
    bool in_time;     /* of a new time: it is in the future */
    bool rests;       /* of one that is to go on: a breaker of its template is open */
    bool mispriced;   /* of one that is to go on: its template has another category than its prices */
} campaign_change;

kl_status campaign_stop(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *reason,
                        campaign_change *out, kl_error **error);
/* `breaker_id` is about to be closed and does not count; NULL: none. */
kl_status campaign_go_on(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const kl_uuid *breaker_id,
                         campaign_change *out, kl_error **error);
kl_status campaign_end(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, campaign_change *out, kl_error **error);
kl_status campaign_move(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_time starts_at, campaign_change *out,
                        kl_error **error);

/* SCHEDULED campaigns that are due, for the platform: rows of vendor id and campaign id. */
kl_status campaign_list_due(pg_pool *pool, int limit, pg_rows **rows, kl_error **error);
/* *started false: it is not, or no longer, due. */
kl_status campaign_start(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, bool *started, kl_error **error);

/* Error codes: those in one of the ranges, or those in none of them. */
typedef struct campaign_codes {
    code_ranges ranges;
    bool inside;
} campaign_codes;

/* Inside an open transaction: *rows has why the template of the campaign rests, NULL when it does not. */
kl_status campaign_template_rests(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, pg_rows **rows, kl_error **error);

/* Inside an open transaction that has locked the campaign: the steps of a retry. series->first and from are given. */
kl_status campaign_write_retries(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_draft *draft,
                                 const campaign_codes *codes, campaign_series *series, kl_error **error);
kl_status campaign_write_retry_batches(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id,
                                       const campaign_draft *draft, const campaign_series *series, const kl_uuid *hold_id,
                                       kl_error **error);

#endif

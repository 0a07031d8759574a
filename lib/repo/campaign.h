/* Repository of campaigns: the rows, the preflight and the enqueueing. */
#ifndef KLOYST_REPO_CAMPAIGN_H
#define KLOYST_REPO_CAMPAIGN_H

#include <kloyst/campaign.h>

#include "pg/pool.h"

/* Messages in a batch: the unit of lease, payment and audit. */
enum { CAMPAIGN_BATCH_SIZE = 500 };

/* Where the text of a template's body parameters comes from; arrays of `count`. */
typedef struct campaign_parameters {
    size_t count;
    const char **names;      /* "" in a positional template */
    const char **attributes; /* "" is the number itself, NULL a fixed text */
    const char **fallbacks;  /* or the fixed text; NULL: none */
} campaign_parameters;

kl_status campaign_insert(pg_pool *pool, const kl_uuid *vendor_id, const kl_campaign_options *options,
                          const campaign_parameters *parameters, kl_campaign **out, kl_error **error);
kl_status campaign_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_campaign **out, kl_error **error);
kl_status campaign_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_campaign_page **out,
                        kl_error **error);
kl_status campaign_rename(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *name, kl_error **error);
kl_status campaign_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error);
kl_status campaign_stats(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_campaign_stats *out,
                         kl_error **error);

/* What the preflight and the enqueueing need to know of a campaign; `rows` owns the arrays' bytes. */
typedef struct campaign_draft {
    kl_campaign_status status;
    kl_money price;
    campaign_parameters parameters; /* names are not read */
} campaign_draft;

/* Reads and locks the campaign inside an open transaction. */
kl_status campaign_lock(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, campaign_draft *out,
                        kl_error **error);
void campaign_draft_free(campaign_draft *draft);

typedef struct campaign_audience {
    int64_t contacts;
    int64_t invalid;
    kl_money available;
} campaign_audience;
kl_status campaign_count_audience(pg_connection *c, const kl_uuid *vendor_id, const campaign_draft *draft,
                                  campaign_audience *out, kl_error **error);
/* Rows: contact id, mobile, parameter ordinal, reason. */
kl_status campaign_list_invalid(pg_connection *c, const kl_uuid *vendor_id, const campaign_draft *draft, int limit,
                                pg_rows **rows, kl_error **error);

/* The steps of enqueueing inside one open transaction, in this order. */
kl_status campaign_write_recipients(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id,
                                    const campaign_draft *draft, const kl_uuid *first_message_id, int64_t *contacts,
                                    int64_t *recipients, kl_error **error);
/* *taken false: *available does not cover it, and nothing was changed. */
kl_status campaign_take_hold(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, kl_money amount,
                             const kl_uuid *hold_id, bool *taken, kl_money *available, kl_error **error);
kl_status campaign_write_batches(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id,
                                 const kl_uuid *first_message_id, int64_t recipients, int64_t left_out, kl_money price,
                                 const kl_uuid *hold_id, kl_error **error);

/* Label of the enum kloyst.campaign_status to its value. */
kl_campaign_status campaign_status_from(const char *label);

#endif

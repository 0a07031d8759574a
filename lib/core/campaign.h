/* The rules of campaigns: parameter sources, preflight, enqueueing. */
#ifndef KLOYST_CORE_CAMPAIGN_H
#define KLOYST_CORE_CAMPAIGN_H

#include "core/handle.h"
#include "repo/campaign.h"

/* Reads kl_campaign_options.parameters; release with campaign_sources_free. */
kl_status campaign_sources_parse(const char *json, size_t length, kl_parameter_format format, campaign_parameters *out,
                                 kl_error **error);
void campaign_sources_free(campaign_parameters *sources);

kl_status campaign_create(kl *handle, const kl_uuid *vendor_id, const kl_campaign_options *options, kl_campaign **out,
                          kl_error **error);
kl_status campaign_preflight(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, int list_limit, kl_preflight **out,
                             kl_error **error);
/* starts_at 0: it may be sent at once. */
kl_status campaign_enqueue(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, bool leave_out_invalid,
                           kl_time starts_at, int64_t *recipients, kl_error **error);
kl_status campaign_audience_count(kl *handle, const kl_uuid *vendor_id, const char *audience, size_t length,
                                  kl_audience_count *out, kl_error **error);

/* Sets the money of a series aside inside an open transaction; KL_ERR_INSUFFICIENT. */
kl_status campaign_hold_cost(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, const campaign_series *series,
                             const kl_uuid *hold_id, kl_error **error);
kl_status campaign_not_ahead(kl_error **error);

#endif

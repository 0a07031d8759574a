/* Campaigns and the stored templates that they are checked against. */
#ifndef KLOYST_CORE_CAMPAIGN_TEMPLATE_H
#define KLOYST_CORE_CAMPAIGN_TEMPLATE_H

#include "core/campaign.h"

/* Whether a campaign may be made with this template and these parameters. KL_ERR_TEMPLATE; KL_ERR_NOT_FOUND: no account. */
kl_status campaign_template_check(kl *handle, const kl_uuid *vendor_id, const kl_campaign_options *options,
                                  const campaign_parameters *parameters, kl_error **error);

/* The same of a DRAFT that is about to be enqueued, in the open transaction; its category is the template's from here on.
 * KL_ERR_TEMPLATE, also when a breaker of the template is open and stays so until `starts_at` (0: now). Of a campaign that is not there, or no DRAFT any more, it says nothing. */
kl_status campaign_template_take(pg_connection *c, const kl_uuid *vendor_id, const kl_uuid *id, kl_time starts_at,
                                 kl_error **error);

#endif

/* What a template's new category does to the prices of what is queued. */
#ifndef KLOYST_CORE_TEMPLATE_PRICE_H
#define KLOYST_CORE_TEMPLATE_PRICE_H

#include "core/handle.h"

/* Prices campaigns of the template anew that are priced by the rate card, as far as nobody has leased their batches yet. One whose
 * higher prices the wallet does not cover is PAUSED until it does. Doing it again changes nothing. */
kl_status template_reprice(kl *handle, const kl_uuid *vendor_id, const kl_uuid *template_id, kl_error **error);

/* The same of one campaign that is about to go on. KL_ERR_INSUFFICIENT: its prices are as they were. */
kl_status template_reprice_campaign(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_error **error);

#endif

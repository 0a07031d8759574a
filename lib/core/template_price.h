/* What a template's new category does to the prices of what is queued. */
#ifndef KLOYST_CORE_TEMPLATE_PRICE_H
#define KLOYST_CORE_TEMPLATE_PRICE_H

#include "core/handle.h"

/* Prices campaigns of the template anew that are priced by the rate card, as far as nobody has leased their batches yet. One whose
 * higher prices the wallet does not cover is PAUSED, with its old prices. Doing it again changes nothing. */
kl_status template_reprice(kl *handle, const kl_uuid *vendor_id, const kl_uuid *template_id, kl_error **error);

#endif

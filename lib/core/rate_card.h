/* The rules of the rate card: which digits a country stands for, what a message costs. */
#ifndef KLOYST_CORE_RATE_CARD_H
#define KLOYST_CORE_RATE_CARD_H

#include "core/handle.h"
#include "repo/rate.h"

/* Arguments are checked by the caller; statuses are those of the public calls. `vendor_id` NULL: the platform's card. */
kl_status rate_card_set(kl *handle, const kl_uuid *vendor_id, kl_template_category category, const char *country,
                        kl_time effective_from, kl_money price, kl_error **error);
kl_status rate_card_price(kl *handle, const kl_uuid *vendor_id, kl_template_category category, const char *to,
                          const char *country, kl_time at, kl_money *price, kl_error **error);

#endif

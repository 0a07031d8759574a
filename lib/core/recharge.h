/* Recharging by Razorpay: orders, taking events in, and crediting each payment once. */
#ifndef KLOYST_CORE_RECHARGE_H
#define KLOYST_CORE_RECHARGE_H

#include <kloyst/recharge.h>

#include "core/handle.h"

/* Arguments are checked by the caller; statuses are those of the public calls. */
kl_status recharge_create_order(kl *handle, const kl_uuid *vendor_id, const char *order_id, kl_money amount,
                                const char *currency, kl_order **out, kl_error **error);
kl_status recharge_take(kl *handle, const char *signature, const char *event_id, const char *body, size_t length,
                        kl_error **error);
/* *report is right in any case. */
kl_status recharge_fold(kl *handle, int limit, kl_recharge_report *report, kl_error **error);
kl_status recharge_retry(kl *handle, const char *payment_id, kl_error **error);

#endif

/* Recharging a wallet by Razorpay: what a vendor is expected to pay, and the webhooks that say it did.
 *
 *     kl_order_create before the checkout; kl_razorpay_take for each POST, then answer 200; kl_razorpay_fold later
 *
 * A payment is credited once, whatever events tell of it, however often and in whatever order: the ledger row has the
 * payment id as its reference and "razorpay:" and the payment id as its idempotency key. A payment that cannot be
 * credited is kept with the reason until kl_payment_retry() succeeds; none is lost. Several payments of one order are
 * credited each.
 *
 * Refunds and disputes at Razorpay are kept too, and that is all: the ledger has no type for taking a recharge back,
 * because the money may have been spent. Somebody has to decide on them.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_RECHARGE_H
#define KLOYST_RECHARGE_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Largest body that kl_razorpay_take() stores: 256 KiB. */
#define KL_RAZORPAY_BODY_MAX ((size_t)256 * 1024)

typedef struct kl_order kl_order;                           /* an expected payment as it was read; immutable */
typedef struct kl_payment_kept kl_payment_kept;             /* what was not credited, as it was read; immutable */
typedef struct kl_payment_kept_page kl_payment_kept_page;   /* such items in order of id */

/* Why something is kept. */
typedef enum kl_kept_reason {
    KL_KEPT_UNKNOWN_ORDER = 1, /* no vendor has the payment's order, or it has none */
    KL_KEPT_CURRENCY = 2,      /* not the order's */
    KL_KEPT_AMOUNT = 3,        /* not the order's */
    KL_KEPT_NOT_CAPTURED = 4,  /* Razorpay does not say that it has the money */
    KL_KEPT_LIMIT = 5,         /* the balance would pass 999999.9999 */
    KL_KEPT_CONFLICT = 6,      /* the payment's idempotency key was used for something else */
    KL_KEPT_REFUND = 7,        /* a refund at Razorpay */
    KL_KEPT_DISPUTE = 8,       /* a dispute at Razorpay */
    KL_KEPT_MALFORMED = 9,     /* an event about a payment, refund or dispute that is not as documented, or no JSON */
    KL_KEPT_CONTRADICTION = 10 /* an event whose payment has another order, amount or currency than in earlier ones */
} kl_kept_reason;

/* Stores what a vendor is expected to pay for Razorpay's order `order_id` ("order_" and 1 … 58 letters and digits),
 * which is the vendor's for ever. `amount` is whole paise, 0.01 … 999999.99; `currency` is "INR". The same again
 * answers the first one. *out may be NULL. KL_ERR_CONFLICT: the order id was used with another amount or by another
 * vendor; KL_ERR_NOT_FOUND: no such vendor; KL_ERR_FORMAT: order id, currency; KL_ERR_TOO_LONG: order id;
 * KL_ERR_ARGUMENT: amount. Since 0.1. */
KL_API kl_status kl_order_create(kl *handle, const kl_uuid *vendor_id, const char *order_id, kl_money amount,
                                 const char *currency, kl_order **out, kl_error **error);

/* What is expected for Razorpay's order `order_id`. KL_ERR_NOT_FOUND; KL_ERR_FORMAT, KL_ERR_TOO_LONG: no order id. Since 0.1. */
KL_API kl_status kl_order_get(kl *handle, const kl_uuid *vendor_id, const char *order_id, kl_order **out,
                              kl_error **error);

/* Verifies a POST with the handle's Razorpay secrets, of which both are always tried, and stores its bytes under its
 * event id. Does nothing else, so that the caller can answer in Razorpay's five seconds. After KL_OK it is durable:
 * answer 200. An event id that was stored before changes nothing and is KL_OK. A signed body is stored whatever it
 * says. `signature`: the value of X-Razorpay-Signature, NULL when it was missing. `event_id`: of x-razorpay-event-id,
 * 1 … 255 characters. KL_ERR_SIGNATURE: answer 401; KL_ERR_TOO_LONG: above KL_RAZORPAY_BODY_MAX, or the event id;
 * KL_ERR_ARGUMENT, KL_ERR_ENCODING: no event id; KL_ERR_KEY: the handle has no Razorpay secret; and the statuses at
 * the top of vendor.h: answer 500, Razorpay posts it again. Since 0.1. */
KL_API kl_status kl_razorpay_take(kl *handle, const char *signature, const char *event_id, const char *body,
                                  size_t length, kl_error **error);

typedef struct kl_recharge_report {
    int64_t events;   /* taken from the inbox and done with */
    int64_t credited; /* payments credited */
    int64_t repeated; /* events of payments that were credited before */
    int64_t kept;     /* events whose payment, refund or dispute is kept, see kl_payment_kept_list() */
    int64_t failed;   /* payment.failed: nothing is done, for the payment may be captured later */
    int64_t other;    /* events of other kinds: nothing is done */
} kl_recharge_report;

/* Applies up to `limit` (1 … 10000) stored events. Several may run in any number of threads and processes, and one
 * that dies at any point is harmless. *report (may be NULL) is what this call did; events is 0 when the inbox is
 * empty. KL_ERR_TIMEOUT, KL_ERR_SERIALIZATION: the wallet of a vendor was held by somebody else; KL_ERR_CORRUPT: of
 * its ledger. Other events were done, these are tried again after a minute. The statuses at the top of vendor.h: what
 * was not applied stays in the inbox. Since 0.1. */
KL_API kl_status kl_razorpay_fold(kl *handle, int limit, kl_recharge_report *report, kl_error **error);

/* Up to `limit` (1 … 1000) kept items of all vendors with ids greater than `after` (0: from the first). Since 0.1. */
KL_API kl_status kl_payment_kept_list(kl *handle, int64_t after, int limit, kl_payment_kept_page **out,
                                      kl_error **error);

/* Tries to credit the kept payment `payment_id` again, after its order was created or its vendor's balance fell. KL_OK: it is
 * credited, or was before. KL_ERR_NOT_FOUND: no event told of such a payment; KL_ERR_LIMIT: the balance would still
 * pass 999999.9999; KL_ERR_STATE: it stays kept for another reason, which the message says; KL_ERR_ARGUMENT,
 * KL_ERR_TOO_LONG, KL_ERR_ENCODING: the id is not 1 … 64 characters. Since 0.1. */
KL_API kl_status kl_payment_retry(kl *handle, const char *payment_id, kl_error **error);

KL_API kl_uuid kl_order_vendor_id(const kl_order *order);
KL_API const char *kl_order_id(const kl_order *order);
KL_API kl_money kl_order_amount(const kl_order *order);
KL_API const char *kl_order_currency(const kl_order *order);
KL_API kl_time kl_order_created_at(const kl_order *order);
KL_API void kl_order_free(kl_order *order);

KL_API int64_t kl_payment_kept_id(const kl_payment_kept *kept);           /* to page by */
KL_API kl_kept_reason kl_payment_kept_reason(const kl_payment_kept *kept);
KL_API const char *kl_payment_kept_subject(const kl_payment_kept *kept); /* of payment, refund, dispute or event */
KL_API const char *kl_payment_kept_payment_id(const kl_payment_kept *kept); /* NULL: not known */
KL_API const char *kl_payment_kept_order_id(const kl_payment_kept *kept);   /* NULL: not known */
KL_API const kl_uuid *kl_payment_kept_vendor_id(const kl_payment_kept *kept); /* NULL: not known */
KL_API kl_money kl_payment_kept_amount(const kl_payment_kept *kept);      /* 0: not known; may be above KL_MONEY_MAX */
KL_API const char *kl_payment_kept_currency(const kl_payment_kept *kept); /* NULL: not known */
KL_API const char *kl_payment_kept_event(const kl_payment_kept *kept); /* "payment.captured" …; NULL: not known */
KL_API kl_time kl_payment_kept_at(const kl_payment_kept *kept);           /* since when, for this reason */

KL_API size_t kl_payment_kept_page_count(const kl_payment_kept_page *page);
KL_API const kl_payment_kept *kl_payment_kept_page_at(const kl_payment_kept_page *page, size_t index);
KL_API void kl_payment_kept_page_free(kl_payment_kept_page *page);

/* One-line English text of a reason; "" for no reason. Static. Since 0.1. */
KL_API const char *kl_kept_reason_text(kl_kept_reason reason);

#ifdef __cplusplus
}
#endif

#endif

/* Recharging by Razorpay: orders, taking events in, and crediting each payment once.
 *
 *     claim the payment's row -> credit the wallet under the payment's own key -> mark row and event
 *
 * Each step finds its own work done when it is done again, so whoever stops between two of them does no harm. */
#include "core/recharge.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "core/wallet.h"
#include "crypto/hmac.h"
#include "meta/razorpay.h"
#include "repo/recharge.h"

/* Events of one round, and how long it may take before somebody else tries: bounds memory, not the work of a call. */
enum { ROUND_EVENTS = 50, LEASE_SECONDS = 60 };

static const kl_money paisa = 100;

kl_status recharge_create_order(kl *handle, const kl_uuid *vendor_id, const char *order_id, kl_money amount,
                                const char *currency, kl_order **out, kl_error **error)
{
    kl_order *order = NULL;
    kl_error *why = NULL;
    kl_status status = recharge_insert_order(handle->pool, vendor_id, order_id, amount, currency, &order, &why);
    if (status == KL_ERR_EXISTS) {
        error_clear(&why);
        status = recharge_get_order(handle->pool, vendor_id, order_id, &order, &why);
        /* One answer for both: it must not tell whether another vendor has it. */
        if (status == KL_ERR_NOT_FOUND || (!status && kl_order_amount(order) != amount))
            status = error_set(error, KL_ERR_CONFLICT,
                               "the order id was used with another amount or by another vendor");
    }
    if (status)
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    kl_error_free(why);
    if (!status && out)
        *out = order;
    else
        kl_order_free(order);
    return status;
}

/* Cheapest first, and nothing reads the body. */
kl_status recharge_take(kl *handle, const char *signature, const char *event_id, const char *body, size_t length,
                        kl_error **error)
{
    const char *secrets[2];
    size_t count = 0;
    for (int i = 0; i < 2; i++)
        if (handle->razorpay_secrets[i])
            secrets[count++] = handle->razorpay_secrets[i];
    if (!count)
        return error_set(error, KL_ERR_KEY, "the handle was opened without a Razorpay secret");
    if (length > KL_RAZORPAY_BODY_MAX)
        return error_set(error, KL_ERR_TOO_LONG, "a webhook body of more than %zu bytes", KL_RAZORPAY_BODY_MAX);
    kl_status status = signature_check_hex(signature, secrets, count, body, length, error);
    return status ? status : recharge_insert_event(handle->pool, event_id, body, length, error);
}

/* Why a payment must not be credited; 0: it may. */
static kl_status judge(kl *handle, const recharge_payment *payment, kl_kept_reason *reason, kl_error **error)
{
    kl_order *order = NULL;
    *reason = 0;
    if (!payment->owned)
        *reason = KL_KEPT_UNKNOWN_ORDER;
    else if (!payment->captured)
        *reason = KL_KEPT_NOT_CAPTURED;
    if (*reason)
        return KL_OK;
    kl_status status = recharge_get_order(handle->pool, &payment->vendor_id, payment->order_id, &order, error);
    if (status)
        return status;
    if (strcmp(kl_order_currency(order), payment->currency) != 0)
        *reason = KL_KEPT_CURRENCY;
    else if (payment->paise * paisa != kl_order_amount(order))
        *reason = KL_KEPT_AMOUNT;
    kl_order_free(order);
    return KL_OK;
}

static kl_status credit(kl *handle, const recharge_payment *payment, kl_kept_reason *reason, kl_error **error)
{
    char key[sizeof "razorpay:" + RAZORPAY_TEXT];
    kl_error *why = NULL;
    snprintf(key, sizeof key, "razorpay:%s", payment->payment_id);
    transaction_request request = {.type = KL_CREDIT_RECHARGE,
                                   .amount = payment->paise * paisa,
                                   .reference = payment->payment_id,
                                   .idempotency_key = key};
    kl_status status = wallet_post(handle, &payment->vendor_id, &request, NULL, &why);
    if (status == KL_ERR_LIMIT || status == KL_ERR_CONFLICT) {
        *reason = status == KL_ERR_LIMIT ? KL_KEPT_LIMIT : KL_KEPT_CONFLICT;
        status = KL_OK;
    } else if (status) {
        error_set_sqlstate(error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    }
    kl_error_free(why);
    return status;
}

/* Credits a payment or keeps it; *reason is 0 when it is credited now or was before. *changed: by this call. */
static kl_status settle(kl *handle, const recharge_payment *payment, int64_t inbox_id, kl_kept_reason *reason,
                        bool *changed, kl_error **error)
{
    *reason = 0;
    *changed = false;
    if (payment->credited)
        return inbox_id ? recharge_finish(handle->pool, inbox_id, error) : KL_OK;
    kl_status status = judge(handle, payment, reason, error);
    if (!status && !*reason)
        status = credit(handle, payment, reason, error);
    if (status)
        return status;
    if (!*reason)
        return recharge_credited(handle->pool, payment, inbox_id, changed, error);
    status = recharge_keep_payment(handle->pool, payment, *reason, inbox_id, changed, error);
    if (!status && !*changed)
        *reason = 0; /* somebody else credited it meanwhile */
    return status;
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static kl_status keep(kl *handle, const recharge_event *stored, const razorpay_event *event, kl_kept_reason reason,
                      kl_recharge_report *report, kl_error **error)
{
    bool of_its_own = reason == KL_KEPT_REFUND || reason == KL_KEPT_DISPUTE;
    bool readable = reason != KL_KEPT_MALFORMED;
    recharge_item item = {.reason = reason,
                          .subject = of_its_own ? event->subject : stored->event_id,
                          .payment_id = readable ? or_null(event->payment_id) : NULL,
                          .currency = readable ? or_null(event->currency) : NULL,
                          .event = or_null(event->event),
                          .paise = event->paise};
    kl_status status = recharge_keep(handle->pool, &item, stored->id, error);
    report->kept += !status;
    return status;
}

static kl_status apply_paid(kl *handle, const recharge_event *stored, const razorpay_event *event,
                            kl_recharge_report *report, kl_error **error)
{
    recharge_payment payment;
    bool found, changed = false;
    kl_kept_reason reason = 0;
    kl_status status = recharge_claim(handle->pool, event->payment_id, or_null(event->order_id), event->paise,
                                      event->currency, event->captured, event->event, &payment, &found, error);
    if (!status && !found)
        return keep(handle, stored, event, KL_KEPT_CONTRADICTION, report, error);
    if (!status)
        status = settle(handle, &payment, stored->id, &reason, &changed, error);
    recharge_payment_free(&payment);
    if (!status) {
        report->kept += reason != 0;
        report->credited += !reason && changed;
        report->repeated += !reason && !changed;
    }
    return status;
}

static kl_status apply(kl *handle, const recharge_event *stored, kl_recharge_report *report, kl_error **error)
{
    razorpay_event event;
    kl_status status = razorpay_read(stored->body, stored->length, &event, error);
    if (status)
        return status;
    switch (event.kind) {
    case RAZORPAY_PAID:
        return apply_paid(handle, stored, &event, report, error);
    case RAZORPAY_REFUND:
        return keep(handle, stored, &event, KL_KEPT_REFUND, report, error);
    case RAZORPAY_DISPUTE:
        return keep(handle, stored, &event, KL_KEPT_DISPUTE, report, error);
    case RAZORPAY_MALFORMED:
        return keep(handle, stored, &event, KL_KEPT_MALFORMED, report, error);
    default:
        status = recharge_finish(handle->pool, stored->id, error);
        report->failed += !status && event.kind == RAZORPAY_FAILED;
        report->other += !status && event.kind == RAZORPAY_OTHER;
        return status;
    }
}

/* One round; *count is how many events were leased. An event that is in trouble of its own keeps its lease, so that those
 * behind it come first now; without a server or memory all are given back. */
static kl_status run_round(kl *handle, int limit, kl_recharge_report *report, size_t *count, kl_error **error)
{
    recharge_events events;
    int64_t left[ROUND_EVENTS];
    size_t done = 0;
    kl_status status = recharge_lease(handle->pool, limit, LEASE_SECONDS, &events, error), first = KL_OK;
    *count = events.count;
    for (; !status && done < events.count; done++) {
        status = apply(handle, &events.items[done], report, error);
        report->events += !status;
        if (handle_trouble_of_all(status))
            break;
        first = first ? first : status;
        status = KL_OK;
    }
    if (done < events.count) {
        for (size_t i = done; i < events.count; i++)
            left[i - done] = events.items[i].id;
        recharge_release(handle->pool, left, events.count - done, NULL);
    }
    recharge_events_free(&events);
    return first ? first : status;
}

kl_status recharge_fold(kl *handle, int limit, kl_recharge_report *report, kl_error **error)
{
    kl_status status = KL_OK;
    for (size_t count = 1; !status && limit > 0 && count; limit -= (int)count)
        status = run_round(handle, limit < ROUND_EVENTS ? limit : ROUND_EVENTS, report, &count, error);
    return status;
}

kl_status recharge_retry(kl *handle, const char *payment_id, kl_error **error)
{
    recharge_payment payment;
    kl_kept_reason reason = 0;
    bool changed;
    kl_status status = recharge_find(handle->pool, payment_id, &payment, error);
    if (!status)
        status = settle(handle, &payment, 0, &reason, &changed, error);
    recharge_payment_free(&payment);
    if (!status && reason)
        status = error_set(error, reason == KL_KEPT_LIMIT ? KL_ERR_LIMIT : KL_ERR_STATE, "the payment stays kept: %s",
                           kl_kept_reason_text(reason));
    return status;
}

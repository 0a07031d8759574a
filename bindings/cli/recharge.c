/* kloyst recharge: payments by Razorpay, from what is expected to what a person must look at. */
#include <stdio.h>

#include "groups.h"
#include "list.h"

static void show(const kl_order *order)
{
    output_begin();
    output_text("order", kl_order_id(order));
    output_money("amount", kl_order_amount(order));
    output_text("currency", kl_order_currency(order));
    output_time("created_at", kl_order_created_at(order));
    output_end();
}

static kl_status create(invocation *in)
{
    kl_order *order = NULL;
    const char *currency = given(in, "currency");
    kl_status status = kl_order_create(in->handle, &in->vendor, given(in, "order"), given_money(in, "amount", 0),
                                       currency ? currency : "INR", &order, &in->error);
    SHOW(order, order, show);
    return status;
}

static kl_status show_order(invocation *in)
{
    kl_order *order = NULL;
    kl_status status = kl_order_get(in->handle, &in->vendor, given(in, "order"), &order, &in->error);
    SHOW(order, order, show);
    return status;
}

static kl_status fold(invocation *in)
{
    kl_recharge_report all = {0}, one;
    kl_status status;
    stop_catch(NULL);
    do {
        status = kl_razorpay_fold(in->handle, LIST_PAGE, &one, &in->error);
        if (status)
            break;
        all.events += one.events;
        all.credited += one.credited;
        all.repeated += one.repeated;
        all.kept += one.kept;
        all.failed += one.failed;
        all.other += one.other;
        progress_show("folded", all.events, 0);
    } while (one.events && !stop_asked());
    progress_clear();
    if (!status) {
        output_begin();
        output_number("events", all.events);
        output_number("credited", all.credited);
        output_number("repeated", all.repeated);
        output_number("kept", all.kept);
        output_number("failed", all.failed);
        output_number("other", all.other);
        output_end();
    }
    return status;
}

static void show_kept(const kl_payment_kept *kept)
{
    output_begin();
    output_number("id", kl_payment_kept_id(kept));
    output_text("reason", kl_kept_reason_text(kl_payment_kept_reason(kept)));
    output_text("subject", kl_payment_kept_subject(kept));
    output_text("payment", kl_payment_kept_payment_id(kept));
    output_text("order", kl_payment_kept_order_id(kept));
    output_uuid("vendor_id", kl_payment_kept_vendor_id(kept));
    if (kl_payment_kept_amount(kept))
        output_money("amount", kl_payment_kept_amount(kept));
    else
        output_text("amount", NULL);
    output_text("currency", kl_payment_kept_currency(kept));
    output_text("event", kl_payment_kept_event(kept));
    output_time("since", kl_payment_kept_at(kept));
    output_end();
}

static kl_status kept(invocation *in)
{
    kl_status status = KL_OK;
    int64_t after = given_count(in, "after-id", 0);
    output_list();
    for (bool more = true; !status && more;) {
        kl_payment_kept_page *page = NULL;
        status = kl_payment_kept_list(in->handle, after, LIST_PAGE, &page, &in->error);
        size_t count = status ? 0 : kl_payment_kept_page_count(page);
        for (size_t i = 0; i < count; i++)
            show_kept(kl_payment_kept_page_at(page, i));
        if (count)
            after = kl_payment_kept_id(kl_payment_kept_page_at(page, count - 1));
        more = count == LIST_PAGE;
        kl_payment_kept_page_free(page);
    }
    return status;
}

static kl_status retry(invocation *in)
{
    kl_status status = kl_payment_retry(in->handle, given(in, "payment"), &in->error);
    if (!status) {
        output_begin();
        output_text("payment", given(in, "payment"));
        output_text("done", "credited");
        output_end();
    }
    return status;
}

#define ORDER {"order", NULL, "Razorpay's id of the order", OPERAND}

const command recharge_commands[] = {
    {"recharge create", "store what a vendor is expected to pay for an order of Razorpay's",
     "The same again changes nothing.", TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){ORDER,
                         {"amount", "AMOUNT", "whole paise, 0.01 to 999999.99", OPERAND},
                         {"currency", "CODE", "default INR", OPTIONAL},
                         {0}},
     create},
    {"recharge show", "show what is expected for an order", NULL, TAKES_DATABASE | TAKES_VENDOR, (const parameter[]){ORDER, {0}},
     show_order},
    {"recharge fold", "apply the events of Razorpay that were stored", "'webhook serve' takes them in, and folds them unless told not to.",
     TAKES_DATABASE, NULL, fold},
    {"recharge kept", "list payments, refunds and disputes that a person must look at", "Of all vendors.", TAKES_DATABASE,
     (const parameter[]){{"after-id", "COUNT", "begins behind this one", OPTIONAL}, {0}}, kept},
    {"recharge retry", "try to credit a kept payment again", "After its order was created, or its vendor's balance fell.",
     TAKES_DATABASE, (const parameter[]){{"payment", NULL, "Razorpay's id of the payment", OPERAND}, {0}}, retry},
    {0}};

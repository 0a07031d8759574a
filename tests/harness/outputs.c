/* Room for whatever any call of the API hands out. */
#include "harness/outputs.h"

#include <stdbool.h>
#include <string.h>

void outputs_free(outputs *out)
{
    kl_vendor_free(out->vendor);
    kl_vendor_page_free(out->vendors);
    kl_user_free(out->user);
    kl_user_page_free(out->users);
    kl_waba_free(out->waba);
    kl_waba_page_free(out->wabas);
    kl_contact_free(out->contact);
    kl_contact_page_free(out->contacts);
    kl_template_free(out->template);
    kl_template_page_free(out->templates);
    kl_rate_page_free(out->rates);
    kl_consent_page_free(out->consents);
    kl_event_page_free(out->events);
    kl_wallet_free(out->wallet);
    kl_transaction_free(out->transaction);
    kl_transaction_free(out->given_back);
    kl_transaction_page_free(out->transactions);
    kl_day_total_page_free(out->totals);
    kl_wallet_results_free(out->results);
    kl_hold_free(out->hold);
    kl_campaign_free(out->campaign);
    kl_campaign_page_free(out->campaigns);
    kl_campaign_failure_page_free(out->failures);
    kl_preflight_free(out->preflight);
    kl_batch_free(out->batch);
    kl_message_free(out->message);
    kl_message_page_free(out->messages);
    kl_breaker_page_free(out->breakers);
    kl_recipient_page_free(out->recipients);
    kl_metrics_text_free(out->text);
    kl_order_free(out->order);
    kl_payment_kept_page_free(out->kept);
    kl_webhook_aside_page_free(out->asides);
    kl_finding_page_free(out->findings);
    kl_worker_free(out->worker);
    kl_secret_free(out->token, out->token_length);
    memset(out, 0, sizeof *out);
}

static bool other(kl_uuid id, const kl_uuid *vendor_id)
{
    return memcmp(&id, vendor_id, sizeof id) != 0;
}

#define OBJECT(noun)                                                                                                   \
    if (out->noun && other(kl_##noun##_vendor_id(out->noun), vendor_id))                                               \
        return #noun;
#define PAGE(noun)                                                                                                     \
    for (size_t i = 0; i < kl_##noun##_page_count(out->noun##s); i++)                                                  \
        if (other(kl_##noun##_vendor_id(kl_##noun##_page_at(out->noun##s, i)), vendor_id))                             \
            return #noun "s";

const char *outputs_foreign(const outputs *out, const kl_uuid *vendor_id)
{
    if (out->vendor && other(kl_vendor_id(out->vendor), vendor_id))
        return "vendor";
    OBJECT(user)
    OBJECT(waba)
    OBJECT(contact)
    OBJECT(template)
    for (size_t i = 0; i < kl_rate_page_count(out->rates); i++)
        if (other(*kl_rate_vendor_id(kl_rate_page_at(out->rates, i)), vendor_id))
            return "rates";
    OBJECT(wallet)
    OBJECT(transaction)
    if (out->given_back && other(kl_transaction_vendor_id(out->given_back), vendor_id))
        return "given back";
    OBJECT(campaign)
    OBJECT(batch)
    OBJECT(message)
    OBJECT(order)
    for (size_t i = 0; i < kl_wallet_results_count(out->results); i++) {
        const kl_transaction *row = kl_wallet_results_transaction(out->results, i);
        if (row && other(kl_transaction_vendor_id(row), vendor_id))
            return "wallet results";
    }
    PAGE(user)
    PAGE(waba)
    PAGE(contact)
    PAGE(template)
    PAGE(consent)
    PAGE(transaction)
    PAGE(campaign)
    PAGE(message)
    return NULL;
}

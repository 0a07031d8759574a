/* Room for whatever any call of the API hands out, so that tests can run all of them alike. */
#ifndef TESTS_HARNESS_OUTPUTS_H
#define TESTS_HARNESS_OUTPUTS_H

#include <kloyst/kloyst.h>

typedef struct outputs {
    kl_vendor *vendor;
    kl_vendor_page *vendors;
    kl_user *user;
    kl_user_page *users;
    kl_waba *waba;
    kl_waba_page *wabas;
    kl_contact *contact;
    kl_contact_page *contacts;
    kl_template *template;
    kl_template_page *templates;
    kl_rate_page *rates;
    kl_consent_page *consents;
    kl_event_page *events;
    kl_wallet *wallet;
    kl_transaction *transaction;
    kl_transaction *given_back;
    kl_transaction_page *transactions;
    kl_day_total_page *totals;
    kl_wallet_results *results;
    kl_hold *hold;
    kl_campaign *campaign;
    kl_campaign_page *campaigns;
    kl_campaign_failure_page *failures;
    kl_preflight *preflight;
    kl_batch *batch;
    kl_message *message;
    kl_message_page *messages;
    kl_breaker_page *breakers;
    kl_recipient_page *recipients;
    kl_campaign_progress progress;
    char *text;
    kl_order *order;
    kl_payment_kept_page *kept;
    kl_webhook_aside_page *asides;
    kl_finding_page *findings;
    char *token;
    size_t token_length;
    int64_t number;
    kl_money released;
    int count;
    kl_money balance;
    kl_time opened;
    kl_recipient_state state;
    kl_campaign_account account;
    kl_uuid uuid;
    kl_import_report imported;
    kl_campaign_stats stats;
    kl_audience_count audience;
    kl_ledger_report ledger;
    kl_fold_report folded;
    kl_webhook_stats inbox;
    kl_recharge_report recharged;
    kl_worker *worker;
} outputs;

/* Releases what the pointers own and empties them all. Start from outputs that are all zero. */
void outputs_free(outputs *out);

/* Name of the first output that belongs to another vendor, NULL when there is none. */
const char *outputs_foreign(const outputs *out, const kl_uuid *vendor_id);

#endif

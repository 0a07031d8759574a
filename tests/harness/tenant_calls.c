/* Every function of the API that takes a vendor_id, called alike. */
#include "harness/tenant_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "core/breaker.h"
#include "harness/fixture.h"
#include "harness/sent.h"
#include "harness/server.h"

const char *const tenant_id_names[TENANT_IDS] = {"user",    "account", "contact", "campaign", "draft",  "sent campaign",
                                                 "message", "credit",  "debit",   "hold",     "wallet", "breaker",
                                                 "template", "single message", "vendor"};
kl_uuid tenant_refunded_debit;

/* Texts like those of a vendor, that nobody has. */
static void invent_texts(tenant_names *who)
{
    static int count;
    count++;
    snprintf(who->text[EMAIL], sizeof who->text[0], "nobody%d@example.org", count);
    snprintf(who->text[MOBILE], sizeof who->text[0], "+49171%07d", 5000000 + count);
    snprintf(who->text[WAMID], sizeof who->text[0], "wamid.NOBODY.%d", count);
    snprintf(who->text[KEY], sizeof who->text[0], "nobody-%d", count);
    snprintf(who->text[NUMBER], sizeof who->text[0], "99%d", count);
    snprintf(who->text[ORDER], sizeof who->text[0], "order_nobody%d", count);
    snprintf(who->text[USER_ID], sizeof who->text[0], "DE.nobody%d", count);
}

void tenant_invent(tenant_names *who)
{
    for (int i = 0; i < TENANT_IDS; i++)
        ck_assert_int_eq(kl_uuid_generate(&who->id[i]), KL_OK);
    invent_texts(who);
}

void tenant_note(tenant_names *who, const outputs *out)
{
    if (out->user)
        who->id[USER] = kl_user_id(out->user);
    if (out->waba)
        who->id[WABA] = kl_waba_id(out->waba);
    if (out->contact)
        who->id[CONTACT] = kl_contact_id(out->contact);
    if (out->campaign)
        who->id[DRAFT] = kl_campaign_id(out->campaign);
    if (out->template)
        who->id[TEMPLATE] = kl_template_id(out->template);
    if (out->hold)
        who->id[HOLD] = kl_hold_id(out->hold);
    if (out->wallet)
        who->id[WALLET] = kl_wallet_id(out->wallet);
    if (out->transaction)
        who->id[kl_transaction_type_of(out->transaction) == KL_DEBIT_MESSAGE ? DEBIT : CREDIT] =
            kl_transaction_id(out->transaction);
    if (out->message)
        who->id[MESSAGE] = kl_message_id(out->message);
}

/* Stops the vendor's draft. */
static void open_breaker(tenant_names *who)
{
    kl_error *error = NULL;
    outputs out = {0};
    const kl_uuid *vendor = &who->id[VENDOR];
    breaker_cause cause = {.scope = KL_BREAKER_CAMPAIGN, .vendor_id = *vendor, .campaign_id = &who->id[DRAFT], .code = 132000};
    ck_ok(breaker_trip(fixture.handle, &cause, &error));
    ck_ok(kl_breaker_list(fixture.handle, vendor, NULL, 1, &out.breakers, &error));
    who->id[BREAKER] = kl_breaker_id(kl_breaker_page_at(out.breakers, 0));
    outputs_free(&out);
}

/* The template of its campaigns, a price of its own, and a user who has just written. */
static void add_templates(tenant_names *who)
{
    static const char json[] = "{\"name\":\"diwali_offer\",\"language\":\"en_US\",\"status\":\"APPROVED\","
                               "\"category\":\"MARKETING\",\"id\":\"594425479261596\",\"components\":"
                               "[{\"type\":\"BODY\",\"text\":\"Hello {{1}}\"}]}";
    static const char offer[] = "{\"name\":\"offer\",\"language\":\"en\",\"status\":\"APPROVED\",\"category\":\"MARKETING\","
                                "\"components\":[{\"type\":\"BODY\",\"text\":\"Hello\"}]}";
    kl_error *error = NULL;
    outputs out = {0};
    const kl_uuid *vendor = &who->id[VENDOR];
    ck_ok(kl_template_upsert(fixture.handle, vendor, &who->id[WABA], json, strlen(json), &out.template, &error));
    who->id[TEMPLATE] = kl_template_id(out.template);
    outputs_free(&out);
    ck_ok(kl_template_upsert(fixture.handle, vendor, &who->id[WABA], offer, strlen(offer), NULL, &error));
    ck_ok(kl_rate_set_vendor(fixture.handle, vendor, KL_CATEGORY_MARKETING, "DE", 1, 7, &error));
    sent_window(vendor, who->text[NUMBER], who->text[MOBILE] + 1, (kl_time)time(NULL) * 1000000);
    kl_message_options message = KL_MESSAGE_OPTIONS_INIT;
    message.waba_account_id = &who->id[WABA];
    message.to = who->text[MOBILE];
    message.text = "Hello";
    message.idempotency_key = who->text[KEY];
    ck_ok(kl_message_send(fixture.handle, vendor, &message, &who->id[SINGLE], &error));
}

/* One key of a vendor for each kind of movement: a key used twice would be a conflict of its own. */
static const char *key_of(const char *text, const char *movement)
{
    static char key[100];
    if (!text)
        return NULL;
    snprintf(key, sizeof key, "%s %s", text, movement);
    return key;
}

void tenant_populate(tenant_names *who, int n)
{
    kl_error *error = NULL;
    outputs out = {0};
    kl_uuid *vendor = &who->id[VENDOR];
    char reference[20];
    snprintf(reference, sizeof reference, "vendor %d", n);
    *vendor = fixture_vendor(reference, 100000000);
    snprintf(who->text[EMAIL], sizeof who->text[0], "owner%d@example.com", n);
    snprintf(who->text[MOBILE], sizeof who->text[0], "+49171%07d", n);
    snprintf(who->text[WAMID], sizeof who->text[0], "wamid.TEST.49171%07d", n);
    snprintf(who->text[KEY], sizeof who->text[0], "key-%d", n);
    snprintf(who->text[NUMBER], sizeof who->text[0], "10654035224%d", n);
    snprintf(who->text[ORDER], sizeof who->text[0], "order_vendor%d", n);
    snprintf(who->text[USER_ID], sizeof who->text[0], "DE.user%d", n);
    ck_ok(kl_order_create(fixture.handle, vendor, who->text[ORDER], 5000000, "INR", NULL, &error));
    ck_ok(kl_user_create(fixture.handle, vendor, who->text[EMAIL], "correct horse", 13, KL_ROLE_ADMIN, &out.user,
                         &error));
    who->id[WABA] = fixture_waba(vendor, who->text[NUMBER]);
    add_templates(who);
    fixture_contacts(vendor, 5);
    ck_ok(kl_contact_upsert(fixture.handle, vendor, who->text[MOBILE], NULL, "{\"name\":\"Own\"}", 14, &out.contact,
                            &error));
    tenant_note(who, &out);
    harness_exec(fixture.admin, "UPDATE kloyst.contact c SET bsuid = 'DE.user' || right(v.name, 1) FROM kloyst.vendor v "
                                "WHERE v.id = c.vendor_id AND c.attributes->>'name' = 'Own' AND v.name LIKE 'vendor %'");
    ck_ok(kl_contact_opt_out(fixture.handle, vendor, &who->id[CONTACT], "asked at the counter", &error));
    ck_ok(kl_event_read(fixture.handle, vendor, who->text[KEY], 1, 0, &out.events, &error));
    ck_ok(kl_contact_opt_in(fixture.handle, vendor, &who->id[CONTACT], NULL, &error));
    ck_ok(kl_wallet_get(fixture.handle, vendor, &out.wallet, &error));
    ck_ok(kl_hold_create(fixture.handle, vendor, 1000, reference, key_of(who->text[KEY], "hold"), 0, &out.hold, &error));
    ck_ok(kl_wallet_credit(fixture.handle, vendor, 5000, reference, key_of(who->text[KEY], "credit"), &out.transaction,
                           &error));
    tenant_note(who, &out);
    outputs_free(&out);
    const kl_wallet_operation credit = {KL_CREDIT_RECHARGE, 5000, reference, key_of(who->text[KEY], "post"), NULL};
    ck_ok(kl_wallet_post(fixture.handle, vendor, &credit, 1, &out.results, &error));
    ck_assert_int_eq(kl_wallet_results_status(out.results, 0), KL_OK);
    outputs_free(&out);
    who->id[SENT] = sent_campaign(vendor, &who->id[WABA], 8631);
    ck_ok(kl_campaign_enqueue(fixture.handle, vendor, &who->id[SENT], 0, NULL, &error));
    sent_drain(vendor, &who->id[SENT], 3);
    who->id[CAMPAIGN] = sent_campaign(vendor, &who->id[WABA], 1);
    ck_ok(kl_campaign_enqueue(fixture.handle, vendor, &who->id[CAMPAIGN], 0, NULL, &error));
    who->id[DRAFT] = sent_campaign(vendor, &who->id[WABA], 1);
    open_breaker(who);
    ck_ok(kl_message_list(fixture.handle, vendor, &who->id[SENT], NULL, 1, &out.messages, &error));
    who->id[MESSAGE] = kl_message_id(kl_message_page_at(out.messages, 0));
    /* The contact of its own is the last of six, which fails with every third. */
    harness_exec(fixture.admin,
                 "UPDATE kloyst.message_log SET wa_message_id = 'wamid.TEST.' || mobile WHERE wa_message_id IS NULL");
    ck_ok(kl_wallet_debit(fixture.handle, vendor, 500, reference, key_of(who->text[KEY], "debit"), &out.transaction,
                          &error));
    tenant_note(who, &out);
    ck_ok(kl_wallet_refund(fixture.handle, vendor, &who->id[DEBIT], 100, reference, key_of(who->text[KEY], "refund"),
                           NULL, &error));
    outputs_free(&out);
}

/* ---- the calls ------------------------------------------------------------ */

#define CALL(name, arguments)                                                                                          \
    static kl_status call_##name(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,             \
                                 kl_error **error)                                                                     \
    {                                                                                                                  \
        kl *h = fixture.handle;                                                                                        \
        (void)id;                                                                                                      \
        (void)text;                                                                                                    \
        (void)out;                                                                                                     \
        return kl_##name arguments;                                                                                    \
    }

CALL(vendor_get, (h, vendor, &out->vendor, error))
CALL(vendor_rename, (h, vendor, "renamed", error))
CALL(vendor_set_plan, (h, vendor, KL_PLAN_SHARED, error))
CALL(vendor_patch_settings, (h, vendor, "{\"a\":1}", 7, error))
CALL(vendor_delete, (h, vendor, error))
CALL(user_create, (h, vendor, text, "correct horse", 13, KL_ROLE_STAFF, &out->user, error))
CALL(user_get, (h, vendor, id, &out->user, error))
CALL(user_list, (h, vendor, id, 100, &out->users, error))
CALL(user_set_role, (h, vendor, id, KL_ROLE_ADMIN, error))
CALL(user_set_password, (h, vendor, id, "battery staple", 14, error))
CALL(user_delete, (h, vendor, id, error))
CALL(waba_create, (h, vendor, "102290129340398", text, "token", 5, &out->waba, error))
CALL(waba_get, (h, vendor, id, &out->waba, error))
CALL(waba_list, (h, vendor, id, 100, &out->wabas, error))
CALL(waba_set_token, (h, vendor, id, "other", 5, error))
CALL(waba_set_rate, (h, vendor, id, 7, error))
CALL(waba_set_portfolio, (h, vendor, id, "7", 250, error))
CALL(waba_token, (h, vendor, id, &out->token, &out->token_length, error))
CALL(waba_delete, (h, vendor, id, error))
CALL(template_upsert, (h, vendor, id, "{\"name\":\"mine\",\"language\":\"en\",\"status\":\"APPROVED\",\"category\":\"UTILITY\","
                                      "\"components\":[{\"type\":\"BODY\",\"text\":\"Hi\"}]}", 115, &out->template, error))
CALL(template_get, (h, vendor, id, &out->template, error))
CALL(template_find, (h, vendor, id, "diwali_offer", "en_US", &out->template, error))
CALL(template_list, (h, vendor, id, 100, &out->templates, error))
CALL(template_delete, (h, vendor, id, error))
CALL(rate_set_vendor, (h, vendor, KL_CATEGORY_UTILITY, "DE", 1000000, 3, error))
CALL(rate_list_vendor, (h, vendor, KL_CATEGORY_MARKETING, NULL, 100, &out->rates, error))
CALL(rate_price, (h, vendor, KL_CATEGORY_MARKETING, "+491710000001", NULL, 0, &out->balance, error))
CALL(message_state, (h, vendor, id, &out->state, &out->opened, error))
CALL(window_get, (h, vendor, id, "+491710000001", NULL, &out->opened, error))
CALL(contact_upsert, (h, vendor, text, NULL, "{\"name\":\"Mine\"}", 15, &out->contact, error))
CALL(contact_get, (h, vendor, id, &out->contact, error))
CALL(contact_find, (h, vendor, text, NULL, &out->contact, error))
CALL(contact_list, (h, vendor, id, 100, &out->contacts, error))
CALL(contact_find_user, (h, vendor, text, &out->contact, error))
CALL(contact_block, (h, vendor, id, error))
CALL(contact_unblock, (h, vendor, id, error))
CALL(contact_opt_out, (h, vendor, id, "note", error))
CALL(contact_opt_in, (h, vendor, id, NULL, error))
CALL(event_read, (h, vendor, "reader", 100, 0, &out->events, error))
CALL(event_forget, (h, vendor, text, error))
CALL(contact_patch_attributes, (h, vendor, id, "{\"a\":1}", 7, error))
CALL(contact_delete, (h, vendor, id, error))
CALL(contact_count, (h, vendor, &out->number, error))
CALL(order_create, (h, vendor, text, 100, "INR", &out->order, error))
CALL(order_get, (h, vendor, text, &out->order, error))
CALL(wallet_get, (h, vendor, &out->wallet, error))
CALL(wallet_credit, (h, vendor, 7, "mine", key_of(text, "credit"), &out->transaction, error))
CALL(wallet_debit, (h, vendor, 7, "mine", key_of(text, "debit"), &out->transaction, error))
CALL(wallet_refund, (h, vendor, id, 1, "mine", NULL, &out->transaction, error))
CALL(wallet_statement_between, (h, vendor, 0, 4000000000000000, 0, 100, &out->transactions, error))
CALL(wallet_statement_of_campaign, (h, vendor, id, 0, 100, &out->transactions, error))
CALL(wallet_balance_at, (h, vendor, 4000000000000000, &out->balance, error))
CALL(message_money, (h, vendor, id, &out->transaction, &out->given_back, error))
CALL(campaign_reconcile, (h, vendor, id, &out->account, error))
CALL(hold_create, (h, vendor, 7, "mine", key_of(text, "hold"), 0, &out->hold, error))
CALL(hold_capture, (h, vendor, id, 1, "mine", NULL, 0, &out->transaction, error))
CALL(hold_expire, (h, vendor, 100, &out->count, error))
CALL(hold_release, (h, vendor, id, &out->released, error))
CALL(hold_get, (h, vendor, id, &out->hold, error))
CALL(wallet_resolve, (h, vendor, key_of(text, "credit"), &out->transaction, error))
CALL(wallet_statement, (h, vendor, 0, 100, &out->transactions, error))
CALL(transaction_get, (h, vendor, id, &out->transaction, error))
CALL(wallet_verify, (h, vendor, &out->ledger, error))
CALL(ledger_verify_from, (h, vendor, NULL, NULL, &out->ledger, error))
CALL(campaign_get, (h, vendor, id, &out->campaign, error))
CALL(campaign_list, (h, vendor, id, 100, &out->campaigns, error))
CALL(campaign_rename, (h, vendor, id, "mine", error))
CALL(campaign_delete, (h, vendor, id, error))
CALL(campaign_preflight, (h, vendor, id, 10, &out->preflight, error))
CALL(campaign_enqueue, (h, vendor, id, 0, &out->number, error))
CALL(campaign_stats_get, (h, vendor, id, &out->stats, error))
CALL(campaign_failures, (h, vendor, id, &out->failures, error))
CALL(campaign_schedule, (h, vendor, id, 4102444800000000, 0, &out->number, error))
CALL(campaign_pause, (h, vendor, id, "wait", error))
CALL(campaign_resume, (h, vendor, id, error))
CALL(campaign_cancel, (h, vendor, id, &out->number, error))
CALL(campaign_retry_failed, (h, vendor, id, (int[]){131026}, 1, &out->number, error))
CALL(campaign_retry_class, (h, vendor, id, KL_ERROR_PERMANENT, &out->number, error))
CALL(campaign_audience_count, (h, vendor, NULL, 0, &out->audience, error))
CALL(batch_claim, (h, vendor, id, 3600000, &out->batch, error))
CALL(queue_claim, (h, vendor, id, 10, 3600000, &out->batch, error))
CALL(recipient_list, (h, vendor, id, (kl_recipient_state)0, NULL, 100, &out->recipients, error))
CALL(campaign_progress_get, (h, vendor, id, &out->progress, error))
CALL(breaker_list, (h, vendor, id, 100, &out->breakers, error))
CALL(breaker_resume, (h, vendor, id, error))
CALL(message_get, (h, vendor, id, &out->message, error))
CALL(message_find, (h, vendor, text, &out->message, error))
CALL(message_list, (h, vendor, id, NULL, 100, &out->messages, error))

static kl_status call_refund_key(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                 kl_error **error)
{
    (void)id;
    return kl_wallet_refund(fixture.handle, vendor, &tenant_refunded_debit, 1, "mine", key_of(text, "refund"),
                            &out->transaction, error);
}

/* The last day. */
static kl_status call_wallet_totals(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                    kl_error **error)
{
    kl_time now = (kl_time)time(NULL) * 1000000;
    (void)id;
    (void)text;
    return kl_wallet_totals(fixture.handle, vendor, now - INT64_C(86400000000), now + 1000000, 330, &out->totals,
                            error);
}

/* From a hold made for it. */
static kl_status call_hold_capture_key(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                       kl_error **error)
{
    (void)id;
    kl_status status = kl_hold_create(fixture.handle, vendor, 7, "mine", NULL, 0, &out->hold, error);
    kl_uuid hold_id = kl_hold_id(out->hold);
    return status ? status
                  : kl_hold_capture(fixture.handle, vendor, &hold_id, 7, "mine", key_of(text, "capture"), 1,
                                    &out->transaction, error);
}

/* One operation of many: its own outcome is what counts. */
static kl_status post(const kl_uuid *vendor, kl_wallet_operation operation, outputs *out, kl_error **error)
{
    kl_status status = kl_wallet_post(fixture.handle, vendor, &operation, 1, &out->results, error);
    if (status || !kl_wallet_results_status(out->results, 0))
        return status;
    status =
        error_set(error, kl_wallet_results_status(out->results, 0), "%s", kl_wallet_results_message(out->results, 0));
    kl_wallet_results_free(out->results);
    out->results = NULL;
    return status;
}

static kl_status call_post_refund(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                  kl_error **error)
{
    (void)text;
    return post(vendor, (kl_wallet_operation){KL_REFUND, 1, "mine", NULL, id}, out, error);
}

static kl_status call_post_key(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                               kl_error **error)
{
    (void)id;
    return post(vendor, (kl_wallet_operation){KL_CREDIT_RECHARGE, 7, "mine", key_of(text, "post"), NULL}, out, error);
}

/* Counts the bytes of what is written. */
static int count_bytes(void *context, const char *bytes, size_t length)
{
    (void)bytes;
    *(int64_t *)context += (int64_t)length;
    return 0;
}

static kl_status call_ledger_export(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                    kl_error **error)
{
    int64_t written = 0;
    (void)id;
    (void)text;
    kl_status status = kl_ledger_export(fixture.handle, vendor, KL_LEDGER_CSV, count_bytes, &written, NULL, error);
    if (!status)
        out->number = written;
    return status;
}

static kl_status call_ledger_export_file(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                         kl_error **error)
{
    char path[] = "/tmp/kl-isolation-XXXXXX";
    int file = mkstemp(path);
    (void)id;
    (void)text;
    ck_assert_int_ge(file, 0);
    close(file);
    unlink(path);
    kl_ledger_point end = {0};
    kl_status status = kl_ledger_export_file(fixture.handle, vendor, KL_LEDGER_JSON_LINES, path, &end, error);
    out->number = end.seq;
    unlink(path);
    return status;
}

static kl_status call_contact_export(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                     kl_error **error)
{
    int64_t written = 0, contacts = 0;
    (void)id;
    (void)text;
    kl_status status = kl_contact_export(fixture.handle, vendor, KL_CONTACTS_JSON_LINES, count_bytes, &written, &contacts, error);
    if (!status)
        out->number = contacts;
    return status;
}

CALL(waba_reseal, (h, vendor, &out->number, error))

static kl_status call_message_after(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                    kl_error **error)
{
    (void)text;
    return kl_message_list(fixture.handle, vendor, NULL, id, 100, &out->messages, error);
}

/* Evidence outlives its contact, so that a contact that is not there is no failure. */
static kl_status call_consent_list(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                   kl_error **error)
{
    (void)text;
    return kl_consent_list(fixture.handle, vendor, id, NULL, 100, &out->consents, error);
}

/* A page of the vendor's own. */
static kl_status call_event_ack(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out, kl_error **error)
{
    (void)id;
    (void)text;
    kl_status status = kl_event_read(fixture.handle, vendor, "reader", 1, 0, &out->events, error);
    return status ? status : kl_event_ack(fixture.handle, vendor, out->events, error);
}

static kl_status call_campaign_create(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                      kl_error **error)
{
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    (void)text;
    options.name = "mine";
    options.waba_account_id = id;
    options.template_name = "offer";
    options.template_language = "en";
    return kl_campaign_create(fixture.handle, vendor, &options, &out->campaign, error);
}

/* The same message again and again under a vendor's key, from whichever account. */
static kl_status call_message_send(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                   kl_error **error)
{
    kl_message_options options = KL_MESSAGE_OPTIONS_INIT;
    (void)text;
    options.waba_account_id = id;
    options.to = "+491710000001";
    options.kind = KL_CONTENT_TEMPLATE;
    options.template_name = "diwali_offer";
    options.template_language = "en_US";
    options.parameters = "[{\"text\":\"Asha\"}]";
    options.parameters_length = strlen(options.parameters);
    options.price = 3;
    return kl_message_send(fixture.handle, vendor, &options, &out->uuid, error);
}

static long read_once(void *context, char *buffer, size_t size)
{
    const char **left = context;
    size_t length = strlen(*left);
    length = length < size ? length : size;
    memcpy(buffer, *left, length);
    *left += length;
    return (long)length;
}

static kl_status call_contact_import(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                     kl_error **error)
{
    char csv[200];
    const char *left = csv;
    (void)id;
    snprintf(csv, sizeof csv, "mobile,name\n%s,Imported\n", text);
    return kl_contact_import(fixture.handle, vendor, read_once, &left, NULL, &out->imported, error);
}

static kl_status call_contact_import_file(const kl_uuid *vendor, const kl_uuid *id, const char *text, outputs *out,
                                          kl_error **error)
{
    char path[] = "/tmp/kl-isolation-XXXXXX";
    int file = mkstemp(path);
    (void)id;
    ck_assert_int_ge(file, 0);
    ck_assert_int_gt(dprintf(file, "mobile,name\n%s,Imported\n", text), 0);
    close(file);
    kl_status status = kl_contact_import_file(fixture.handle, vendor, path, NULL, &out->imported, error);
    unlink(path);
    return status;
}

#define BY_ID(name, own) {#name, call_##name, KL_ERR_NOT_FOUND, own, NO_TEXT, false}
#define AFTER(name) {#name, call_##name, KL_OK, VENDOR, NO_TEXT, false}
#define PLAIN(name) {#name, call_##name, KL_OK, -1, NO_TEXT, false}
#define BY_TEXT(name, expected, text) {#name, call_##name, expected, -1, text, false}

const tenant_call tenant_calls[] = {
    PLAIN(vendor_get),
    PLAIN(vendor_rename),
    PLAIN(vendor_set_plan),
    PLAIN(vendor_patch_settings),
    PLAIN(contact_count),
    PLAIN(rate_list_vendor),
    PLAIN(rate_set_vendor),
    PLAIN(rate_price),
    PLAIN(wallet_get),
    PLAIN(wallet_statement),
    PLAIN(wallet_verify),
    PLAIN(ledger_verify_from),
    PLAIN(ledger_export),
    PLAIN(ledger_export_file),
    PLAIN(contact_export),
    PLAIN(waba_reseal),
    PLAIN(hold_expire),
    PLAIN(wallet_statement_between),
    PLAIN(wallet_balance_at),
    PLAIN(wallet_totals),
    AFTER(user_list),
    AFTER(breaker_list),
    AFTER(waba_list),
    AFTER(contact_list),
    AFTER(template_list),
    AFTER(campaign_list),
    {"message_list", call_message_after, KL_OK, MESSAGE, NO_TEXT, false},
    BY_ID(message_list, SENT),
    BY_ID(user_get, USER),
    BY_ID(user_set_role, USER),
    BY_ID(waba_get, WABA),
    BY_ID(waba_set_token, WABA),
    BY_ID(waba_set_rate, WABA),
    BY_ID(waba_set_portfolio, WABA),
    BY_ID(waba_token, WABA),
    BY_ID(template_get, TEMPLATE),
    BY_ID(template_find, WABA),
    BY_ID(template_upsert, WABA),
    BY_ID(window_get, WABA),
    BY_ID(message_send, WABA),
    BY_ID(message_state, SINGLE),
    BY_ID(contact_get, CONTACT),
    BY_ID(contact_patch_attributes, CONTACT),
    BY_ID(contact_block, CONTACT),
    BY_ID(contact_unblock, CONTACT),
    BY_ID(contact_opt_out, CONTACT),
    BY_ID(contact_opt_in, CONTACT),
    {"consent_list", call_consent_list, KL_OK, CONTACT, NO_TEXT, false},
    PLAIN(event_read),
    PLAIN(event_ack),
    BY_TEXT(event_forget, KL_ERR_NOT_FOUND, KEY),
    BY_TEXT(contact_find_user, KL_ERR_NOT_FOUND, USER_ID),
    BY_ID(wallet_refund, DEBIT),
    BY_ID(hold_capture, HOLD),
    BY_ID(wallet_statement_of_campaign, SENT),
    BY_ID(message_money, MESSAGE),
    BY_ID(campaign_reconcile, SENT),
    BY_ID(hold_release, HOLD),
    BY_ID(hold_get, HOLD),
    BY_ID(transaction_get, CREDIT),
    BY_ID(campaign_schedule, DRAFT),
    BY_ID(campaign_create, WABA),
    BY_ID(campaign_get, SENT),
    BY_ID(campaign_rename, SENT),
    BY_ID(campaign_stats_get, SENT),
    BY_ID(campaign_failures, SENT),
    BY_ID(campaign_preflight, DRAFT),
    BY_ID(message_get, MESSAGE),
    BY_ID(breaker_resume, BREAKER),
    BY_ID(recipient_list, SENT),
    BY_ID(campaign_progress_get, SENT),
    BY_TEXT(contact_find, KL_ERR_NOT_FOUND, MOBILE),
    BY_TEXT(message_find, KL_ERR_NOT_FOUND, WAMID),
    BY_TEXT(wallet_resolve, KL_ERR_NOT_FOUND, KEY),
    BY_TEXT(contact_upsert, KL_OK, MOBILE),
    BY_TEXT(contact_import, KL_OK, MOBILE),
    BY_TEXT(contact_import_file, KL_OK, MOBILE),
    BY_TEXT(wallet_credit, KL_OK, KEY),
    BY_TEXT(wallet_debit, KL_OK, KEY),
    BY_TEXT(hold_create, KL_OK, KEY),
    {"hold_capture", call_hold_capture_key, KL_OK, -1, KEY, false},
    {"wallet_refund", call_refund_key, KL_OK, -1, KEY, false},
    BY_TEXT(waba_create, KL_OK, NUMBER),
    BY_TEXT(order_get, KL_ERR_NOT_FOUND, ORDER),
    BY_TEXT(order_create, KL_OK, ORDER),
    {"user_set_password", call_user_set_password, KL_ERR_NOT_FOUND, USER, NO_TEXT, true},
    {"user_create", call_user_create, KL_OK, -1, EMAIL, true},
    {"wallet_post", call_post_refund, KL_ERR_NOT_FOUND, DEBIT, NO_TEXT, false},
    {"wallet_post", call_post_key, KL_OK, -1, KEY, false},
    PLAIN(campaign_audience_count),
    BY_ID(campaign_enqueue, DRAFT),
    BY_ID(campaign_pause, CAMPAIGN),
    BY_ID(campaign_resume, CAMPAIGN),
    BY_ID(campaign_retry_failed, SENT),
    BY_ID(campaign_retry_class, SENT),
    BY_ID(batch_claim, CAMPAIGN),
    {"queue_claim", call_queue_claim, KL_ERR_EMPTY, WABA, NO_TEXT, false},
    BY_ID(campaign_cancel, CAMPAIGN),
    BY_ID(user_delete, USER),
    BY_ID(contact_delete, CONTACT),
    BY_ID(campaign_delete, DRAFT),
    BY_ID(template_delete, TEMPLATE),
    BY_ID(waba_delete, WABA),
    {"vendor_delete", call_vendor_delete, KL_ERR_IN_USE, -1, NO_TEXT, false},
};
const int tenant_calls_count = sizeof tenant_calls / sizeof tenant_calls[0];

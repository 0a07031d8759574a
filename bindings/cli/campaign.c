/* kloyst campaign: one template message to many contacts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "campaign.h"
#include "groups.h"
#include "list.h"

static const char *const status_names[] = {"?",      "draft",     "queued", "processing", "completed",
                                           "failed", "scheduled", "paused", "cancelled"};

const char *campaign_status_name(kl_campaign_status status)
{
    return status_names[status >= 1 && status <= 8 ? status : 0];
}

static void show_short(const kl_campaign *campaign)
{
    output_begin();
    output_id("id", kl_campaign_id(campaign));
    output_text("name", kl_campaign_name(campaign));
    output_text("status", campaign_status_name(kl_campaign_status_of(campaign)));
    output_number("recipients", kl_campaign_recipients(campaign));
    output_time("created_at", kl_campaign_created_at(campaign));
    output_time("completed_at", kl_campaign_completed_at(campaign));
    output_end();
}

static void show(const kl_campaign *campaign)
{
    output_begin();
    output_id("id", kl_campaign_id(campaign));
    output_text("name", kl_campaign_name(campaign));
    output_text("status", campaign_status_name(kl_campaign_status_of(campaign)));
    output_text("pause_reason", *kl_campaign_pause_reason(campaign) ? kl_campaign_pause_reason(campaign) : NULL);
    output_id("account", kl_campaign_waba_account_id(campaign));
    output_text("template", kl_campaign_template_name(campaign));
    output_text("language", kl_campaign_template_language(campaign));
    if (kl_campaign_price(campaign) == KL_PRICE_BY_RATE_CARD)
        output_text("price", NULL);
    else
        output_money("price", kl_campaign_price(campaign));
    output_number("recipients", kl_campaign_recipients(campaign));
    output_time("created_at", kl_campaign_created_at(campaign));
    output_time("starts_at", kl_campaign_starts_at(campaign));
    output_time("queued_at", kl_campaign_queued_at(campaign));
    output_time("completed_at", kl_campaign_completed_at(campaign));
    output_end();
}

/* "09:00" as minutes of the day. */
static kl_status clock_of(invocation *in, const char *name, int *minutes)
{
    const char *text = given(in, name);
    int hour, minute, end = 0;
    if (!text)
        return KL_OK;
    if (sscanf(text, "%2d:%2d%n", &hour, &minute, &end) != 2 || text[end] || hour < 0 || minute < 0 || minute > 59)
        return command_wrong(in, "--send-from and --send-until need a time of day such as 09:00");
    *minutes = hour * 60 + minute;
    return KL_OK;
}

static kl_status create(invocation *in)
{
    kl_campaign_options options = KL_CAMPAIGN_OPTIONS_INIT;
    kl_campaign *campaign = NULL;
    kl_uuid account;
    char *parameters = NULL, *audience = NULL;
    options.name = given(in, "name");
    options.waba_account_id = given_uuid(in, "account", &account);
    options.template_name = given(in, "template");
    options.template_language = given(in, "language");
    options.parameter_format = flagged(in, "named") ? KL_PARAMETERS_NAMED : KL_PARAMETERS_POSITIONAL;
    options.price = given_money(in, "price", KL_PRICE_BY_RATE_CARD);
    options.time_zone = given(in, "time-zone");
    options.weight = (int)given_count(in, "weight", options.weight);
    options.unknown_policy = (kl_unknown_policy)given_choice(in, "unknown", options.unknown_policy);
    options.unknown_seconds = (int)given_count(in, "unknown-seconds", options.unknown_seconds);
    options.category = (kl_template_category)given_choice(in, "category", 0);
    kl_status status = clock_of(in, "send-from", &options.send_from);
    if (!status)
        status = clock_of(in, "send-until", &options.send_until);
    if (!status)
        status = given_json(in, "parameters", &parameters, &options.parameters_length);
    if (!status)
        status = given_json(in, "audience", &audience, &options.audience_length);
    options.parameters = parameters;
    options.audience = audience;
    if (!status)
        status = kl_campaign_create(in->handle, &in->vendor, &options, &campaign, &in->error);
    free(parameters);
    free(audience);
    SHOW(campaign, campaign, show);
    return status;
}

LIST(list, campaign, kl_campaign_id, kl_campaign_list(in->handle, &in->vendor, after, limit, &page, &in->error), show_short)

static kl_status get(invocation *in)
{
    kl_campaign *campaign = NULL;
    kl_uuid id;
    kl_status status = kl_campaign_get(in->handle, &in->vendor, given_uuid(in, "campaign", &id), &campaign, &in->error);
    SHOW(campaign, campaign, show);
    return status;
}

static void tell_preflight(const kl_preflight *p)
{
    output_begin();
    output_number("contacts", kl_preflight_contacts(p));
    output_number("blocked", kl_preflight_blocked(p));
    output_number("opted_out", kl_preflight_opted_out(p));
    output_number("invalid", kl_preflight_invalid(p));
    output_number("unpriced", kl_preflight_unpriced(p));
    output_money("cost", kl_preflight_cost(p));
    output_money("available", kl_preflight_available(p));
    output_end();
    if (kl_preflight_listed(p))
        output_list();
    for (size_t i = 0; i < kl_preflight_listed(p); i++) {
        output_begin();
        output_id("contact_id", kl_preflight_contact_id(p, i));
        output_text("to", kl_preflight_mobile(p, i));
        output_number("parameter", kl_preflight_parameter(p, i));
        output_text("reason", kl_preflight_reason(p, i));
        output_end();
    }
}

static kl_status preflight(invocation *in)
{
    kl_preflight *p = NULL;
    kl_uuid id;
    kl_status status = kl_campaign_preflight(in->handle, &in->vendor, given_uuid(in, "campaign", &id),
                                             (int)given_count(in, "list", 20), &p, &in->error);
    if (!status)
        tell_preflight(p);
    kl_preflight_free(p);
    return status;
}

static void tell_messages(const kl_uuid *id, const char *what, int64_t messages)
{
    output_begin();
    output_uuid("id", id);
    output_number(what, messages);
    output_end();
}

static kl_status enqueue(invocation *in)
{
    kl_uuid id;
    int64_t recipients = 0;
    int leave_out = flagged(in, "leave-out-invalid");
    given_uuid(in, "campaign", &id);
    kl_status status = given(in, "at") ? kl_campaign_schedule(in->handle, &in->vendor, &id, given_time(in, "at", 0), leave_out,
                                                              &recipients, &in->error)
                                       : kl_campaign_enqueue(in->handle, &in->vendor, &id, leave_out, &recipients, &in->error);
    if (!status)
        tell_messages(&id, "recipients", recipients);
    return status;
}

static kl_status pause_it(invocation *in)
{
    kl_uuid id;
    kl_status status =
        kl_campaign_pause(in->handle, &in->vendor, given_uuid(in, "campaign", &id), given(in, "reason"), &in->error);
    return status ? status : get(in);
}

static kl_status resume(invocation *in)
{
    kl_uuid id;
    kl_status status = kl_campaign_resume(in->handle, &in->vendor, given_uuid(in, "campaign", &id), &in->error);
    return status ? status : get(in);
}

static kl_status cancel(invocation *in)
{
    kl_uuid id;
    int64_t cancelled = 0;
    kl_status status =
        kl_campaign_cancel(in->handle, &in->vendor, given_uuid(in, "campaign", &id), &cancelled, &in->error);
    if (!status)
        tell_messages(&id, "cancelled", cancelled);
    return status;
}

static kl_status delete(invocation *in)
{
    kl_uuid id;
    kl_status status = kl_campaign_delete(in->handle, &in->vendor, given_uuid(in, "campaign", &id), &in->error);
    if (!status)
        list_done("deleted", &id);
    return status;
}

static kl_status stats(invocation *in)
{
    kl_uuid id;
    kl_campaign_stats s;
    kl_status status = kl_campaign_stats_get(in->handle, &in->vendor, given_uuid(in, "campaign", &id), &s, &in->error);
    if (!status) {
        output_begin();
        campaign_put_stats(&s);
        output_end();
    }
    return status;
}

void campaign_put_stats(const kl_campaign_stats *s)
{
    output_number("recipients", s->recipients);
    output_number("waiting", s->waiting);
    output_number("deferred", s->deferred);
    output_number("unknown", s->unknown);
    output_number("sent", s->sent);
    output_number("delivered", s->delivered);
    output_number("read", s->read);
    output_number("failed", s->failed);
    output_number("cancelled", s->cancelled);
    output_number("accepted", s->accepted);
    output_number("retried", s->retried);
    output_number("left_out", s->left_out);
    output_number("blocked", s->blocked);
    output_number("opted_out", s->opted_out);
    output_money("held", s->held);
    output_money("debited", s->debited);
    output_money("refunded", s->refunded);
}

static kl_status failures(invocation *in)
{
    kl_uuid id;
    kl_campaign_failure_page *page = NULL;
    kl_status status = kl_campaign_failures(in->handle, &in->vendor, given_uuid(in, "campaign", &id), &page, &in->error);
    output_list();
    for (size_t i = 0; !status && i < kl_campaign_failure_page_count(page); i++) {
        kl_error_policy policy = {0};
        int code = kl_campaign_failure_page_code(page, i);
        kl_error_policy_get(code, &policy);
        output_begin();
        output_number("code", code);
        output_number("messages", kl_campaign_failure_page_messages(page, i));
        output_text("class", kl_error_class_name(policy.error_class));
        output_text("text", policy.text);
        output_end();
    }
    kl_campaign_failure_page_free(page);
    return status;
}

static kl_status retry_failed(invocation *in)
{
    enum { CODES_MOST = 1000 };
    kl_uuid id;
    int codes[CODES_MOST];
    size_t count = 0;
    int64_t messages = 0;
    for (const char *next = given(in, "codes"); next && *next;) {
        char *end;
        long code = strtol(next, &end, 10);
        if (end == next || (*end && *end != ',') || count == CODES_MOST || code < 0 || code > 99999999)
            return command_wrong(in, "--codes needs numbers separated by commas, at most 1000");
        codes[count++] = (int)code;
        next = *end ? end + 1 : end;
    }
    if (given(in, "codes") && given(in, "class"))
        return command_wrong(in, "either --codes or --class");
    given_uuid(in, "campaign", &id);
    kl_status status =
        given(in, "class")
            ? kl_campaign_retry_class(in->handle, &in->vendor, &id, (kl_error_class)given_choice(in, "class", 0), &messages, &in->error)
            : kl_campaign_retry_failed(in->handle, &in->vendor, &id, codes, count, &messages, &in->error);
    if (!status)
        tell_messages(&id, "messages", messages);
    return status;
}

static kl_status reconcile(invocation *in)
{
    kl_uuid id;
    kl_campaign_account account = {0};
    kl_status status = kl_campaign_reconcile(in->handle, &in->vendor, given_uuid(in, "campaign", &id), &account, &in->error);
    if (status && status != KL_ERR_CORRUPT)
        return status;
    output_begin();
    output_flag("reconciles", !status);
    output_text("message", status ? kl_error_message(in->error) : NULL);
    output_number("messages", account.messages);
    output_number("counting", account.counting);
    output_number("not_refunded", account.not_refunded);
    output_money("held", account.held);
    output_money("captured", account.captured);
    output_money("released", account.released);
    output_money("still_held", account.still_held);
    output_money("refunded", account.refunded);
    output_money("refunded_by_hand", account.refunded_by_hand);
    output_end();
    in->told = true;
    in->end = status ? END_CHECK : END_OK;
    return status;
}

static const char *const state_names[] = {"?",         "waiting", "deferred", "unknown", "sent",
                                          "delivered", "read",    "failed",   "cancelled"};

const char *campaign_state_name(kl_recipient_state state)
{
    return state_names[state >= 1 && state <= 8 ? state : 0];
}

static void show_recipient(const kl_recipient *r)
{
    output_begin();
    output_id("message_id", kl_recipient_message_id(r));
    output_text("to", kl_recipient_mobile(r));
    output_text("state", campaign_state_name(kl_recipient_state_of(r)));
    output_money("price", kl_recipient_price(r));
    output_text("wamid", kl_recipient_wa_message_id(r));
    output_number("error_code", kl_recipient_error_code(r));
    output_text("error", kl_recipient_error_text(r));
    output_time("sent_at", kl_recipient_sent_at(r));
    output_time("delivered_at", kl_recipient_delivered_at(r));
    output_time("read_at", kl_recipient_read_at(r));
    output_time("failed_at", kl_recipient_failed_at(r));
    output_time("next_at", kl_recipient_next_at(r));
    output_end();
}

LIST(recipients, recipient, kl_recipient_message_id,
     kl_recipient_list(in->handle, &in->vendor, given_uuid(in, "campaign", &(kl_uuid){{0}}),
                       (kl_recipient_state)given_choice(in, "state", 0), after, limit, &page, &in->error),
     show_recipient)

static kl_status audience(invocation *in)
{
    kl_audience_count counted;
    char *json;
    size_t length;
    kl_status status = given_json(in, "audience", &json, &length);
    if (!status)
        status = kl_campaign_audience_count(in->handle, &in->vendor, json, length, &counted, &in->error);
    free(json);
    if (!status) {
        output_begin();
        output_number("contacts", counted.contacts);
        output_number("blocked", counted.blocked);
        output_number("opted_out", counted.opted_out);
        output_end();
    }
    return status;
}

#define WHICH {"campaign", "UUID", "the campaign's id", OPERAND}
#define OF_VENDOR (TAKES_DATABASE | TAKES_VENDOR)
#define PLAIN(word, summary, run) {"campaign " word, summary, NULL, OF_VENDOR, (const parameter[]){WHICH, {0}}, run}

const command campaign_commands[] = {
    {"campaign create", "create a draft",
     "Parameters: a JSON array, one object a parameter: {\"attribute\":\"city\",\"fallback\":\"your city\"}, {\"mobile\":true},\n"
     "{\"text\":\"10 %\"}. Audience: {\"contacts\":[ID, ...]} or {\"filter\":CONDITION}; see kloyst/campaign.h.",
     OF_VENDOR,
     (const parameter[]){{"name", "TEXT", "its name", NEEDED},
                         {"account", "UUID", "the account to send from", NEEDED},
                         {"template", "NAME", "the template's name at Meta", NEEDED},
                         {"language", "CODE", "the template's language, such as en_US", NEEDED},
                         {"parameters", "JSON", "the template's parameters", OPTIONAL},
                         {"named", NULL, "the template's parameters have names", OPTIONAL},
                         {"audience", "JSON", "whom it is for; else all contacts", OPTIONAL},
                         {"price", "AMOUNT", "per message; else by the rate card", OPTIONAL},
                         {"category", "marketing|utility|authentication", "of a template that is not stored", OPTIONAL},
                         {"send-from", "HH:MM", "messages leave from this time of day on", OPTIONAL},
                         {"send-until", "HH:MM", "and until this one", OPTIONAL},
                         {"time-zone", "NAME", "whose clock that is, such as Asia/Kolkata", OPTIONAL},
                         {"weight", "COUNT", "its share beside others on the same number, 1 to 100; default 1", OPTIONAL},
                         {"unknown", "fail|resend", "what becomes of a message whose answer was lost; default fail", OPTIONAL},
                         {"unknown-seconds", "COUNT", "when that is decided; default 86400", OPTIONAL},
                         {0}},
     create},
    {"campaign list", "list the campaigns of a vendor", NULL, OF_VENDOR | TAKES_PAGE, NULL, list},
    PLAIN("show", "show a campaign", get),
    {"campaign audience", "count the contacts of an audience, without a campaign", NULL, OF_VENDOR,
     (const parameter[]){{"audience", "JSON", "as in 'campaign create'; else all contacts", OPTIONAL_OPERAND}, {0}}, audience},
    {"campaign preflight", "tell what enqueueing a draft would do and cost", NULL, OF_VENDOR,
     (const parameter[]){WHICH,
                         {"list", "COUNT", "lists so many recipients with bad parameters, 0 to 10000; default 20", OPTIONAL},
                         {0}},
     preflight},
    {"campaign enqueue", "start a draft, now or later", "A campaign that is scheduled already starts at --at instead.", OF_VENDOR,
     (const parameter[]){WHICH,
                         {"at", "TIME", "starts then", OPTIONAL},
                         {"leave-out-invalid", NULL, "leaves out recipients whose parameters do not resolve", OPTIONAL},
                         {0}},
     enqueue},
    {"campaign pause", "stop a campaign for a while", NULL, OF_VENDOR,
     (const parameter[]){WHICH, {"reason", "TEXT", "kept with it", OPTIONAL}, {0}}, pause_it},
    PLAIN("resume", "let a paused campaign go on", resume),
    PLAIN("cancel", "end a campaign; what has not left is given back", cancel),
    PLAIN("delete", "remove a draft", delete),
    PLAIN("stats", "tell where its messages and money are", stats),
    {"campaign watch", "show how a campaign goes until it has ended",
     "On a terminal a view that changes, else a line whenever something did. A campaign that was completed ends with 0,\n"
     "one that failed or was cancelled with 4.",
     OF_VENDOR,
     (const parameter[]){WHICH, {"interval", "COUNT", "seconds between two looks, 1 to 3600; default 1", OPTIONAL}, {0}},
     campaign_watch},
    PLAIN("failures", "list the error codes of its failed messages", failures),
    {"campaign recipients", "list its recipients and what became of their messages", NULL, OF_VENDOR | TAKES_PAGE,
     (const parameter[]){
         WHICH,
         {"state", "waiting|deferred|unknown|sent|delivered|read|failed|cancelled", "only those in this state", OPTIONAL},
         {0}},
     recipients},
    {"campaign retry-failed", "send its failed messages once more", NULL, OF_VENDOR,
     (const parameter[]){WHICH,
                         {"codes", "CODE,...", "those with these error codes; else those whose cause passes", OPTIONAL},
                         {"class", "retry|retry-after-day|permanent|stop-number|stop-waba|stop-campaign|unknown-outcome",
                          "those whose codes are of this class, see 'campaign failures'", OPTIONAL},
                         {0}},
     retry_failed},
    PLAIN("reconcile", "add up a campaign's money", reconcile),
    {0}};

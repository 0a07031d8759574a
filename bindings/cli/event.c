/* kloyst event: the feed of what happened to a vendor's messages, campaigns, contacts, templates, numbers and accounts. */
#include <stdio.h>

#include "campaign.h"
#include "groups.h"
#include "list.h"
#include "message.h"

enum { EVENTS_AT_ONCE = 1000, FOLLOW_WAIT_MS = 1000, SECONDS_A_DAY = 86400 };

/* The state's name as its kind says; NULL: none. */
static const char *state_name(const kl_event *event)
{
    int state = kl_event_state(event);
    if (!state)
        return NULL;
    switch (kl_event_kind_of(event)) {
    case KL_EVENT_MESSAGE_RECEIVED:
    case KL_EVENT_MESSAGE_STATE:
        return message_status_name((kl_message_status)state);
    case KL_EVENT_CAMPAIGN_STATE:
        return campaign_status_name((kl_campaign_status)state);
    case KL_EVENT_CONSENT:
        return state == KL_OPT_IN ? "opt-in" : "opt-out";
    default:
        return NULL;
    }
}

static void show(const kl_event *event)
{
    static const char *const kinds[] = {"?", "message-received", "message-state", "campaign-state", "consent",
                                        "template", "number", "account", "contact"};
    kl_event_kind kind = kl_event_kind_of(event);
    output_begin();
    output_text("kind", kinds[kind >= KL_EVENT_MESSAGE_RECEIVED && kind <= KL_EVENT_CONTACT ? kind : 0]);
    output_time("happened_at", kl_event_happened_at(event));
    output_text("state", state_name(event));
    output_uuid("message_id", kl_event_message_id(event));
    output_uuid("contact_id", kl_event_contact_id(event));
    output_uuid("campaign_id", kl_event_campaign_id(event));
    output_text("subject", kl_event_subject(event));
    output_text("detail", kl_event_detail(event));
    output_end();
}

/* Shows what comes next; it is acknowledged only when it has left this program. */
static kl_status pass_on(invocation *in, int limit, int wait_ms, bool keep)
{
    kl_event_page *page = NULL;
    kl_status status = kl_event_read(in->handle, &in->vendor, given(in, "reader"), limit, wait_ms, &page, &in->error);
    if (!status && kl_event_page_missed(page))
        fputs("kloyst: events were removed before this reader had read them\n", stderr);
    for (size_t i = 0; i < kl_event_page_count(page); i++)
        show(kl_event_page_at(page, i));
    if (!status && !output_finish())
        status = command_fail(in, KL_ERR_IO, "standard output cannot be written; these events will be handed out again");
    if (!status && !keep)
        status = kl_event_ack(in->handle, &in->vendor, page, &in->error);
    kl_event_page_free(page);
    return status;
}

static kl_status read_next(invocation *in)
{
    output_list();
    return pass_on(in, (int)given_count(in, "limit", EVENTS_AT_ONCE), (int)given_count(in, "wait-ms", 0), flagged(in, "keep"));
}

static kl_status follow(invocation *in)
{
    kl_status status = KL_OK;
    output_list();
    stop_catch(NULL);
    while (!status && !stop_asked())
        status = pass_on(in, EVENTS_AT_ONCE, FOLLOW_WAIT_MS, false);
    return status;
}

static kl_status forget(invocation *in)
{
    kl_status status = kl_event_forget(in->handle, &in->vendor, given(in, "reader"), &in->error);
    if (!status) {
        output_begin();
        output_text("reader", given(in, "reader"));
        output_text("done", "forgotten");
        output_end();
    }
    return status;
}

static kl_status retain(invocation *in)
{
    int64_t removed = 0;
    kl_status status = kl_event_remove_old(in->handle, given_count(in, "days", 0) * SECONDS_A_DAY, &removed, &in->error);
    if (!status) {
        output_begin();
        output_number("removed", removed);
        output_end();
    }
    return status;
}

#define READER {"reader", NULL, "its name, 1 to 100 characters", OPERAND}

const command event_commands[] = {
    {"event read", "list what happened since a reader's last call",
     "A reader is made by its first call, and is told what happens after that. What was written out is not told to it again.",
     TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){READER,
                         {"limit", "COUNT", "at most so many, 1 to 10000; default 1000", OPTIONAL},
                         {"wait-ms", "COUNT", "waits so long for the first, up to 60000; default 0", OPTIONAL},
                         {"keep", NULL, "they will be told again", OPTIONAL},
                         {0}},
     read_next},
    {"event follow", "list what happens, until it is stopped",
     "A reader is made by its first call. Stopped between, it may tell the last events again.", TAKES_DATABASE | TAKES_VENDOR,
     (const parameter[]){READER, {0}}, follow},
    {"event forget", "remove a reader", NULL, TAKES_DATABASE | TAKES_VENDOR, (const parameter[]){READER, {0}}, forget},
    {"event retain", "remove the events of all vendors that are old", "Readers that had not read them are told so.", TAKES_DATABASE,
     (const parameter[]){{"days", "COUNT", "older than this, from 1", OPERAND}, {0}}, retain},
    {0}};

/* kloyst webhook: Meta's webhooks, from taking them in to those that a person must look at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "list.h"

static kl_status fold(invocation *in)
{
    kl_fold_report all = {0}, one;
    kl_status status;
    stop_catch(NULL);
    do {
        status = kl_webhook_fold(in->handle, 1000, &one, &in->error);
        if (status)
            break;
        all.bodies += one.bodies;
        all.statuses += one.statuses;
        all.inbound += one.inbound;
        all.other += one.other;
        all.set_aside += one.set_aside;
        all.refunded += one.refunded;
        all.unmatched += one.unmatched;
        all.foreign += one.foreign;
        progress_show("folded", all.bodies, 0);
    } while (one.bodies && !stop_asked());
    progress_clear();
    if (!status) {
        output_begin();
        output_number("bodies", all.bodies);
        output_number("statuses", all.statuses);
        output_number("inbound", all.inbound);
        output_number("other", all.other);
        output_number("set_aside", all.set_aside);
        output_number("refunded", all.refunded);
        output_number("unmatched", all.unmatched);
        output_number("foreign", all.foreign);
        output_end();
    }
    return status;
}

static kl_status replay(invocation *in)
{
    int64_t bodies = 0;
    kl_status status = kl_webhook_replay(in->handle, given_time(in, "since", 0), given_time(in, "until", 0), &bodies, &in->error);
    if (!status) {
        output_begin();
        output_number("bodies", bodies);
        output_end();
    }
    return status;
}

static kl_status stats(invocation *in)
{
    kl_webhook_stats s;
    kl_status status = kl_webhook_stats_get(in->handle, &s, &in->error);
    if (!status) {
        output_begin();
        output_number("waiting", s.waiting);
        output_time("waiting_since", s.waiting_since);
        output_number("unmatched", s.unmatched);
        output_number("set_aside", s.set_aside);
        output_number("foreign", s.foreign);
        output_end();
    }
    return status;
}

static void show(const kl_webhook_aside *aside)
{
    size_t length = 0;
    const char *item = kl_webhook_aside_item(aside, &length);
    char *text = strndup(item ? item : "", length);
    output_begin();
    output_number("id", kl_webhook_aside_id(aside));
    output_time("at", kl_webhook_aside_at(aside));
    output_text("phone_number_id", kl_webhook_aside_phone_number_id(aside));
    output_text("reason", kl_webhook_aside_reason(aside));
    output_text("item", text);
    output_end();
    free(text);
}

static kl_status aside(invocation *in)
{
    kl_status status = KL_OK;
    int64_t after = given_count(in, "after-id", 0);
    output_list();
    for (bool more = true; !status && more;) {
        kl_webhook_aside_page *page = NULL;
        status = kl_webhook_aside_list(in->handle, after, LIST_PAGE, &page, &in->error);
        size_t count = status ? 0 : kl_webhook_aside_page_count(page);
        for (size_t i = 0; i < count; i++)
            show(kl_webhook_aside_page_at(page, i));
        if (count)
            after = kl_webhook_aside_id(kl_webhook_aside_page_at(page, count - 1));
        more = count == LIST_PAGE;
        kl_webhook_aside_page_free(page);
    }
    return status;
}

static kl_status retain(invocation *in)
{
    int64_t removed = 0, all = 0;
    kl_status status;
    do {
        status = kl_webhook_retain(in->handle, (int)given_count(in, "days", 0), 10000, &removed, &in->error);
        all += status ? 0 : removed;
    } while (!status && removed);
    if (!status) {
        output_begin();
        output_number("removed", all);
        output_end();
    }
    return status;
}

const command webhook_commands[] = {
    {"webhook serve", "take webhooks in over HTTP, behind a proxy on this machine",
     "Answers Meta's handshake and stores what is signed with the app secret; with Razorpay's secret its events too. Listens on\n"
     "loopback or a unix socket alone: TLS and the world are the proxy's. SIGTERM stops it when the requests under way are\n"
     "answered. GET /healthz answers 200 as long as the database does.",
     TAKES_DATABASE | TAKES_KEYS | TAKES_MANY | TAKES_APP,
     (const parameter[]){
         {"listen", "ADDRESS", "127.0.0.1:PORT, [::1]:PORT or unix:PATH; default 127.0.0.1:8480; port 0: a free one", OPTIONAL},
         {"path", "PATH", "of Meta's webhook; default /webhook", OPTIONAL},
         {"razorpay-path", "PATH", "of Razorpay's; default /razorpay, with $KLOYST_RAZORPAY_SECRET", OPTIONAL},
         {"verify-token-file", "FILE", "holds the token of Meta's handshake; else $KLOYST_VERIFY_TOKEN", OPTIONAL},
         {"no-fold", NULL, "leaves folding to a worker", OPTIONAL},
         {"max-connections", "COUNT", "1 to 10000; default 256", OPTIONAL},
         {"timeout-seconds", "COUNT", "of a silent connection, and of a whole request; 1 to 300; default 15", OPTIONAL},
         {0}},
     webhook_serve},
    {"webhook fold", "apply what was stored", NULL, TAKES_DATABASE | TAKES_KEYS, NULL, fold},
    {"webhook replay", "have stored webhooks folded again", "Changes nothing but what was not understood or not known then.",
     TAKES_DATABASE,
     (const parameter[]){{"since", "TIME", "received from then on; else from the first", OPTIONAL},
                         {"until", "TIME", "received before then; else to the last", OPTIONAL},
                         {0}},
     replay},
    {"webhook stats", "tell what waits in the inbox", NULL, TAKES_DATABASE, NULL, stats},
    {"webhook aside", "list items that a person must look at", "They may hold what users wrote.", TAKES_DATABASE,
     (const parameter[]){{"after-id", "COUNT", "begins behind this one", OPTIONAL}, {0}}, aside},
    {"webhook retain", "remove folded webhooks that are old", NULL, TAKES_DATABASE,
     (const parameter[]){{"days", "COUNT", "older than this, 0 to 3650", OPERAND}, {0}}, retain},
    {0}};

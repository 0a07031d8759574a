/* The sender's loop. */
#include "engine/sender.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "engine/sender_internal.h"

enum { PROGRESS_MS = 200, LIST_MS = 1000, WAIT_MS = 100, DATABASE_PAUSE_MS = 500, DATABASE_PATIENCE_MS = 15000 };

static void keep(sender *s, kl_status status, kl_error *why)
{
    kl_error_free(s->error);
    s->status = status;
    s->error = why;
}

void sender_stop(sender *s, kl_status status, kl_error *why)
{
    /* What ends the run is graver than what was only remarked before. */
    if (s->stopping && s->status)
        kl_error_free(why);
    else
        keep(s, status, why);
    s->stopping = true;
}

void sender_remark(sender *s, kl_status status, kl_error *why)
{
    if (s->status)
        kl_error_free(why);
    else
        keep(s, status, why);
}

/* The same call may do better in a moment. Every call the sender makes may be made twice. */
static bool passing(kl_status status)
{
    return status != KL_ERR_MEMORY && (kl_status_retriable(status) || status == KL_ERR_UNKNOWN_OUTCOME);
}

/* No other piece of work would do better. */
static bool general(kl_status status)
{
    return status == KL_ERR_CLOSED || status == KL_ERR_FORKED || status == KL_ERR_MEMORY ||
           status == KL_ERR_PERMISSION || status == KL_ERR_SCHEMA;
}

bool sender_database(sender *s, kl_status status, kl_error *why, kl_status *own, kl_error **own_why)
{
    if (!status) {
        s->trouble_since = 0;
        return true;
    }
    if (passing(status)) {
        s->now = clock_monotonic_ms();
        s->database_at = s->now + DATABASE_PAUSE_MS;
        if (!s->trouble_since)
            s->trouble_since = s->now;
        if (s->now - s->trouble_since < DATABASE_PATIENCE_MS) {
            kl_error_free(why);
            return false;
        }
    } else if (own && !general(status)) {
        *own = status;
        *own_why = why;
        return false;
    }
    s->closing_failed = true;
    sender_stop(s, status, why);
    return false;
}

bool sender_database_waits(const sender *s)
{
    return s->now < s->database_at;
}

static void tell_progress(sender *s, bool last)
{
    if (!s->options->progress || (!last && s->now < s->progress_at))
        return;
    s->progress_at = s->now + PROGRESS_MS;
    if (s->options->progress(s->options->context, &s->report))
        s->stopping = true;
}

/* Nothing to do, and one more look finds nothing either. */
static bool idle(sender *s)
{
    if (s->dispatch_count || sender_database_waits(s) || s->now < s->network_at)
        return false;
    for (size_t i = 0; i < s->lane_count; i++)
        if (!s->lanes[i]->stopped && s->now < s->lanes[i]->number->paused_until)
            return false;
    s->list_at = 0;
    sender_list(s);
    for (size_t i = 0; i < s->lane_count; i++)
        s->lanes[i]->claim_at = 0;
    sender_claim(s);
    return !s->dispatch_count && !s->trouble_since && !s->stopping;
}

static void look_for_work(sender *s)
{
    if (s->now >= s->list_at && !sender_database_waits(s)) {
        sender_list(s);
        s->list_at = s->now + LIST_MS;
    }
    sender_claim(s);
    sender_send(s);
}

static void run(sender *s)
{
    for (;;) {
        s->now = clock_monotonic_ms();
        sender_receive(s);
        if (!s->stopping)
            look_for_work(s);
        sender_store(s, s->stopping);
        sender_renew(s);
        sender_finish(s);
        tell_progress(s, false);
        if (s->stopping && (!s->dispatch_count || (s->closing_failed && !s->report.in_flight)))
            return;
        if (!s->stopping && s->options->until_idle && idle(s))
            return;
        s->now = clock_monotonic_ms();
        request_pool_wait(s->pool, (int)sender_send_wait(s, WAIT_MS));
    }
}

kl_status sender_run(kl *handle, const kl_sender_options *options, kl_sender_report *report, kl_error **error)
{
    sender s = {.handle = handle, .options = options};
    kl_status status = handle_need_keys(handle, error);
    if (!status)
        status = endpoint_check(options->base_url, options->api_version, &s.where, error);
    if (!status)
        status = request_pool_open(&s.where, options->request_timeout_ms, options->max_in_flight, &s.pool, error);
    if (status)
        return status;
    run(&s);
    tell_progress(&s, true);
    for (size_t i = 0; i < s.lane_count; i++)
        lane_free(s.lanes[i]);
    free(s.lanes);
    request_pool_free(s.pool);
    number_free_all(s.numbers);
    if (report)
        *report = s.report;
    if (s.status)
        error_set_sqlstate(error, s.status, kl_error_sqlstate(s.error), "%s", kl_error_message(s.error));
    kl_error_free(s.error);
    return s.status;
}

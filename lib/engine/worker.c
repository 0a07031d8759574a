/* The worker's life and loop. */
#include "engine/worker.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "engine/housekeeping.h"
#include "engine/worker_internal.h"

enum { PROGRESS_MS = 200, WAIT_MS = 100, SOON_MS = 60000, LOOK_AGAIN_MS = 250 };
enum { DATABASE_PAUSE_MS = 500, DATABASE_PATIENCE_MS = 15000 };

static void keep(worker *w, kl_status status, kl_error *why)
{
    kl_error_free(w->error);
    w->status = status;
    w->error = why;
}

void worker_end(worker *w, kl_status status, kl_error *why)
{
    /* What ends the run is graver than what was only remarked before. */
    if (w->stopping && w->status)
        kl_error_free(why);
    else
        keep(w, status, why);
    w->stopping = true;
}

void worker_remark(worker *w, kl_status status, kl_error *why)
{
    if (w->status)
        kl_error_free(why);
    else
        keep(w, status, why);
}

/* The same call may do better in a moment. Every call the worker makes may be made twice. */
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

bool worker_database(worker *w, kl_status status, kl_error *why, kl_status *own, kl_error **own_why)
{
    if (!status) {
        w->trouble_since = 0;
        return true;
    }
    if (passing(status)) {
        w->now = clock_monotonic_ms();
        w->database_at = w->now + DATABASE_PAUSE_MS;
        w->renew_first = true;
        if (!w->trouble_since)
            w->trouble_since = w->now;
        if (w->now - w->trouble_since < DATABASE_PATIENCE_MS) {
            kl_error_free(why);
            return false;
        }
    } else if (own && !general(status)) {
        *own = status;
        *own_why = why;
        return false;
    }
    w->closing_failed = true;
    worker_end(w, status, why);
    return false;
}

bool worker_database_waits(const worker *w)
{
    return w->now < w->database_at;
}

static void tell_progress(worker *w, bool last)
{
    if (!w->options.progress || (!last && w->now < w->progress_at))
        return;
    w->progress_at = w->now + PROGRESS_MS;
    if (w->options.progress(w->options.context, &w->report))
        w->stopping = true;
}

/* Something comes again within a minute, or became due after the worker began to look, at `looked_at`. */
static bool soon(worker *w, int64_t looked_at)
{
    bool answer = false;
    kl_error *why = NULL;
    if (w->now < w->soon_at)
        return true;
    /* A second more for the way to the server. */
    int64_t since = clock_monotonic_ms() - looked_at + 1000;
    kl_status status = lane_soon(w->handle->pool, w->options.vendor_id, SOON_MS, since < SOON_MS ? (int)since : SOON_MS,
                                 &answer, &why);
    worker_database(w, status, why, NULL, NULL);
    w->soon_at = answer ? w->now + LOOK_AGAIN_MS : 0;
    return answer || status;
}

/* Nothing to do, and one more look finds nothing either. */
static bool idle(worker *w)
{
    if (w->dispatch_count || worker_database_waits(w) || w->now < w->network_at)
        return false;
    for (size_t i = 0; i < w->lane_count; i++)
        if (!w->lanes[i]->stopped && w->now < w->lanes[i]->number->paused_until)
            return false;
    int64_t looked_at = clock_monotonic_ms();
    do
        worker_list(w);
    while (w->list_more && !worker_database_waits(w) && !w->stopping);
    for (size_t i = 0; i < w->lane_count; i++)
        w->lanes[i]->claim_at = 0;
    worker_claim(w);
    return !w->dispatch_count && !w->trouble_since && !w->stopping && !soon(w, looked_at);
}

static void look_for_work(worker *w)
{
    if (w->renew_first)
        worker_renew(w);
    if (w->now >= w->list_at && !worker_database_waits(w))
        worker_list(w);
    worker_claim(w);
    worker_fill_slots(w);
}

bool worker_turn(worker *w)
{
    w->now = clock_monotonic_ms();
    if (atomic_load(&w->stop_asked))
        w->stopping = true;
    if (!w->stopping)
        look_for_work(w);
    w->now = clock_monotonic_ms();
    if (!w->pulling || w->stopping)
        worker_send(w);
    worker_store(w, w->stopping);
    worker_renew(w);
    worker_finish(w);
    tell_progress(w, false);
    return !(w->stopping && (!w->dispatch_count || (w->closing_failed && !w->report.in_flight)));
}

static void run(worker *w)
{
    while (worker_turn(w)) {
        if (!w->stopping && w->options.until_idle && idle(w))
            return;
        w->now = clock_monotonic_ms();
        request_pool_wait(w->pool, (int)worker_slot_wait(w, WAIT_MS));
        w->now = clock_monotonic_ms();
        worker_receive(w);
    }
}

static void forget_lanes(worker *w)
{
    for (number *n = w->numbers; n; n = n->next)
        worker_put_back_all(w, n);
    for (size_t i = 0; i < w->lane_count; i++)
        lane_free(w->lanes[i]);
    w->lane_count = w->dispatch_count = 0;
}

/* What an earlier run stopped may be well by now, and what it could not store belongs to recovery. */
void worker_start_anew(worker *w)
{
    forget_lanes(w);
    w->list_more = false;
    w->list_at = w->progress_at = w->database_at = w->trouble_since = w->network_at = w->soon_at = 0;
    w->network_failures = 0;
    w->renew_first = false;
    w->stopping = w->closing_failed = false;
    keep(w, KL_OK, NULL);
}

kl_status worker_close(worker *w, kl_worker_report *report, kl_error **error)
{
    atomic_store(&w->stop_asked, 0);
    tell_progress(w, true);
    if (report)
        *report = w->report;
    if (w->status)
        error_set_sqlstate(error, w->status, kl_error_sqlstate(w->error), "%s", kl_error_message(w->error));
    return w->status;
}

kl_status worker_run(kl_worker *w, kl_worker_report *report, kl_error **error)
{
    housekeeping *keeper = NULL;
    if (w->pulling)
        return error_set(error, KL_ERR_STATE, "the worker is pulled from: finish that first");
    worker_start_anew(w);
    kl_status status = w->options.housekeeping
                           ? housekeeping_start(w->handle, w->options.fold_webhooks != 0, w->options.retain_days,
                                                &keeper, error)
                           : KL_OK;
    if (status)
        return status;
    run(w);
    housekeeping_stop(keeper);
    return worker_close(w, report, error);
}

void worker_stop(kl_worker *w)
{
    atomic_store(&w->stop_asked, 1);
    request_pool_wake(w->pool);
}

static kl_status copy_options(worker *w, const kl_worker_options *options, kl_error **error)
{
    w->options = *options;
    const char **texts[] = {&w->options.base_url, &w->options.api_version, &w->options.proxy, &w->options.ca_file};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!*texts[i])
            continue;
        *texts[i] = w->texts[i] = strdup(*texts[i]);
        if (!w->texts[i])
            return error_memory(error);
    }
    if (options->vendor_id) {
        w->vendor_id = *options->vendor_id;
        w->options.vendor_id = &w->vendor_id;
    }
    return KL_OK;
}

kl_status worker_new(kl *handle, const kl_worker_options *options, kl_worker **out, kl_error **error)
{
    worker *w = calloc(1, sizeof *w);
    if (!w)
        return error_memory(error);
    w->handle = handle;
    uuid_generate(&w->id);
    pg_rows *rows = NULL;
    kl_status status = copy_options(w, options, error);
    if (!status)
        status = handle_need_keys(handle, error);
    if (!status)
        status = endpoint_check(w->options.base_url, w->options.api_version, &w->where, error);
    /* A database that cannot be reached or read is told at the door. */
    if (!status)
        status = lane_list(handle->pool, w->options.vendor_id, NULL, 1, &rows, error);
    pg_rows_free(rows);
    if (!status)
        status = request_pool_open(&w->where, &(request_settings){w->options.request_timeout_ms,
                                   w->options.connect_timeout_ms, w->options.max_in_flight, w->options.proxy,
                                   w->options.ca_file}, &w->pool, error);
    if (status)
        worker_free(w);
    else
        *out = w;
    return status;
}

void worker_free(kl_worker *w)
{
    forget_lanes(w);
    free(w->lanes);
    worker_free_pulled(w);
    request_pool_free(w->pool);
    number_free_all(w->numbers);
    kl_error_free(w->error);
    for (size_t i = 0; i < sizeof w->texts / sizeof w->texts[0]; i++)
        free(w->texts[i]);
    free(w);
}

/* The worker's records: storing results, keeping leases, finishing batches. */
#include <stdlib.h>

#include "base/error.h"
#include "core/batch.h"
#include "engine/worker_internal.h"
#include "repo/queue.h"

enum { STORE_RESULTS = 200, STORE_MS = 250 };

/* One result that the database refuses must not cost the others. */
static bool store_singly(worker *w, dispatch *d)
{
    for (size_t i = 0; i < d->result_count; i++) {
        kl_error *why = NULL, *own_why = NULL;
        kl_status own = KL_OK, status = batch_complete(w->handle, d->batch, &d->results[i], 1, &why);
        if (worker_database(w, status, why, &own, &own_why))
            continue;
        if (!own)
            return false;
        kl_send_result unknown = {.index = d->results[i].index, .outcome = KL_SEND_UNKNOWN};
        why = NULL;
        status = batch_complete(w->handle, d->batch, &unknown, 1, &why);
        if (!worker_database(w, status, why, NULL, NULL)) {
            kl_error_free(own_why);
            return false;
        }
        worker_remark(w, own, own_why);
    }
    return true;
}

static bool store(worker *w, dispatch *d)
{
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK, status = batch_complete(w->handle, d->batch, d->results, d->result_count, &why);
    bool stored = worker_database(w, status, why, &own, &own_why);
    if (own) {
        kl_error_free(own_why);
        stored = store_singly(w, d);
    }
    if (stored)
        dispatch_results_stored(d);
    return stored;
}

void worker_store(worker *w, bool all)
{
    for (size_t i = 0; i < w->lane_count; i++) {
        for (dispatch *d = w->lanes[i]->dispatches; d; d = d->next) {
            if (w->closing_failed || worker_database_waits(w))
                return;
            bool due = all || d->result_count >= STORE_RESULTS || w->now >= d->results_since + STORE_MS ||
                       d->done == d->count;
            if (d->result_count && due)
                store(w, d);
        }
    }
}

void worker_renew(worker *w)
{
    bool all = w->renew_first;
    for (size_t i = 0; i < w->lane_count; i++) {
        for (dispatch *d = w->lanes[i]->dispatches; d; d = d->next) {
            if (w->closing_failed || worker_database_waits(w))
                return;
            if (d->lost || d->done == d->count || (!all && w->now < d->renew_at))
                continue;
            kl_error *why = NULL, *own_why = NULL;
            kl_status own = KL_OK, status = batch_renew(w->handle, d->batch, w->options.lease_ms, &why);
            if (worker_database(w, status, why, &own, &own_why))
                d->renew_at = w->now + w->options.lease_ms / 3;
            else if (own)
                d->lost = d->over = true; /* whatever it was: without a lease nothing may be sent */
            kl_error_free(own_why);
        }
    }
    w->renew_first = false;
}

/* Ends a batch of which nothing more is sent. False: the database does not answer now. */
static bool close_early(worker *w, dispatch *d)
{
    size_t done_before = d->done;
    size_t unsent = dispatch_close(d, w->now);
    worker_count_deferred(w, d->done - done_before);
    /* First the results: whoever gets the batch next takes what has none for UNKNOWN. */
    if (d->result_count && !store(w, d))
        return false;
    if (d->lost || (unsent == d->count && d->done == d->count))
        return true;
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK, status = batch_release_from(w->handle, d->batch, unsent, &why);
    bool released = worker_database(w, status, why, &own, &own_why);
    kl_error_free(own_why);
    if (own == KL_ERR_LEASE_LOST && !d->lane->single && !d->perhaps_released) {
        /* Nothing can be given back: what did not leave is deferred, at the next turn. */
        d->lost = true;
        return false;
    }
    /* After this a lost lease may be its own doing, and what others have by now must not be deferred beside them. */
    d->perhaps_released |= !released && !own;
    return released || own;
}

/* The lane of a queue rests until the lease would have run out; what is due in it earlier need not wait so long. */
static void wake_queue(worker *w, const lane *l)
{
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK;
    queue_lease lease = {.vendor_id = l->vendor_id, .waba_account_id = l->waba_account_id};
    kl_status status = queue_rest(w->handle->pool, &lease, &why);
    worker_database(w, status, why, &own, &own_why);
    kl_error_free(own_why);
}

void worker_finish(worker *w)
{
    for (size_t i = 0; i < w->lane_count; i++) {
        lane *l = w->lanes[i];
        for (dispatch *d = l->dispatches, *next; d; d = next) {
            next = d->next;
            if (d->in_flight || d->picked || w->closing_failed || worker_database_waits(w))
                continue;
            bool ended = d->done == d->count && !d->result_count;
            bool early = w->stopping || l->stopped || d->over;
            if (!ended && !(early && close_early(w, d)))
                continue;
            lane_remove(l, d);
            w->dispatch_count--;
            if (l->single)
                wake_queue(w, l);
        }
    }
}

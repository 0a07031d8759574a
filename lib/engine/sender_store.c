/* The sender's records: storing results, keeping leases, finishing batches. */
#include <stdlib.h>

#include "base/error.h"
#include "core/batch.h"
#include "engine/sender_internal.h"

enum { STORE_RESULTS = 200, STORE_MS = 250 };

/* One result that the database refuses, such as a wamid that it has already, must not cost the others. */
static bool store_singly(sender *s, dispatch *d)
{
    for (size_t i = 0; i < d->result_count; i++) {
        kl_error *why = NULL, *own_why = NULL;
        kl_status own = KL_OK, status = batch_complete(s->handle, d->batch, &d->results[i], 1, &why);
        if (sender_database(s, status, why, &own, &own_why))
            continue;
        if (!own)
            return false;
        kl_send_result unknown = {.index = d->results[i].index, .outcome = KL_SEND_UNKNOWN};
        why = NULL;
        status = batch_complete(s->handle, d->batch, &unknown, 1, &why);
        if (!sender_database(s, status, why, NULL, NULL)) {
            kl_error_free(own_why);
            return false;
        }
        sender_remark(s, own, own_why);
    }
    return true;
}

static bool store(sender *s, dispatch *d)
{
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK, status = batch_complete(s->handle, d->batch, d->results, d->result_count, &why);
    bool stored = sender_database(s, status, why, &own, &own_why);
    if (own) {
        kl_error_free(own_why);
        stored = store_singly(s, d);
    }
    if (stored)
        dispatch_results_stored(d);
    return stored;
}

void sender_store(sender *s, bool all)
{
    for (size_t i = 0; i < s->lane_count; i++) {
        for (dispatch *d = s->lanes[i]->dispatches; d; d = d->next) {
            if (s->closing_failed || sender_database_waits(s))
                return;
            bool due = all || d->result_count >= STORE_RESULTS || s->now >= d->results_since + STORE_MS ||
                       d->done == d->count;
            if (d->result_count && due)
                store(s, d);
        }
    }
}

void sender_renew(sender *s)
{
    for (size_t i = 0; i < s->lane_count; i++) {
        for (dispatch *d = s->lanes[i]->dispatches; d; d = d->next) {
            if (s->closing_failed || sender_database_waits(s))
                return;
            if (d->lost || d->done == d->count || s->now < d->renew_at)
                continue;
            kl_error *why = NULL, *own_why = NULL;
            kl_status own = KL_OK, status = batch_renew(s->handle, d->batch, s->options->lease_ms, &why);
            if (sender_database(s, status, why, &own, &own_why))
                d->renew_at = s->now + s->options->lease_ms / 3;
            else if (own)
                d->lost = true; /* whatever it was: without a lease nothing may be sent */
            kl_error_free(own_why);
        }
    }
}

/* Ends a batch of which nothing more is sent. False: the database does not answer now. */
static bool close_early(sender *s, dispatch *d)
{
    size_t failed_before = d->done;
    size_t unsent = dispatch_close(d, s->now);
    s->report.failed += (int64_t)(d->done - failed_before);
    /* First the results: whoever gets the batch next takes what has none for UNKNOWN. */
    if (d->result_count && !store(s, d))
        return false;
    if (d->lost || (unsent == d->count && d->done == d->count))
        return true;
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK, status = batch_release_from(s->handle, d->batch, unsent, &why);
    bool released = sender_database(s, status, why, &own, &own_why);
    kl_error_free(own_why);
    return released || own;
}

void sender_finish(sender *s)
{
    for (size_t i = 0; i < s->lane_count; i++) {
        lane *l = s->lanes[i];
        for (dispatch *d = l->dispatches, *next; d; d = next) {
            next = d->next;
            if (d->in_flight || s->closing_failed || sender_database_waits(s))
                continue;
            bool ended = d->done == d->count && !d->result_count;
            bool early = s->stopping || l->stopped || d->lost;
            if (!ended && !(early && close_early(s, d)))
                continue;
            lane_remove(l, d);
            s->dispatch_count--;
        }
    }
}

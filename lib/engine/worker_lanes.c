/* The worker's lanes: finding them, claiming batches, giving back what may not be sent now. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/batch.h"
#include "core/waba.h"
#include "crypto/seal.h"
#include "engine/worker_internal.h"

/* LANES are read at once, and all of them in turn. A batch in memory is some hundred KB: BATCHES keeps a worker with thousands of
 * campaigns small; single messages are claimed beyond it, so that no campaign is in their way. */
enum { LANES = 1000, LIST_MS = 200, BATCHES = 128, BATCHES_A_LANE = 4 };
enum { EMPTY_MS = 500, AHEAD_MS = 250, QUEUE_MOST = 500 };

/* The index of the first lane that is not before the row. */
static size_t place_of(const worker *w, const lane_row *row)
{
    size_t low = 0, high = w->lane_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lane_compare(w->lanes[middle], row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void stop_with(lane *l, const lane *other)
{
    l->stopped = true;
    l->stopped_until = other->stopped_until;
    l->stop_class = other->stop_class;
}

static void take_over_stops(worker *w, lane *l)
{
    for (size_t i = 0; i < w->lane_count; i++)
        if (lane_shares_stop(w->lanes[i], l))
            stop_with(l, w->lanes[i]);
}

static kl_status see_lane(worker *w, const lane_row *row, kl_error **error)
{
    size_t at = place_of(w, row);
    if (at == w->lane_count || lane_compare(w->lanes[at], row) != 0) {
        number *n = number_find(&w->numbers, row->phone_number_id);
        lane **longer = n ? realloc(w->lanes, (w->lane_count + 1) * sizeof *longer) : NULL;
        if (longer)
            w->lanes = longer;
        lane *l = longer ? lane_new(row, n) : NULL;
        if (!l)
            return error_memory(error);
        take_over_stops(w, l);
        memmove(w->lanes + at + 1, w->lanes + at, (w->lane_count - at) * sizeof *w->lanes);
        w->lanes[at] = l;
        w->lane_count++;
    }
    lane *seen = w->lanes[at];
    seen->weight = row->weight;
    seen->listed = true;
    if (seen->stopped && w->now >= seen->stopped_until)
        seen->stopped = seen->proven = false;
    return KL_OK;
}

/* A campaign that is no more on the list was paused, cancelled or stopped, and what is held of it is given back. Single messages
 * leave the list while they are leased. */
static void forget_closed(worker *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->lane_count; i++) {
        lane *l = w->lanes[i];
        if (!l->listed && !l->single)
            lane_give_back(l);
        if (l->listed || l->dispatches)
            w->lanes[kept++] = l;
        else
            lane_free(l);
    }
    w->lane_count = kept;
}

void worker_list(worker *w)
{
    pg_rows *rows = NULL;
    kl_error *why = NULL;
    kl_status status = lane_list(w->handle->pool, w->options.vendor_id, w->list_more ? &w->list_after : NULL, LANES,
                                 &rows, &why);
    if (!worker_database(w, status, why, NULL, NULL))
        return;
    int count = pg_rows_count(rows);
    bool more = count == LANES;
    lane_row last = count ? lane_at(rows, count - 1) : (lane_row){0};
    for (size_t i = 0; i < w->lane_count; i++) {
        lane *l = w->lanes[i];
        if ((!w->list_more || lane_compare(l, &w->list_after) > 0) && (!more || lane_compare(l, &last) <= 0))
            l->listed = false;
    }
    for (int i = 0; !status && i < count; i++) {
        lane_row row = lane_at(rows, i);
        status = see_lane(w, &row, &why);
    }
    if (status)
        worker_end(w, status, why);
    last.phone_number_id = NULL;
    w->list_more = more;
    w->list_after = last;
    w->list_at = more ? w->now : w->now + LIST_MS;
    pg_rows_free(rows);
    forget_closed(w);
}

/* Opens the account anew for each batch: a token or a rate that was changed meanwhile counts from here on. */
static kl_status claim(worker *w, lane *l, dispatch **out, kl_error **error)
{
    char *token = NULL, *phone_number_id = NULL;
    size_t length = 0;
    int rate = 0;
    kl_batch *batch = NULL;
    kl_status status = waba_open_token(w->handle, &l->vendor_id, &l->waba_account_id, &token, &length, &phone_number_id,
                                       &rate, error);
    /* Of the queue about a second's worth, so that other workers have their part. */
    if (!status && l->single)
        status = batch_claim_queue(w->handle, &l->vendor_id, &l->waba_account_id, rate < QUEUE_MOST ? rate : QUEUE_MOST,
                                   w->options.lease_ms, &batch, error);
    else if (!status)
        status = batch_claim(w->handle, &l->vendor_id, &l->campaign_id, w->options.lease_ms, &batch, error);
    if (!status && !(*out = dispatch_new(l, batch)))
        status = error_memory(error);
    else if (!status)
        status = dispatch_address(*out, &w->where, phone_number_id, token, error);
    if (!status)
        l->rate = rate;
    if (status && *out) {
        batch_release(w->handle, batch, NULL);
        dispatch_free(*out);
    }
    secret_free(token, length);
    free(phone_number_id);
    return status;
}

static void claim_for(worker *w, lane *l)
{
    dispatch *d = NULL;
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK, status = claim(w, l, &d, &why);
    if (worker_database(w, status, why, &own, &own_why)) {
        d->renew_at = w->now + w->options.lease_ms / 3;
        lane_add(l, d);
        w->dispatch_count++;
        w->report.batches++;
    } else if (own == KL_ERR_EMPTY || own == KL_ERR_NOT_FOUND || own == KL_ERR_STATE) {
        w->trouble_since = 0; /* the database is well */
        l->claim_at = w->now + EMPTY_MS;
        kl_error_free(own_why);
    } else if (own) {
        /* A lane that cannot be served must not keep the others from being served. */
        l->stopped = true;
        l->stopped_until = INT64_MAX;
        l->stop_class = ERROR_STOP_CAMPAIGN;
        worker_remark(w, own, own_why);
    }
}

static bool wants_batch(const worker *w, const lane *l)
{
    return !l->stopped && l->listed && w->now >= l->claim_at && w->now >= l->number->paused_until &&
           l->dispatch_count < BATCHES_A_LANE && (l->single || w->dispatch_count < BATCHES) &&
           (int64_t)lane_unsent(l) * 1000 <= (int64_t)l->rate * AHEAD_MS;
}

void worker_claim(worker *w)
{
    /* While nothing can be sent nothing is paid for. */
    if (w->now < w->network_at || w->renew_first)
        return;
    for (size_t i = 0; i < w->lane_count; i++) {
        lane *l = w->lanes[(w->claim_turn + i) % w->lane_count];
        if (w->stopping || worker_database_waits(w))
            return;
        if (wants_batch(w, l))
            claim_for(w, l);
    }
    w->claim_turn++;
}

void worker_stop_lane(worker *w, lane *l, error_class class, int64_t until)
{
    l->stopped = true;
    l->stopped_until = until;
    l->stop_class = class;
    for (size_t i = 0; i < w->lane_count; i++)
        if (!w->lanes[i]->stopped && lane_shares_stop(l, w->lanes[i]))
            stop_with(w->lanes[i], l);
}

void worker_rest_lane(worker *w, lane *l, int64_t ms)
{
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK;
    int most = 3600000; /* looked at again by then */
    kl_status status = lane_rest(w->handle->pool, &l->vendor_id, &l->waba_account_id, &l->campaign_id,
                                 ms < most ? (int)ms : most, &why);
    worker_database(w, status, why, &own, &own_why);
    kl_error_free(own_why);
    l->claim_at = w->now + ms;
    lane_give_back(l);
}

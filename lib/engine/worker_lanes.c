/* The worker's lanes: finding them, claiming batches, stopping those that Meta stopped. */
#include <stdlib.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/batch.h"
#include "core/waba.h"
#include "crypto/seal.h"
#include "engine/worker_internal.h"

/* A batch in memory is some hundred KB: the bounds keep a run with thousands of campaigns small. */
enum { LANES = 1000, BATCHES = 128, BATCHES_A_LANE = 4, EMPTY_MS = 1000 };

static lane *find_lane(const worker *w, const lane_row *row)
{
    for (size_t i = 0; i < w->lane_count; i++)
        if (uuid_compare(&w->lanes[i]->campaign_id, &row->campaign_id) == 0 &&
            uuid_compare(&w->lanes[i]->vendor_id, &row->vendor_id) == 0)
            return w->lanes[i];
    return NULL;
}

static kl_status see_lane(worker *w, const lane_row *row, kl_error **error)
{
    lane *l = find_lane(w, row);
    if (!l) {
        number *n = number_find(&w->numbers, row->phone_number_id, w->now);
        lane **longer = realloc(w->lanes, (w->lane_count + 1) * sizeof *longer);
        if (longer)
            w->lanes = longer;
        if (!n || !longer || !(l = lane_new(row, n)))
            return error_memory(error);
        for (size_t i = 0; i < w->lane_count; i++) {
            if (lane_shares_stop(w->lanes[i], l)) {
                l->stopped = true;
                l->stop_class = w->lanes[i]->stop_class;
            }
        }
        w->lanes[w->lane_count++] = l;
    }
    l->listed = true;
    return KL_OK;
}

static void forget_closed(worker *w)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->lane_count; i++) {
        lane *l = w->lanes[i];
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
    kl_status status = lane_list(w->handle->pool, w->options.vendor_id, LANES, &rows, &why);
    if (!worker_database(w, status, why, NULL, NULL))
        return;
    for (size_t i = 0; i < w->lane_count; i++)
        w->lanes[i]->listed = false;
    for (int i = 0; !status && i < pg_rows_count(rows); i++) {
        lane_row row = lane_at(rows, i);
        status = see_lane(w, &row, &why);
    }
    if (status)
        worker_end(w, status, why);
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
    if (!status)
        status = batch_claim(w->handle, &l->vendor_id, &l->campaign_id, w->options.lease_ms, &batch, error);
    if (!status && !(*out = dispatch_new(l, batch)))
        status = error_memory(error);
    else if (!status)
        status = dispatch_address(*out, &w->where, phone_number_id, token, error);
    if (!status)
        number_set_rate(l->number, rate);
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
        l->stop_class = ERROR_STOP_CAMPAIGN;
        worker_remark(w, own, own_why);
    }
}

static bool wants_batch(const worker *w, const lane *l)
{
    return !l->stopped && w->now >= l->claim_at && w->now >= l->number->paused_until &&
           l->dispatch_count < BATCHES_A_LANE && !lane_unsent(l);
}

void worker_claim(worker *w)
{
    /* While nothing can be sent nothing is paid for. */
    if (w->now < w->network_at)
        return;
    for (size_t i = 0; i < w->lane_count && w->dispatch_count < BATCHES; i++) {
        lane *l = w->lanes[(w->claim_turn + i) % w->lane_count];
        if (w->stopping || worker_database_waits(w))
            return;
        if (wants_batch(w, l))
            claim_for(w, l);
    }
    w->claim_turn++;
}

void worker_stop_lane(worker *w, lane *l, error_class class)
{
    l->stopped = true;
    l->stop_class = class;
    for (size_t i = 0; i < w->lane_count; i++) {
        if (!w->lanes[i]->stopped && lane_shares_stop(l, w->lanes[i])) {
            w->lanes[i]->stopped = true;
            w->lanes[i]->stop_class = class;
        }
    }
}

/* The sender's lanes: finding them, claiming batches, stopping those that Meta stopped. */
#include <stdlib.h>

#include "base/error.h"
#include "base/uuid.h"
#include "core/batch.h"
#include "core/waba.h"
#include "crypto/seal.h"
#include "engine/sender_internal.h"

/* A batch in memory is some hundred KB: the bounds keep a run with thousands of campaigns small. */
enum { LANES = 1000, BATCHES = 128, BATCHES_A_LANE = 4, EMPTY_MS = 1000 };

static lane *find_lane(const sender *s, const lane_row *row)
{
    for (size_t i = 0; i < s->lane_count; i++)
        if (uuid_compare(&s->lanes[i]->campaign_id, &row->campaign_id) == 0 &&
            uuid_compare(&s->lanes[i]->vendor_id, &row->vendor_id) == 0)
            return s->lanes[i];
    return NULL;
}

static kl_status see_lane(sender *s, const lane_row *row, kl_error **error)
{
    lane *l = find_lane(s, row);
    if (!l) {
        number *n = number_find(&s->numbers, row->phone_number_id, s->now);
        lane **longer = realloc(s->lanes, (s->lane_count + 1) * sizeof *longer);
        if (longer)
            s->lanes = longer;
        if (!n || !longer || !(l = lane_new(row, n)))
            return error_memory(error);
        for (size_t i = 0; i < s->lane_count; i++) {
            if (lane_shares_stop(s->lanes[i], l)) {
                l->stopped = true;
                l->stop_class = s->lanes[i]->stop_class;
            }
        }
        s->lanes[s->lane_count++] = l;
    }
    l->listed = true;
    return KL_OK;
}

static void forget_closed(sender *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->lane_count; i++) {
        lane *l = s->lanes[i];
        if (l->listed || l->dispatches)
            s->lanes[kept++] = l;
        else
            lane_free(l);
    }
    s->lane_count = kept;
}

void sender_list(sender *s)
{
    pg_rows *rows = NULL;
    kl_error *why = NULL;
    kl_status status = lane_list(s->handle->pool, s->options->vendor_id, LANES, &rows, &why);
    if (!sender_database(s, status, why, NULL, NULL))
        return;
    for (size_t i = 0; i < s->lane_count; i++)
        s->lanes[i]->listed = false;
    for (int i = 0; !status && i < pg_rows_count(rows); i++) {
        lane_row row = lane_at(rows, i);
        status = see_lane(s, &row, &why);
    }
    if (status)
        sender_stop(s, status, why);
    pg_rows_free(rows);
    forget_closed(s);
}

/* Opens the account anew for each batch: a token or a rate that was changed meanwhile counts from here on. */
static kl_status claim(sender *s, lane *l, dispatch **out, kl_error **error)
{
    char *token = NULL, *phone_number_id = NULL;
    size_t length = 0;
    int rate = 0;
    kl_batch *batch = NULL;
    kl_status status = waba_open_token(s->handle, &l->vendor_id, &l->waba_account_id, &token, &length, &phone_number_id,
                                       &rate, error);
    if (!status)
        status = batch_claim(s->handle, &l->vendor_id, &l->campaign_id, s->options->lease_ms, &batch, error);
    if (!status && !(*out = dispatch_new(l, batch)))
        status = error_memory(error);
    else if (!status)
        status = dispatch_address(*out, &s->where, phone_number_id, token, error);
    if (!status)
        number_set_rate(l->number, rate);
    if (status && *out) {
        batch_release(s->handle, batch, NULL);
        dispatch_free(*out);
    }
    secret_free(token, length);
    free(phone_number_id);
    return status;
}

static void claim_for(sender *s, lane *l)
{
    dispatch *d = NULL;
    kl_error *why = NULL, *own_why = NULL;
    kl_status own = KL_OK, status = claim(s, l, &d, &why);
    if (sender_database(s, status, why, &own, &own_why)) {
        d->renew_at = s->now + s->options->lease_ms / 3;
        lane_add(l, d);
        s->dispatch_count++;
        s->report.batches++;
    } else if (own == KL_ERR_EMPTY || own == KL_ERR_NOT_FOUND || own == KL_ERR_STATE) {
        s->trouble_since = 0; /* the database is well */
        l->claim_at = s->now + EMPTY_MS;
        kl_error_free(own_why);
    } else if (own) {
        /* A lane that cannot be served must not keep the others from being served. */
        l->stopped = true;
        l->stop_class = ERROR_STOP_CAMPAIGN;
        sender_remark(s, own, own_why);
    }
}

static bool wants_batch(const sender *s, const lane *l)
{
    return !l->stopped && s->now >= l->claim_at && s->now >= l->number->paused_until &&
           l->dispatch_count < BATCHES_A_LANE && !lane_unsent(l);
}

void sender_claim(sender *s)
{
    /* While nothing can be sent nothing is paid for. */
    if (s->now < s->network_at)
        return;
    for (size_t i = 0; i < s->lane_count && s->dispatch_count < BATCHES; i++) {
        lane *l = s->lanes[(s->claim_turn + i) % s->lane_count];
        if (s->stopping || sender_database_waits(s))
            return;
        if (wants_batch(s, l))
            claim_for(s, l);
    }
    s->claim_turn++;
}

void sender_stop_lane(sender *s, lane *l, error_class class)
{
    l->stopped = true;
    l->stop_class = class;
    for (size_t i = 0; i < s->lane_count; i++) {
        if (!s->lanes[i]->stopped && lane_shares_stop(l, s->lanes[i])) {
            s->lanes[i]->stopped = true;
            s->lanes[i]->stop_class = class;
        }
    }
}

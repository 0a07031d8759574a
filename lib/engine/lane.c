/* A lane and its claimed batches. */
#include "engine/lane.h"

#include <stdlib.h>

#include "base/uuid.h"

static const kl_uuid nil;

lane *lane_new(const lane_row *row, number *n)
{
    lane *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->vendor_id = row->vendor_id;
    l->waba_account_id = row->waba_account_id;
    l->campaign_id = row->campaign_id;
    l->single = uuid_compare(&row->campaign_id, &nil) == 0;
    l->weight = row->weight;
    l->number = n;
    if (number_add_lane(n, l))
        return l;
    free(l);
    return NULL;
}

void lane_free(lane *l)
{
    while (l->dispatches)
        lane_remove(l, l->dispatches);
    number_remove_lane(l->number, l);
    free(l);
}

/* At the end: the older batch is finished first. */
void lane_add(lane *l, dispatch *d)
{
    dispatch **end = &l->dispatches;
    while (*end)
        end = &(*end)->next;
    *end = d;
    l->dispatch_count++;
}

void lane_remove(lane *l, dispatch *d)
{
    dispatch **at = &l->dispatches;
    while (*at && *at != d)
        at = &(*at)->next;
    if (*at) {
        *at = d->next;
        l->dispatch_count--;
    }
    dispatch_free(d);
}

int lane_compare(const lane *l, const lane_row *row)
{
    int order = uuid_compare(&l->vendor_id, &row->vendor_id);
    if (!order)
        order = uuid_compare(&l->waba_account_id, &row->waba_account_id);
    return order ? order : uuid_compare(&l->campaign_id, &row->campaign_id);
}

int64_t lane_next(const lane *l, int64_t now)
{
    int64_t next = INT64_MAX;
    /* The first answer shows whether token, number and template are good before many messages fail by them. */
    if (l->stopped || (!l->proven && l->in_flight + l->picked))
        return next;
    for (const dispatch *d = l->dispatches; d; d = d->next) {
        if (d->over)
            continue;
        if (d->sent < d->count)
            return now;
        if (d->repeat_count && dispatch_next_due(d) < next)
            next = dispatch_next_due(d);
    }
    return next;
}

bool lane_ready(const lane *l, int64_t now)
{
    return l->dispatches && lane_next(l, now) <= now;
}

size_t lane_unsent(const lane *l)
{
    size_t unsent = 0;
    for (const dispatch *d = l->dispatches; d; d = d->next)
        unsent += d->over ? 0 : d->count - d->sent;
    return unsent;
}

void lane_give_back(lane *l)
{
    for (dispatch *d = l->dispatches; d; d = d->next)
        d->over = true;
}

bool lane_shares_stop(const lane *stopped, const lane *l)
{
    if (!stopped->stopped || uuid_compare(&stopped->vendor_id, &l->vendor_id) != 0)
        return false;
    switch (stopped->stop_class) {
    case ERROR_STOP_NUMBER:
        return stopped->number == l->number;
    case ERROR_STOP_WABA:
        return uuid_compare(&stopped->waba_account_id, &l->waba_account_id) == 0;
    default:
        return uuid_compare(&stopped->campaign_id, &l->campaign_id) == 0;
    }
}

/* A lane and its claimed batches. */
#include "engine/lane.h"

#include <stdlib.h>

#include "base/uuid.h"

lane *lane_new(const lane_row *row, number *n)
{
    lane *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->vendor_id = row->vendor_id;
    l->campaign_id = row->campaign_id;
    l->waba_account_id = row->waba_account_id;
    l->number = n;
    return l;
}

void lane_free(lane *l)
{
    while (l->dispatches)
        lane_remove(l, l->dispatches);
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

size_t lane_unsent(const lane *l)
{
    size_t unsent = 0;
    for (const dispatch *d = l->dispatches; d; d = d->next)
        unsent += d->lost ? 0 : d->count - d->sent;
    return unsent;
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

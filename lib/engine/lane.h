/* A lane: one campaign with work, and the batches of it that this run has claimed. */
#ifndef KLOYST_ENGINE_LANE_H
#define KLOYST_ENGINE_LANE_H

#include "engine/dispatch.h"
#include "meta/error_policy.h"
#include "repo/lane.h"

typedef struct lane {
    kl_uuid vendor_id;
    kl_uuid campaign_id;
    kl_uuid waba_account_id;
    number *number;
    dispatch *dispatches;
    size_t dispatch_count;
    int in_flight;
    int64_t claim_at;      /* not before */
    bool listed;           /* seen in the last listing */
    bool proven;           /* a request was answered without stopping it: more than one may be under way */
    bool stopped;          /* for the rest of this run */
    error_class stop_class; /* what was stopped with it */
} lane;

/* NULL when there is no memory. */
lane *lane_new(const lane_row *row, number *n);
/* With its dispatches. */
void lane_free(lane *l);

void lane_add(lane *l, dispatch *d);
void lane_remove(lane *l, dispatch *d);

/* Messages of claimed batches that were never sent. */
size_t lane_unsent(const lane *l);

/* True when what stopped `stopped` stops `l` too. */
bool lane_shares_stop(const lane *stopped, const lane *l);

#endif

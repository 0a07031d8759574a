/* A lane: one campaign with work, or the single and deferred messages of an account, and what this worker claimed of it. */
#ifndef KLOYST_ENGINE_LANE_H
#define KLOYST_ENGINE_LANE_H

#include "engine/dispatch.h"
#include "engine/number.h"
#include "meta/error_policy.h"
#include "repo/lane.h"

typedef struct lane {
    kl_uuid vendor_id;
    kl_uuid waba_account_id;
    kl_uuid campaign_id;   /* nil: single and deferred messages */
    bool single;
    int weight;
    uint64_t pass;         /* its place among the campaigns of its vendor, by weight */
    int rate;              /* of its account, as of the last claim; 0: not known yet */
    number *number;
    dispatch *dispatches;
    size_t dispatch_count;
    int in_flight;
    int misfits;           /* messages in a row that failed by what the campaign has in common */
    int picked;            /* about to leave */
    int64_t claim_at;      /* not before */
    bool listed;           /* seen in the last listing */
    bool proven;           /* a request was answered without stopping it: more than one may be under way */
    bool stopped;
    int64_t stopped_until;
    error_class stop_class; /* what was stopped with it */
} lane;

/* NULL when there is no memory. */
lane *lane_new(const lane_row *row, number *n);
/* With its dispatches. */
void lane_free(lane *l);

void lane_add(lane *l, dispatch *d);
void lane_remove(lane *l, dispatch *d);

/* Where the lane stands among all, in the order of lane_list(). */
int lane_compare(const lane *l, const lane_row *row);

/* It has a message that may be picked now. */
bool lane_ready(const lane *l, int64_t now);
/* When it has one; INT64_MAX: not by itself. */
int64_t lane_next(const lane *l, int64_t now);

/* Messages of claimed batches that were never picked. */
size_t lane_unsent(const lane *l);

/* Gives back what it holds as soon as nothing of it is under way. */
void lane_give_back(lane *l);

/* True when what stopped `stopped` stops `l` too. */
bool lane_shares_stop(const lane *stopped, const lane *l);

#endif

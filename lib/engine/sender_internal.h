/* What the files of the sender share: one run. */
#ifndef KLOYST_ENGINE_SENDER_INTERNAL_H
#define KLOYST_ENGINE_SENDER_INTERNAL_H

#include "engine/lane.h"
#include "engine/sender.h"

/* All times are milliseconds of clock_monotonic_ms(). */
typedef struct sender {
    kl *handle;
    const kl_sender_options *options;
    endpoint where;
    request_pool *pool;
    number *numbers;
    lane **lanes;
    size_t lane_count;
    size_t turn;            /* the lane that is served first next time */
    size_t claim_turn;
    size_t dispatch_count;  /* of all lanes */
    int64_t now;
    int64_t list_at;
    int64_t progress_at;
    int64_t database_at;    /* the database failed in passing: not before */
    int64_t trouble_since;  /* of the database; 0: none */
    int64_t network_at;     /* the Graph API could not be reached: not before */
    int network_failures;   /* in a row */
    bool stopping;          /* nothing new is sent */
    bool closing_failed;    /* the database stayed away: what was not stored is left to recovery */
    kl_status status;
    kl_error *error;
    kl_sender_report report;
} sender;

/* Ends the run gracefully with this status unless an earlier one did. Takes over *why. */
void sender_stop(sender *s, kl_status status, kl_error *why);
/* The run goes on and will answer this status, unless something graver comes. Takes over *why. */
void sender_remark(sender *s, kl_status status, kl_error *why);

/* A call to the database ended so. True: well. False: it failed in passing and will be tried again, or the run was
 * stopped, or, with `own` not NULL, it concerns this piece of work alone and *own says why. Takes over why. */
bool sender_database(sender *s, kl_status status, kl_error *why, kl_status *own, kl_error **own_why);
bool sender_database_waits(const sender *s);

/* sender_lanes.c: finding lanes, claiming their batches. */
void sender_list(sender *s);
void sender_claim(sender *s);
void sender_stop_lane(sender *s, lane *l, error_class class);

/* sender_traffic.c: requests out, answers in. */
void sender_send(sender *s);
void sender_receive(sender *s);
/* Milliseconds until there is something to send; at most `most`. */
int64_t sender_send_wait(sender *s, int64_t most);

/* sender_store.c: results, leases, finished batches. `all` stores what waits, however little. */
void sender_store(sender *s, bool all);
void sender_renew(sender *s);
void sender_finish(sender *s);

#endif

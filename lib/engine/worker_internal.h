/* What the files of the worker share: its state. */
#ifndef KLOYST_ENGINE_WORKER_INTERNAL_H
#define KLOYST_ENGINE_WORKER_INTERNAL_H

#include <stdatomic.h>

#include "engine/lane.h"
#include "engine/worker.h"

/* All times are milliseconds of clock_monotonic_ms(). */
typedef struct kl_worker {
    kl *handle;
    kl_worker_options options; /* its texts are in `texts` */
    kl_uuid vendor_id;
    char *texts[2];
    atomic_int stop_asked;
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
    kl_worker_report report;
} worker;

/* Ends the run gracefully with this status unless an earlier one did. Takes over *why. */
void worker_end(worker *w, kl_status status, kl_error *why);
/* The run goes on and will answer this status, unless something graver comes. Takes over *why. */
void worker_remark(worker *w, kl_status status, kl_error *why);

/* A call to the database ended so. True: well. False: it failed in passing and will be tried again, or the run was
 * stopped, or, with `own` not NULL, it concerns this piece of work alone and *own says why. Takes over why. */
bool worker_database(worker *w, kl_status status, kl_error *why, kl_status *own, kl_error **own_why);
bool worker_database_waits(const worker *w);

/* worker_lanes.c: finding lanes, claiming their batches. */
void worker_list(worker *w);
void worker_claim(worker *w);
void worker_stop_lane(worker *w, lane *l, error_class class);

/* worker_traffic.c: requests out, answers in. */
void worker_send(worker *w);
void worker_receive(worker *w);
/* Milliseconds until there is something to send; at most `most`. */
int64_t worker_send_wait(worker *w, int64_t most);

/* worker_store.c: results, leases, finished batches. `all` stores what waits, however little. */
void worker_store(worker *w, bool all);
void worker_renew(worker *w);
void worker_finish(worker *w);

#endif

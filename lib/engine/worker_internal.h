/* What the files of the worker share: its state. */
#ifndef KLOYST_ENGINE_WORKER_INTERNAL_H
#define KLOYST_ENGINE_WORKER_INTERNAL_H

#include <stdatomic.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "engine/lane.h"
#include "engine/outcome.h"
#include "engine/worker.h"

/* A message that the program posts itself. */
typedef struct pulled {
    request request;
    uint32_t use;  /* how often the place was used: tells tickets apart */
    bool open;
} pulled;

/* All times are milliseconds of clock_monotonic_ms(). */
typedef struct kl_worker {
    kl *handle;
    kl_worker_options options; /* its texts are in `texts` */
    kl_uuid vendor_id;
    char *texts[4];
    atomic_int stop_asked;
    kl_uuid id;             /* among all workers */
    endpoint where;
    request_pool *pool;
    pulled *pulled;         /* what a program was handed out; max_in_flight of them */
    size_t pull_turn;       /* where a free place is looked for first */
    bool pulling;
    number *numbers;
    lane **lanes;           /* in the order of lane_list() */
    size_t lane_count;
    lane_row list_after;    /* the next listing goes on behind it, if list_more */
    bool list_more;
    size_t claim_turn;
    size_t dispatch_count;  /* of all lanes */
    int picked;             /* messages that have their time but have not left */
    int64_t now;
    int64_t list_at;
    int64_t soon_at;        /* something comes again: not idle before */
    int64_t progress_at;
    int64_t database_at;    /* the database failed in passing: not before */
    int64_t trouble_since;  /* of the database; 0: none */
    bool renew_first;       /* leases may have run out meanwhile: nothing is claimed before they were renewed */
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
/* Nothing of the lane, and of all that shares the cause, leaves before `until`. */
void worker_stop_lane(worker *w, lane *l, error_class class, int64_t until);
/* Nobody claims of the lane for so long, and what is held of it is given back. */
void worker_rest_lane(worker *w, lane *l, int64_t ms);

/* worker_slots.c: picking messages fairly, reserving the time in which they may leave. */
void worker_fill_slots(worker *w);
/* The message of a pick waits again, until `due` at least; without a slot. */
void worker_put_back(worker *w, pick *p, int64_t due);
void worker_put_back_all(worker *w, number *n);
/* Milliseconds until a message may leave or a slot be reserved; at most `most`. */
int64_t worker_slot_wait(const worker *w, int64_t most);

/* worker_users.c: which users the messages of `picks` make count for the portfolio of their number. `counted` has room for
 * `count`. */
kl_status worker_count_users(worker *w, const number *n, const pick *picks, size_t count, int64_t *counted, size_t *counting,
                             kl_error **error);

/* worker_traffic.c: requests out, answers in. */
void worker_send(worker *w);
void worker_receive(worker *w);
/* A message that is about to be posted by `r`. */
void worker_note_post(worker *w, request *r, const pick *p);
/* Picks that must not leave any more wait again. */
void worker_take_back(worker *w, number *n);
void worker_take_answer(worker *w, request *r);

/* worker.c: one turn of everything but the requests themselves. False: the worker has come to its end. */
bool worker_turn(worker *w);
void worker_start_anew(worker *w);
/* worker_pull.c */
void worker_free_pulled(worker *w);
kl_status worker_close(worker *w, kl_worker_report *report, kl_error **error);

/* worker_settle.c: what the end of a request changes. */
void worker_settle(worker *w, dispatch *d, request *r, outcome *o);
void worker_count_deferred(worker *w, size_t messages);
/* A message that was not sent, or refused in passing, comes again after `wait` ms: from here when that is soon, else from the
 * queue. Takes over its text. */
void worker_postpone(worker *w, dispatch *d, repeat *message, int64_t wait);

/* worker_store.c: results, leases, finished batches. `all` stores what waits, however little. */
void worker_store(worker *w, bool all);
void worker_renew(worker *w);
void worker_finish(worker *w);

#endif

/* Repository of the limits that all workers keep together: numbers, pairs, portfolios. */
#ifndef KLOYST_REPO_LIMITS_H
#define KLOYST_REPO_LIMITS_H

#include "pg/pool.h"

/* What a worker wants to send. */
typedef struct slot_wish {
    const char *phone_number_id;
    const kl_uuid *worker;
    int rate;                /* messages a second, 1 or more */
    const int64_t *wanted;   /* recipient_hash() of each message, in order */
    size_t wanted_count;
    const int64_t *counted;  /* of those that count for the portfolio */
    size_t counted_count;
    int ahead_ms;            /* the slot begins no later than this */
    int64_t seen;            /* the last slot of the number that the worker knows */
} slot_wish;

/* The answer; times are microseconds from then on. */
typedef struct slot_grant {
    int64_t no;           /* of the slot; 0: none */
    int64_t starts_in;    /* of the slot; without one: when to ask again */
    int64_t per_message;
    int64_t room_in;      /* until the portfolio has room again; when some are refused */
    int64_t paused_for;   /* 0: not paused */
    bool limited;         /* of a slot: the portfolio has a limit */
    pg_rows *rows;        /* of the grant */
    pg_rows *slots;       /* what other workers reserved meanwhile */
} slot_grant;

/* One round trip. The rows are freed with slot_grant_free(). */
kl_status limits_reserve(pg_pool *pool, const slot_wish *wish, slot_grant *out, kl_error **error);
void slot_grant_free(slot_grant *grant);

/* Calls `refused` with each recipient that the portfolio has no room for. */
void slot_grant_refused(const slot_grant *grant, void (*refused)(void *context, int64_t recipient), void *context);

/* Calls `went` with each recipient of each slot of other workers, in order; `age` is how long ago, in microseconds, it
 * began, `pause_ms` is 0 for a message and otherwise how long the pair rests. Answers the last slot's number, 0: none. */
int64_t slot_grant_others(const slot_grant *grant,
                          void (*went)(void *context, int64_t recipient, int64_t age, int pause_ms), void *context);

/* Half of a number's throughput, for all workers; once a second at most. */
kl_status limits_slow(pg_pool *pool, const char *phone_number_id, kl_error **error);
/* Nothing leaves by a number for so long. */
kl_status limits_pause(pg_pool *pool, const char *phone_number_id, int ms, kl_error **error);
kl_status limits_pause_pair(pg_pool *pool, const char *phone_number_id, int64_t recipient, int ms,
                            const kl_uuid *worker, kl_error **error);
/* Removes what no pair remembers any more. */
kl_status limits_forget(pg_pool *pool, kl_error **error);

/* `user_limit` 0: none. */
kl_status limits_set_portfolio(pg_pool *pool, const char *phone_number_id, const char *portfolio_id, int user_limit,
                               kl_error **error);

#endif

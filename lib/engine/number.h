/* A sending number: the token bucket that keeps its messages per second, shared by all its campaigns in a run. */
#ifndef KLOYST_ENGINE_NUMBER_H
#define KLOYST_ENGINE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct number {
    char *phone_number_id;
    struct number *next;
    double rate;          /* messages per second that the account may send */
    double share;         /* of the rate that is used: below 1 for a while after Meta complained */
    int64_t share_until;  /* when the share grows again; all times are of clock_monotonic_ms() */
    double tokens;
    int64_t filled_at;
    int64_t paused_until;
} number;

/* The number of that id in the list, added when it is new. NULL when there is no memory. */
number *number_find(number **list, const char *phone_number_id, int64_t now);
void number_free_all(number *list);

void number_set_rate(number *n, int messages_per_second);

/* Milliseconds until a message may leave; 0: now. */
int64_t number_wait(number *n, int64_t now);

/* Spends the token of one message; only when number_wait() answered 0. */
void number_take(number *n);

/* Meta said that the throughput was exceeded: half of it for a while, at most once a second. */
void number_slow(number *n, int64_t now);

/* Nothing leaves before `until`. */
void number_pause(number *n, int64_t until);

#endif

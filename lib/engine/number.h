/* A sending number as one worker sees it: the messages picked for its slots, who shares it, and its pairs. */
#ifndef KLOYST_ENGINE_NUMBER_H
#define KLOYST_ENGINE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kloyst/types.h>

#include "engine/dispatch.h"
#include "engine/pair.h"

/* A message that may leave at its time. */
typedef struct pick {
    dispatch *from;
    repeat message;
    int64_t recipient; /* recipient_hash() */
    int64_t at;        /* all times are of clock_monotonic_ms() */
    bool refused;      /* its portfolio has no room for it */
} pick;

/* The lanes of one vendor that send by one number. */
typedef struct sharer {
    kl_uuid vendor_id;
    struct sharer *next;
    struct lane **lanes;
    size_t lane_count;
    uint64_t pass; /* of the campaign that was served last */
} sharer;

typedef struct number {
    char *phone_number_id;
    struct number *next;
    sharer *sharers;
    sharer *turn;         /* who is served next; NULL: the first */
    pair_table pairs;
    int64_t seen;         /* the last slot that other workers reserved */
    pick *picks;          /* those from picks_left on are still to leave, in order of time */
    size_t pick_count;
    size_t picks_left;
    size_t pick_new;      /* behind the last: picked, but without a time yet */
    size_t pick_room;
    int64_t reserve_at;   /* not before */
    int64_t paused_until;
    bool unlimited;       /* its portfolio had no limit of users at the last slot: who counts need not be known */
    int64_t slowed_at;    /* the last complaint that was passed on */
} number;

/* The number of that id in the list, added when it is new. NULL when there is no memory. */
number *number_find(number **list, const char *phone_number_id);
void number_free_all(number *list);

/* Lanes come and go. False: no memory. */
bool number_add_lane(number *n, struct lane *l);
void number_remove_lane(number *n, struct lane *l);

/* Room for so many more picks. False: no memory. */
bool number_reserve_picks(number *n, size_t count);
size_t number_picks(const number *n);

#endif

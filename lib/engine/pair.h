/* Pairs: how often one number may write to one recipient, by the generic cell rate algorithm. */
#ifndef KLOYST_ENGINE_PAIR_H
#define KLOYST_ENGINE_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Meta's: one message in 6 seconds; 45 at once, borrowed from the time after. All times are milliseconds. */
enum { PAIR_MS = 6000, PAIR_BURST = 45 };

typedef struct pair {
    int64_t recipient;
    int64_t busy_until; /* theoretical arrival time; 0: no pair is here */
} pair;

/* The pairs of one number that were used lately. An all-zero one is empty. */
typedef struct pair_table {
    pair *pairs; /* open addressing */
    size_t room; /* a power of two, or 0 */
    size_t used;
} pair_table;

void pair_table_free(pair_table *t);

/* A message to the recipient at time `at`: 0 when it keeps the limit, and it is counted; else how long it has to wait. Without
 * memory it is counted nowhere: the answer is then negative. `now` is when entries are forgotten. */
int64_t pair_take(pair_table *t, int64_t recipient, int64_t at, int64_t now);

/* Nothing goes to the recipient before `until`. False: no memory. */
bool pair_pause(pair_table *t, int64_t recipient, int64_t until, int64_t now);

#endif

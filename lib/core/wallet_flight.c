/* Lone credits and debits of several wallets, of whatever vendors, share a transaction and so the flush of its
 * commit. */
#include "core/wallet_flight.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"

/* Callers share a flight to spare the server work, so they wait only where flights keep it busy: those that began
 * less than BUSY_US ago. Older ones most likely wait for a disk or a lock, and waiting for them would spare nothing.
 * */
enum { BUSY_MAX = 2, BUSY_US = 3000 };

/* A wallet that somebody else keeps locked must not hold up those who share a flight with it for longer. */
enum { PATIENCE_MS = 100 };

/* A caller; lives on its stack. */
typedef struct ticket {
    attempt *attempt;
    kl_status status;
    kl_error *error;
    struct ticket *next;
    sem_t changed; /* posted once: flown, or leads */
    bool waits;    /* in the queue */
    bool leads;
    bool alone;    /* the flight failed: nothing of it was done */
} ticket;

struct wallet_flights {
    pthread_mutex_t lock;
    int most;
    int under_way;
    int64_t began[BUSY_MAX]; /* the last ones, by the monotonic clock, microseconds */
    int next_began;
    ticket *first; /* those who wait */
    ticket **end;
};

wallet_flights *wallet_flights_new(int most)
{
    wallet_flights *flights = calloc(1, sizeof *flights);
    if (!flights)
        return NULL;
    flights->most = most;
    flights->end = &flights->first;
    pthread_mutex_init(&flights->lock, NULL);
    return flights;
}

void wallet_flights_free(wallet_flights *flights)
{
    if (flights)
        pthread_mutex_destroy(&flights->lock);
    free(flights);
}

static int by_vendor(const void *a, const void *b)
{
    const ticket *const *left = a, *const *right = b;
    return memcmp((*left)->attempt->vendor_id, (*right)->attempt->vendor_id, sizeof(kl_uuid));
}

/* All flights lock wallets in one order, so that two processes' flights cannot wait for each other. */
static void fly(pg_pool *pool, ticket **tickets, size_t count)
{
    attempt *attempts[ATTEMPTS_MAX];
    kl_error *why = NULL;
    qsort(tickets, count, sizeof *tickets, by_vendor);
    for (size_t i = 0; i < count; i++)
        attempts[i] = tickets[i]->attempt;
    kl_status status = attempt_all(pool, attempts, count, PATIENCE_MS, &why);
    for (size_t i = 0; i < count; i++) {
        ticket *t = tickets[i];
        t->alone = count > 1 && status && status != KL_ERR_UNKNOWN_OUTCOME;
        t->status = status;
        if (status && !t->alone)
            error_set_sqlstate(&t->error, status, kl_error_sqlstate(why), "%s", kl_error_message(why));
    }
    kl_error_free(why);
}

/* With the lock held. */
static bool may_begin(const wallet_flights *flights)
{
    if (flights->under_way < BUSY_MAX || flights->under_way >= flights->most)
        return flights->under_way < flights->most;
    return clock_monotonic_us() - flights->began[flights->next_began] >= BUSY_US;
}

/* With the lock held; it waits. */
static ticket *leave_queue(wallet_flights *flights, ticket *t)
{
    ticket **at = &flights->first;
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    if (!t->next)
        flights->end = at;
    t->waits = false;
    return t;
}

/* Takes the first of those who wait along; with the lock held. */
static size_t board(wallet_flights *flights, ticket **tickets, size_t count)
{
    flights->began[flights->next_began] = clock_monotonic_us();
    flights->next_began = (flights->next_began + 1) % BUSY_MAX;
    while (count < ATTEMPTS_MAX && flights->first)
        tickets[count++] = leave_queue(flights, flights->first);
    return count;
}

static void lead(wallet_flights *flights, pg_pool *pool, ticket *self)
{
    ticket *tickets[ATTEMPTS_MAX] = {self};
    pthread_mutex_lock(&flights->lock);
    size_t count = board(flights, tickets, 1);
    pthread_mutex_unlock(&flights->lock);
    fly(pool, tickets, count);
    pthread_mutex_lock(&flights->lock);
    ticket *heir = NULL;
    if (flights->first) {
        heir = leave_queue(flights, flights->first);
        heir->leads = true;
    } else {
        flights->under_way--;
    }
    pthread_mutex_unlock(&flights->lock);
    if (heir)
        sem_post(&heir->changed);
    /* One that is woken leaves, and its memory with it. */
    for (size_t i = 0; i < count; i++)
        if (tickets[i] != self)
            sem_post(&tickets[i]->changed);
}

/* True when the caller leads at once. */
static bool enter(wallet_flights *flights, ticket *t)
{
    pthread_mutex_lock(&flights->lock);
    t->leads = may_begin(flights);
    if (t->leads) {
        flights->under_way++;
    } else {
        t->waits = true;
        *flights->end = t;
        flights->end = &t->next;
    }
    bool leads = t->leads;
    pthread_mutex_unlock(&flights->lock);
    return leads;
}

/* Waits until it has flown or leads. When no flight has begun for a while although some wait, those under way are not
 * what keeps the server busy, and it leads the next one. */
static void wait_for_turn(wallet_flights *flights, ticket *t)
{
    for (;;) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += BUSY_US * 1000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (sem_timedwait(&t->changed, &until) == 0)
            return;
        pthread_mutex_lock(&flights->lock);
        bool leads = t->waits && may_begin(flights);
        if (leads) {
            leave_queue(flights, t);
            t->leads = true;
            flights->under_way++;
        }
        pthread_mutex_unlock(&flights->lock);
        if (leads)
            return;
    }
}

kl_status wallet_flight_post(wallet_flights *flights, pg_pool *pool, attempt *attempt, kl_error **error)
{
    ticket t = {.attempt = attempt};
    sem_init(&t.changed, 0, 0);
    if (!enter(flights, &t))
        wait_for_turn(flights, &t);
    if (t.leads)
        lead(flights, pool, &t);
    sem_destroy(&t.changed);
    if (t.alone)
        return attempt_all(pool, &attempt, 1, 0, error);
    if (error && !*error)
        *error = t.error;
    else
        kl_error_free(t.error);
    return t.status;
}

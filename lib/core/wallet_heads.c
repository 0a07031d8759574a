/* What a handle last saw of its wallets: enough to compute the next ledger row without asking. */
#include "core/wallet_heads.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* A vendor has one place that it shares with others; its id is random at its end. The clock is trusted to run with
 * the server's up to a thousandth, for as long as that stays well below the second that statements allow. */
enum { SHARDS = 64, PLACES = 64, DRIFT = 1000, AGE_MAX_US = 300 * 1000000, MISSES_MAX = 10 };

typedef struct place {
    kl_uuid vendor_id;
    bool known;
    wallet_head head;
    int64_t seen_at; /* by the monotonic clock, microseconds */
    int misses;      /* in a row */
    int pause;       /* how often find still says no */
} place;

struct wallet_heads {
    struct {
        pthread_mutex_t lock;
        place places[PLACES];
    } shards[SHARDS];
};

wallet_heads *wallet_heads_new(void)
{
    wallet_heads *heads = calloc(1, sizeof *heads);
    for (int i = 0; heads && i < SHARDS; i++)
        pthread_mutex_init(&heads->shards[i].lock, NULL);
    return heads;
}

void wallet_heads_free(wallet_heads *heads)
{
    for (int i = 0; heads && i < SHARDS; i++)
        pthread_mutex_destroy(&heads->shards[i].lock);
    free(heads);
}

/* The vendor's place with its shard locked; who else's it is is for the caller to see. */
static place *enter(wallet_heads *heads, const kl_uuid *vendor_id, pthread_mutex_t **lock)
{
    *lock = &heads->shards[vendor_id->bytes[15] % SHARDS].lock;
    pthread_mutex_lock(*lock);
    return &heads->shards[vendor_id->bytes[15] % SHARDS].places[vendor_id->bytes[14] % PLACES];
}

static bool is_of(const place *p, const kl_uuid *vendor_id)
{
    return memcmp(&p->vendor_id, vendor_id, sizeof *vendor_id) == 0;
}

bool wallet_heads_find(wallet_heads *heads, const kl_uuid *vendor_id, wallet_head *out)
{
    pthread_mutex_t *lock;
    place *p = enter(heads, vendor_id, &lock);
    int64_t age = clock_monotonic_us() - p->seen_at;
    bool found = is_of(p, vendor_id) && p->known && age >= 0 && age <= AGE_MAX_US;
    if (found && p->pause) {
        p->pause--;
        found = false;
    }
    if (found) {
        *out = p->head;
        out->now += age - age / DRIFT;
    }
    pthread_mutex_unlock(lock);
    return found;
}

void wallet_heads_put(wallet_heads *heads, const kl_uuid *vendor_id, const wallet_head *head)
{
    pthread_mutex_t *lock;
    place *p = enter(heads, vendor_id, &lock);
    if (!is_of(p, vendor_id))
        *p = (place){.vendor_id = *vendor_id};
    p->known = true;
    p->head = *head;
    p->seen_at = clock_monotonic_us();
    pthread_mutex_unlock(lock);
}

void wallet_heads_missed(wallet_heads *heads, const kl_uuid *vendor_id)
{
    pthread_mutex_t *lock;
    place *p = enter(heads, vendor_id, &lock);
    if (is_of(p, vendor_id)) {
        p->known = false;
        p->misses += p->misses < MISSES_MAX;
        p->pause = (1 << p->misses) - 2;
    }
    pthread_mutex_unlock(lock);
}

void wallet_heads_held(wallet_heads *heads, const kl_uuid *vendor_id)
{
    pthread_mutex_t *lock;
    place *p = enter(heads, vendor_id, &lock);
    if (is_of(p, vendor_id))
        p->misses = 0;
    pthread_mutex_unlock(lock);
}

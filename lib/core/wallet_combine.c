/* Flat combining: concurrent callers on one wallet become one transaction. */
#include "core/wallet_combine.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS = 64 };

/* A caller inside; lives on its stack. It sleeps on a semaphore of its own: woken through a condition, all callers of
 * a set would next stand in line for the shard's lock. */
typedef struct waiter {
    wallet_item *item;
    const kl_uuid *vendor_id;
    struct waiter *next;       /* behind this one in the same queue */
    struct waiter *next_queue; /* of a queue's leader: the next leader in the shard */
    struct waiter **end;       /* of a leader: where the next caller is put */
    size_t count;              /* of a leader: callers in its queue, itself among them */
    sem_t changed;             /* posted once: done, or leads */
    bool leads;
} waiter;

/* The leaders of the wallets that hash here; a leader's list of waiters begins with itself. */
typedef struct shard {
    pthread_mutex_t lock;
    waiter *leaders;
} shard;

struct wallet_combiner {
    shard shards[SHARDS];
};

wallet_combiner *wallet_combiner_new(void)
{
    wallet_combiner *combiner = calloc(1, sizeof *combiner);
    for (int i = 0; combiner && i < SHARDS; i++)
        pthread_mutex_init(&combiner->shards[i].lock, NULL);
    return combiner;
}

void wallet_combiner_free(wallet_combiner *combiner)
{
    for (int i = 0; combiner && i < SHARDS; i++)
        pthread_mutex_destroy(&combiner->shards[i].lock);
    free(combiner);
}

static waiter **find_leader(shard *s, const kl_uuid *vendor_id)
{
    waiter **at = &s->leaders;
    while (*at && memcmp((*at)->vendor_id, vendor_id, sizeof *vendor_id) != 0)
        at = &(*at)->next_queue;
    return at;
}

/* Puts the caller behind the wallet's leader, or makes it the leader. */
static void join(shard *s, waiter *w)
{
    waiter **leader = find_leader(s, w->vendor_id);
    if (*leader) {
        *(*leader)->end = w;
        (*leader)->end = &w->next;
        (*leader)->count++;
        return;
    }
    w->leads = true;
    w->count = 1;
    w->end = &w->next;
    *leader = w;
}

/* With the lock held: what came behind the `posted` first goes on under `heir`, or the queue ends. */
static void pass_the_lead(shard *s, waiter *leader, waiter *heir, size_t posted)
{
    waiter **at = find_leader(s, leader->vendor_id);
    *at = leader->next_queue;
    if (!heir)
        return;
    heir->leads = true;
    heir->count = leader->count - posted;
    heir->end = leader->end;
    heir->next_queue = s->leaders;
    s->leaders = heir;
}

/* A waiter that is woken leaves, and its memory with it. */
static void wake_posted(waiter *w, size_t count)
{
    for (waiter *next; count; w = next, count--) {
        next = w->next;
        sem_post(&w->changed);
    }
}

/* Holds the lock only for a moment at both ends. */
static void lead(shard *s, kl *handle, waiter *self, wallet_combine_function post)
{
    wallet_item *items[WALLET_SET_MAX];
    waiter *last = self;
    size_t count = 0;
    pthread_mutex_lock(&s->lock);
    for (waiter *w = self; w && count < WALLET_SET_MAX; w = w->next) {
        items[count++] = w->item;
        last = w;
    }
    pthread_mutex_unlock(&s->lock);
    post(handle, self->vendor_id, items, count);
    pthread_mutex_lock(&s->lock);
    waiter *heir = last->next;
    pass_the_lead(s, self, heir, count);
    /* Callers come back. When most of them are here, the next set starts before the others are woken, who make the set
     * after it. Otherwise the others are woken first, lest a crowd falls into many small sets. */
    bool crowded = heir && heir->count >= count / 2;
    pthread_mutex_unlock(&s->lock);
    if (heir && crowded)
        sem_post(&heir->changed);
    wake_posted(self->next, count - 1);
    if (heir && !crowded)
        sem_post(&heir->changed);
}

static void wait_for_turn(waiter *w)
{
    while (sem_wait(&w->changed))
        continue; /* interrupted by a signal */
}

void wallet_combine(wallet_combiner *combiner, kl *handle, const kl_uuid *vendor_id, wallet_item *item,
                    wallet_combine_function post)
{
    shard *s = &combiner->shards[vendor_id->bytes[15] % SHARDS]; /* random in a version-7 UUID */
    waiter w = {.item = item, .vendor_id = vendor_id};
    sem_init(&w.changed, 0, 0);
    pthread_mutex_lock(&s->lock);
    join(s, &w);
    bool first = w.leads;
    pthread_mutex_unlock(&s->lock);
    if (!first)
        wait_for_turn(&w);
    if (w.leads)
        lead(s, handle, &w, post);
    sem_destroy(&w.changed);
}

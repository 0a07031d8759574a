/* Queueing updates and posting them in signed batches, with retries. */
#include "webhooks.h"

#include <errno.h>
#include <curl/curl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "holds.h"

/* Meta's limit for the body of one webhook. */
#define BODY_LIMIT ((size_t) 3 * 1024 * 1024)

enum { BACKOFF_LIMIT_MS = 5000 };

/* All under the ledger's lock. */
static update *ring; /* capacity is a power of two */
static size_t capacity, first, count;
static uint64_t posting;
static uint64_t generation; /* one more after each clear: what was taken before must not come back */
static uint64_t random_state;
static exchange *flushers;
static atomic_bool stopping; /* also read by the transfers, without the lock */

/* Its own lock, so that a poster can sleep without the ledger's. */
static pthread_mutex_t wake_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake;
static uint64_t wakes;

static pthread_t threads[64];
static size_t thread_count;

typedef struct poster {
    CURL *curl;
    text body;
    update updates[PAYLOAD_UPDATES];
    size_t count;
    uint64_t generation;
} poster;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void wake_posters(void)
{
    pthread_mutex_lock(&wake_lock);
    wakes++;
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&wake_lock);
}

static uint64_t wakes_so_far(void)
{
    pthread_mutex_lock(&wake_lock);
    uint64_t out = wakes;
    pthread_mutex_unlock(&wake_lock);
    return out;
}

/* Sleeps until then, or until somebody woke the posters since `seen` was read. */
static void sleep_until(int64_t due_us, uint64_t seen)
{
    struct timespec until = {.tv_sec = (time_t) (due_us / 1000000), .tv_nsec = (long) (due_us % 1000000) * 1000};
    pthread_mutex_lock(&wake_lock);
    while (wakes == seen && pthread_cond_timedwait(&wake, &wake_lock, &until) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&wake_lock);
}

static bool push(update item)
{
    if (count == capacity) {
        size_t grown = capacity ? capacity * 2 : 1024;
        update *fresh = malloc(grown * sizeof *fresh);
        if (!fresh)
            return false;
        for (size_t at = 0; at < count; at++)
            fresh[at] = ring[(first + at) & (capacity - 1)];
        free(ring);
        ring = fresh;
        capacity = grown;
        first = 0;
    }
    ring[(first + count++) & (capacity - 1)] = item;
    return true;
}

static bool push_new(update *item, update_kind kind, bool priced)
{
    item->kind = kind;
    item->priced = priced;
    bool gated = item->gate != NULL;
    bool pushed = push(*item);
    if (pushed)
        item->gate = NULL;
    else
        ledger_counts.updates_dropped++;
    return pushed && gated;
}

bool webhooks_add(const message *message, const fate *fate, exchange *gate)
{
    const options *o = &standin_options;
    if (!o->webhook_url || stopping)
        return false;
    bool was_short = count < (size_t) o->batch;
    bool was_empty = count == 0;
    bool gated = false;
    update item = {.message = message, .gate = gate, .due_us = now_us() + o->webhook_delay_ms * 1000};
    if (!o->no_sent)
        gated |= push_new(&item, UPDATE_SENT, true);
    if (fate->kind == FATE_ASYNC)
        gated |= push_new(&item, UPDATE_FAILED, false);
    if (fate->delivered)
        gated |= push_new(&item, UPDATE_DELIVERED, true);
    if (fate->read)
        gated |= push_new(&item, UPDATE_READ, !fate->delivered);
    if (fate->inbound && message->first)
        gated |= push_new(&item, UPDATE_INBOUND, false);
    if (was_empty || (was_short && count >= (size_t) o->batch))
        wake_posters();
    return gated;
}

uint64_t webhooks_pending(void)
{
    return count + posting;
}

bool webhooks_flush(exchange *x)
{
    if (webhooks_pending() == 0 || stopping)
        return false;
    x->next = flushers;
    flushers = x;
    wake_posters();
    return true;
}

static void release_flushers(void)
{
    while (flushers) {
        exchange *x = flushers;
        flushers = x->next;
        server_resume(x);
    }
}

static void release_gates(update *updates, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (updates[at].gate)
            holds_add(updates[at].gate);
        updates[at].gate = NULL;
    }
}

void webhooks_clear(void)
{
    for (size_t at = 0; at < count; at++)
        release_gates(&ring[(first + at) & (capacity - 1)], 1);
    free(ring);
    ring = NULL;
    capacity = first = count = 0;
    generation++;
    if (posting == 0)
        release_flushers();
    wake_posters();
}

/* When the front of the queue may leave: 0 = now. */
static int64_t ready_at(int64_t now)
{
    const options *o = &standin_options;
    if (count == 0)
        return now + 1000000;
    if (flushers)
        return 0;
    int64_t due = ring[first & (capacity - 1)].due_us;
    if (count < (size_t) o->batch)
        due += o->linger_ms * 1000;
    return due <= now ? 0 : due;
}

static uint64_t next_random(void)
{
    random_state += 0x9E3779B97F4A7C15u;
    uint64_t z = random_state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void take(poster *self, int64_t now)
{
    size_t bytes = 256;
    self->count = 0;
    while (count > 0 && self->count < (size_t) standin_options.batch) {
        update *front = &ring[first & (capacity - 1)];
        if (standin_options.shuffle) {
            update *other = &ring[(first + (size_t) (next_random() % count)) & (capacity - 1)];
            update kept = *front;
            *front = *other;
            *other = kept;
        }
        bytes += payload_bound(front);
        if ((front->due_us > now && !flushers) || (self->count > 0 && bytes > BODY_LIMIT))
            break;
        self->updates[self->count++] = *front;
        first++;
        count--;
    }
    posting += self->count;
    self->generation = generation;
}

static void sign(const text *body, char *header, size_t size)
{
    const char *secret = standin_options.app_secret;
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char hex[2 * sizeof mac + 1];
    crypto_auth_hmacsha256_init(&state, (const unsigned char *) secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *) body->bytes, body->length);
    crypto_auth_hmacsha256_final(&state, mac);
    snprintf(header, size, "X-Hub-Signature-256: sha256=%s", sodium_bin2hex(hex, sizeof hex, mac, sizeof mac));
}

static bool post(poster *self)
{
    char signature[128];
    long status = 0;
    sign(&self->body, signature, sizeof signature);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    headers = curl_slist_append(headers, signature);
    curl_easy_setopt(self->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(self->curl, CURLOPT_POSTFIELDS, self->body.bytes);
    curl_easy_setopt(self->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) self->body.length);
    if (curl_easy_perform(self->curl) == CURLE_OK)
        curl_easy_getinfo(self->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    return status == 200;
}

/* One post and, after anything but 200, more of the same bytes: at once, then ever less often. */
static bool post_until_taken(poster *self)
{
    int64_t backoff_ms = 0;
    for (int64_t attempt = 0;; attempt++) {
        bool taken = post(self);
        uint64_t seen = wakes_so_far();
        ledger_lock();
        release_gates(self->updates, self->count);
        bool given_up = stopping || self->generation != generation;
        if (!given_up)
            *(taken ? &ledger_counts.posts : &ledger_counts.posts_failed) += 1;
        ledger_unlock();
        if (taken || given_up || attempt == standin_options.retries)
            return taken;
        int64_t until = now_us() + backoff_ms * 1000;
        while (now_us() < until) {
            sleep_until(until, seen);
            seen = wakes_so_far();
            ledger_lock();
            given_up = stopping || self->generation != generation;
            ledger_unlock();
            if (given_up)
                return false;
        }
        backoff_ms = backoff_ms ? backoff_ms * 2 : standin_options.retry_ms;
        if (backoff_ms > BACKOFF_LIMIT_MS)
            backoff_ms = BACKOFF_LIMIT_MS;
    }
}

static void repeat(const update *done, int64_t now)
{
    static const char *const names[] = {"duplicate-sent", "duplicate-delivered", "duplicate-read", "duplicate-failed",
                                        "duplicate-inbound"};
    const message *message = done->message;
    if (done->duplicate || standin_options.duplicate_share <= 0 ||
        fate_draw(message->to, message->attempt, names[done->kind]) >= standin_options.duplicate_share)
        return;
    update again = *done;
    again.duplicate = true;
    again.due_us = now;
    push(again);
}

static void settle(poster *self, bool taken)
{
    int64_t now = now_us();
    posting -= self->count;
    if (self->generation == generation && !stopping) {
        if (!taken)
            ledger_counts.updates_dropped += self->count;
        for (size_t at = 0; taken && at < self->count; at++) {
            bool inbound = self->updates[at].kind == UPDATE_INBOUND;
            *(inbound ? &ledger_counts.inbound_posted : &ledger_counts.statuses_posted) += 1;
            ledger_counts.duplicates_posted += self->updates[at].duplicate;
            repeat(&self->updates[at], now);
        }
    }
    if (webhooks_pending() == 0)
        release_flushers();
}

static void *run(void *argument)
{
    poster *self = argument;
    ledger_lock();
    while (!stopping) {
        uint64_t seen = wakes_so_far();
        int64_t now = now_us();
        int64_t ready = ready_at(now);
        if (ready != 0) {
            ledger_unlock();
            sleep_until(ready, seen);
            ledger_lock();
            continue;
        }
        take(self, now);
        if (self->count == 0)
            continue;
        text_clear(&self->body);
        payload_write(&self->body, self->updates, self->count);
        ledger_unlock();
        bool taken = !self->body.failed && post_until_taken(self);
        ledger_lock();
        release_gates(self->updates, self->count);
        settle(self, taken);
    }
    ledger_unlock();
    curl_easy_cleanup(self->curl);
    text_free(&self->body);
    free(self);
    return NULL;
}

static size_t discard(char *bytes, size_t size, size_t length, void *unused)
{
    (void) bytes;
    (void) unused;
    return size * length;
}

/* So that the end need not wait for a receiver that hangs. */
static int watch(void *unused, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void) unused, (void) a, (void) b, (void) c, (void) d;
    return stopping;
}

static poster *poster_new(void)
{
    poster *self = calloc(1, sizeof *self);
    if (!self || !(self->curl = curl_easy_init())) {
        free(self);
        return NULL;
    }
    curl_easy_setopt(self->curl, CURLOPT_URL, standin_options.webhook_url);
    curl_easy_setopt(self->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(self->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(self->curl, CURLOPT_TIMEOUT_MS, (long) standin_options.post_timeout_ms);
    curl_easy_setopt(self->curl, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(self->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(self->curl, CURLOPT_XFERINFOFUNCTION, watch);
    curl_easy_setopt(self->curl, CURLOPT_USERAGENT, "facebookexternalua");
    return self;
}

bool webhooks_start(void)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&wake, &attributes);
    pthread_condattr_destroy(&attributes);
    random_state = (uint64_t) standin_options.seed;
    if (!standin_options.webhook_url)
        return true;
    while (thread_count < (size_t) standin_options.posters) {
        poster *self = poster_new();
        if (!self)
            return false;
        if (pthread_create(&threads[thread_count], NULL, run, self) != 0) {
            curl_easy_cleanup(self->curl);
            free(self);
            return false;
        }
        thread_count++;
    }
    return true;
}

void webhooks_stop(void)
{
    ledger_lock();
    stopping = true;
    wake_posters();
    ledger_unlock();
    for (size_t at = 0; at < thread_count; at++)
        pthread_join(threads[at], NULL);
    ledger_lock();
    webhooks_clear();
    release_flushers();
    ledger_unlock();
}

/* The record of every request, in chunks that never move, and the table of recipients. */
#include "ledger.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answers.h"

enum { CHUNK_MESSAGES = 4096, PHONES = 4096, CODES = 64 };
#define ARENA_BYTES ((size_t) 256 * 1024)

typedef struct number {
    uint64_t to; /* 0 = free slot */
    uint32_t attempts;
    uint32_t accepted;
} number;

typedef struct arena {
    struct arena *next;
    size_t used;
    char bytes[];
} arena;

counters ledger_counts;
atomic_int ledger_in_flight;
atomic_int ledger_max_in_flight;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static message **chunks;
static size_t chunk_capacity;
static uint64_t message_count;
static number *numbers;
static size_t number_capacity, number_count;
static arena *trackers;
static phone phones[PHONES];
static int phone_count;
static struct {
    int code;
    bool http;
    uint64_t count;
} refused[CODES];
static size_t refused_count;

void ledger_lock(void)
{
    pthread_mutex_lock(&lock);
}

void ledger_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

int64_t ledger_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int add_phone(const char *id, const char *waba, const char *token)
{
    if (phone_count == PHONES)
        return -1;
    phone *out = &phones[phone_count];
    *out = (phone){.token = token, .tokens = (double) standin_options.mps};
    snprintf(out->id, sizeof out->id, "%s", id);
    snprintf(out->waba, sizeof out->waba, "%s", waba ? waba : standin_options.waba_id);
    size_t length = strlen(id);
    snprintf(out->display, sizeof out->display, "1555%s", length > 7 ? id + length - 7 : id);
    return phone_count++;
}

void ledger_start(void)
{
    for (size_t at = 0; at < standin_options.phone_count; at++)
        add_phone(standin_options.phones[at].id, standin_options.phones[at].waba, standin_options.phones[at].token);
    answers_new_run();
}

int ledger_phone(const char *id)
{
    size_t length = strlen(id);
    for (int at = 0; at < phone_count; at++)
        if (strcmp(phones[at].id, id) == 0)
            return at;
    if (standin_options.phone_count > 0 || length < 5 || length > 20)
        return -1;
    return add_phone(id, NULL, NULL);
}

phone *ledger_phone_at(int index)
{
    return &phones[index];
}

bool ledger_within_rate(int index)
{
    double limit = (double) standin_options.mps;
    phone *bucket = &phones[index];
    if (limit <= 0)
        return true;
    int64_t now = ledger_now_us();
    if (bucket->refilled_us && now > bucket->refilled_us)
        bucket->tokens += (double) (now - bucket->refilled_us) * limit / 1e6;
    bucket->refilled_us = now;
    if (bucket->tokens > limit)
        bucket->tokens = limit;
    if (bucket->tokens < 1.0)
        return false;
    bucket->tokens -= 1.0;
    return true;
}

static number *slot_of(number *table, size_t capacity, uint64_t to)
{
    size_t at = (size_t) ((to * 0x9E3779B97F4A7C15u) >> 20) & (capacity - 1);
    while (table[at].to && table[at].to != to)
        at = (at + 1) & (capacity - 1);
    return &table[at];
}

static bool grow_numbers(void)
{
    size_t capacity = number_capacity ? number_capacity * 2 : 1024;
    number *table = calloc(capacity, sizeof *table);
    if (!table)
        return false;
    for (size_t at = 0; at < number_capacity; at++)
        if (numbers[at].to)
            *slot_of(table, capacity, numbers[at].to) = numbers[at];
    free(numbers);
    numbers = table;
    number_capacity = capacity;
    return true;
}

static number *number_of(uint64_t to)
{
    if (number_count * 2 >= number_capacity && !grow_numbers())
        return NULL;
    number *slot = slot_of(numbers, number_capacity, to);
    if (!slot->to) {
        slot->to = to;
        number_count++;
    }
    return slot;
}

uint32_t ledger_attempt(uint64_t to)
{
    number *slot = number_of(to);
    return slot ? ++slot->attempts : 0;
}

static const char *keep_tracker(const char *bytes, size_t length)
{
    if (!trackers || trackers->used + length > ARENA_BYTES) {
        arena *fresh = malloc(sizeof *fresh + ARENA_BYTES);
        if (!fresh)
            return NULL;
        fresh->next = trackers;
        fresh->used = 0;
        trackers = fresh;
    }
    char *kept = trackers->bytes + trackers->used;
    memcpy(kept, bytes, length);
    trackers->used += length;
    return kept;
}

static message *next_message(void)
{
    size_t chunk = (size_t) (message_count / CHUNK_MESSAGES);
    if (chunk == chunk_capacity) {
        size_t capacity = chunk_capacity ? chunk_capacity * 2 : 64;
        message **grown = realloc(chunks, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        memset(grown + chunk_capacity, 0, (capacity - chunk_capacity) * sizeof *grown);
        chunks = grown;
        chunk_capacity = capacity;
    }
    if (!chunks[chunk] && !(chunks[chunk] = malloc(CHUNK_MESSAGES * sizeof(message))))
        return NULL;
    return &chunks[chunk][message_count % CHUNK_MESSAGES];
}

static void count_refusal(int code, bool http)
{
    size_t at = 0;
    ledger_counts.refused++;
    while (at < refused_count && (refused[at].code != code || refused[at].http != http))
        at++;
    if (at == CODES)
        return;
    if (at == refused_count) {
        refused[at].code = code;
        refused[at].http = http;
        refused[at].count = 0;
        refused_count++;
    }
    refused[at].count++;
}

static void count_accepted(message *message, const fate *fate)
{
    number *slot = number_of(message->to);
    ledger_counts.accepted++;
    if (slot) {
        slot->accepted++;
        message->first = slot->accepted == 1;
        ledger_counts.duplicate_to += slot->accepted == 2;
    }
    ledger_counts.async_failed += fate->kind == FATE_ASYNC;
    ledger_counts.delivered += fate->delivered;
    ledger_counts.read += fate->read;
    ledger_counts.inbound += fate->inbound && message->first;
}

message *ledger_add(const send_request *request, int phone, uint32_t attempt, const fate *fate, int code)
{
    message *out = next_message();
    const char *tracker = NULL;
    if (!out)
        return NULL;
    if (request->has_tracker && !(tracker = keep_tracker(request->tracker, request->tracker_length)))
        return NULL;
    *out = (message){.to = request->to,
                     .sequence = ++message_count,
                     .time_us = ledger_now_us(),
                     .tracker = tracker,
                     .tracker_length = (uint16_t) request->tracker_length,
                     .code = code,
                     .attempt = attempt,
                     .phone = (uint16_t) phone,
                     .kind = (uint8_t) fate->kind,
                     .accepted = fate->accepted,
                     .is_template = request->is_template};
    ledger_counts.requests++;
    if (fate->accepted)
        count_accepted(out, fate);
    else
        count_refusal(code, fate->kind == FATE_HTTP);
    return out;
}

void ledger_stats(text *out, uint64_t pending)
{
    const counters *c = &ledger_counts;
    text_addf(out, "{\"requests\":%" PRIu64 ",\"accepted\":%" PRIu64 ",\"refused_total\":%" PRIu64 ",\"refused\":{",
              c->requests, c->accepted, c->refused);
    for (size_t at = 0; at < refused_count; at++)
        text_addf(out, "%s\"%s%d\":%" PRIu64, at ? "," : "", refused[at].http ? "http_" : "", refused[at].code,
                  refused[at].count);
    text_addf(out, "},\"async_failed\":%" PRIu64 ",\"delivered\":%" PRIu64 ",\"read\":%" PRIu64 ",\"inbound\":%" PRIu64,
              c->async_failed, c->delivered, c->read, c->inbound);
    text_addf(out, ",\"statuses_posted\":%" PRIu64 ",\"inbound_posted\":%" PRIu64 ",\"duplicates_posted\":%" PRIu64,
              c->statuses_posted, c->inbound_posted, c->duplicates_posted);
    text_addf(out, ",\"posts\":%" PRIu64 ",\"posts_failed\":%" PRIu64 ",\"updates_dropped\":%" PRIu64
              ",\"pending\":%" PRIu64 ",\"numbers\":%zu,\"duplicate_to\":%" PRIu64,
              c->posts, c->posts_failed, c->updates_dropped, pending, number_count, c->duplicate_to);
    text_addf(out, ",\"in_flight\":%d,\"max_in_flight\":%d}\n", atomic_load(&ledger_in_flight),
              atomic_load(&ledger_max_in_flight));
}

static void log_line(text *out, const message *message)
{
    text_addf(out, "{\"sequence\":%" PRIu64 ",\"time\":%" PRId64 ",\"to\":", message->sequence, message->time_us);
    if (message->to)
        text_addf(out, "\"%" PRIu64 "\"", message->to);
    else
        text_addf(out, "null");
    text_addf(out, ",\"phone_number_id\":\"%s\",\"attempt\":%" PRIu32 ",\"tracker\":",
              message->phone == NO_PHONE ? "" : phones[message->phone].id, message->attempt);
    if (message->tracker)
        text_add_json(out, message->tracker, message->tracker_length);
    else
        text_addf(out, "null");
    if (message->accepted) {
        char wamid[WAMID_SIZE];
        answers_wamid(message, false, wamid);
        text_addf(out, ",\"wamid\":\"%s\"", wamid);
    } else {
        text_addf(out, ",\"wamid\":null");
    }
    /* What the checks or the rate limit refused never got an attempt, hence no fate. */
    text_addf(out, ",\"accepted\":%s,\"outcome\":\"%s\",\"code\":%" PRId32 "}\n", message->accepted ? "true" : "false",
              message->attempt ? fate_name((fate_kind) message->kind) : "refused", message->code);
}

void ledger_log(text *out, uint64_t after, uint64_t limit)
{
    for (uint64_t at = after; at < message_count && limit > 0; at++, limit--)
        log_line(out, &chunks[at / CHUNK_MESSAGES][at % CHUNK_MESSAGES]);
}

void ledger_clear(void)
{
    for (size_t at = 0; at < chunk_capacity; at++)
        free(chunks[at]);
    free(chunks);
    free(numbers);
    while (trackers) {
        arena *next = trackers->next;
        free(trackers);
        trackers = next;
    }
    chunks = NULL;
    numbers = NULL;
    chunk_capacity = number_capacity = number_count = refused_count = 0;
    message_count = 0;
    ledger_counts = (counters){0};
    atomic_store(&ledger_max_in_flight, atomic_load(&ledger_in_flight));
    for (int at = 0; at < phone_count; at++)
        phones[at].tokens = (double) standin_options.mps;
    answers_new_run();
}

void ledger_stop(void)
{
    ledger_lock();
    ledger_clear();
    ledger_unlock();
}

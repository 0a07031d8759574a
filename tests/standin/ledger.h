/* What the stand-in has seen: every request, every recipient, every count. */
#ifndef STANDIN_LEDGER_H
#define STANDIN_LEDGER_H

#include <stdatomic.h>

#include "fate.h"
#include "request.h"
#include "text.h"

enum { NO_PHONE = 65535 }; /* refused before its phone number was known */

/* One send request, kept for good: about 50 bytes and the tracker. */
typedef struct message {
    uint64_t to; /* 0 = the request was refused before it could be read */
    uint64_t sequence;
    int64_t time_us;
    const char *tracker; /* NULL = none */
    int32_t code;        /* error code or HTTP status; 0 = none */
    uint32_t attempt;
    uint16_t tracker_length;
    uint16_t phone;
    uint8_t kind; /* fate_kind; FATE_SYNC also for what the checks refused */
    bool accepted;
    bool is_template;
    bool first; /* the first one accepted for this recipient */
} message;

/* A number that sends. */
typedef struct phone {
    char id[24];
    char waba[32];
    char display[16];
    const char *token; /* the only token that may use it; NULL = any */
    double tokens;     /* of the rate limit's bucket */
    int64_t refilled_us;
} phone;

typedef struct counters {
    uint64_t requests, accepted, refused, async_failed, delivered, read, inbound, duplicate_to;
    uint64_t statuses_posted, inbound_posted, duplicates_posted, posts, posts_failed, updates_dropped;
} counters;

extern counters ledger_counts;                /* under the lock */
extern atomic_int ledger_in_flight;           /* send requests being handled */
extern atomic_int ledger_max_in_flight;

void ledger_start(void);
void ledger_stop(void);

/* One lock guards the ledger and the queue of webhooks: a message and its statuses come and go together. */
void ledger_lock(void);
void ledger_unlock(void);

int64_t ledger_now_us(void); /* wall clock */

/* All of these with the lock held. */

/* The index of a phone number id, or -1 when there is no such number. */
int ledger_phone(const char *id);
phone *ledger_phone_at(int index);

/* Takes a token from the number's bucket (--mps); false = over the limit. */
bool ledger_within_rate(int index);

/* Counts one more well-formed request for `to`; answers which one it is, from 1. 0 = out of memory. */
uint32_t ledger_attempt(uint64_t to);

/* Writes down a request. NULL = out of memory. `code` 0 = accepted. */
message *ledger_add(const send_request *request, int phone, uint32_t attempt, const fate *fate, int code);

/* The JSON object of /_standin/stats. */
void ledger_stats(text *out, uint64_t pending);

/* JSON lines of the messages after sequence `after`, at most `limit`. */
void ledger_log(text *out, uint64_t after, uint64_t limit);

void ledger_clear(void);

#endif

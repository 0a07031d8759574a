/* What becomes of a message: a pure function of the seed, the recipient and the attempt. */
#ifndef STANDIN_FATE_H
#define STANDIN_FATE_H

#include "options.h"

/*
 * Every choice is one draw, a number in [0, 1):
 *
 *   line = SEED "|" TO "|" ATTEMPT "|" NAME       all decimal, TO without plus, attempts count from 1
 *   h    = FNV-1a, 64 bits, of the bytes of line
 *   h   ^= h >> 30; h *= 0xbf58476d1ce4e5b9; h ^= h >> 27; h *= 0x94d049bb133111eb; h ^= h >> 31
 *   draw = (h >> 11) / 2^53
 *
 * NAME "fail": the --fail rules lie side by side on [0, 1) in their order on the command line, each as wide as its
 * share; the one that the draw falls into is taken, else the message is fine. "read", "skip", "latency" likewise.
 * "duplicate-sent", "duplicate-delivered", "duplicate-read", "duplicate-failed", "duplicate-inbound" choose what is
 * posted twice. "inbound" is drawn with attempt 0, as it belongs to the recipient.
 * An attempt is a request for that recipient that was well-formed, authorised and within the rate limit.
 */
double fate_draw(uint64_t to, uint32_t attempt, const char *name);

typedef struct fate {
    fate_kind kind;
    int value; /* error code, HTTP status or milliseconds */
    int latency_ms;
    bool accepted;  /* Meta has the message, whatever the caller gets to see */
    bool delivered; /* a `delivered` status is made */
    bool read;      /* a `read` status is made */
    bool inbound;   /* this recipient replies to the first message it gets */
} fate;

fate fate_of(uint64_t to, uint32_t attempt);

/* "ok", "sync", "async", ... as in --fail. */
const char *fate_name(fate_kind kind);

#endif

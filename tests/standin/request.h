/* What Meta checks on a send request before it takes the message. */
#ifndef STANDIN_REQUEST_H
#define STANDIN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes a send request may have: far above the largest honest one. */
#define REQUEST_LIMIT ((size_t) 128 * 1024)

enum { TRACKER_LIMIT = 512 };

/* Why a request is refused. `details` becomes error_data.details. */
typedef struct refusal {
    int code;
    int subcode; /* 0 = none */
    char details[256];
} refusal;

/* What the stand-in keeps of a good request; after a refusal, as much as was read of it. */
typedef struct send_request {
    uint64_t to; /* digits; 0 = not read */
    bool is_template;
    size_t tracker_length;
    bool has_tracker;
    char tracker[TRACKER_LIMIT + 1];
} send_request;

/* Fills `why` and answers false, so that a check can end with `return refuse(...)`. */
bool refuse(refusal *why, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Checks the body of POST /vNN.N/<phone-number-id>/messages. */
bool request_check(const char *body, size_t length, send_request *out, refusal *why);

#endif

/* Requests under way: libcurl's multi interface with handles and connections that are used again. */
#ifndef KLOYST_ENGINE_REQUEST_H
#define KLOYST_ENGINE_REQUEST_H

#include <curl/curl.h>
#include <stdint.h>

#include "base/buffer.h"
#include "engine/endpoint.h"

typedef enum request_end {
    REQUEST_ANSWERED, /* the whole answer is there */
    REQUEST_NOT_SENT, /* not a byte of it left: it may be repeated */
    REQUEST_NO_ANSWER /* it may have arrived: time-out, cut, an answer without end */
} request_end;

typedef struct request {
    CURL *easy;
    struct request *next; /* of those not in use */
    struct request_pool *pool;
    buffer answer;
    long http_status;
    request_end end;
    const char *why;    /* one line, static; with REQUEST_NOT_SENT and REQUEST_NO_ANSWER */
    bool ready;         /* a connection stood and the request was about to leave */
    long bytes_before;  /* that had left on the way to that point, to a proxy */
    void *owner;        /* the worker's */
    size_t index;       /* of the message in its batch */
    int64_t recipient;  /* recipient_hash() */
    int attempt;        /* 1: the first under this lease */
    int before;         /* attempts under earlier leases */
    int64_t posted_at;  /* by clock_monotonic_ms() */
} request;

typedef struct request_pool request_pool;

/* How requests are made; the texts must live as long as the pool. */
typedef struct request_settings {
    int timeout_ms;
    int connect_timeout_ms;
    int most;            /* requests at once */
    const char *proxy;   /* NULL: the environment's; "": none */
    const char *ca_file; /* NULL: the system's */
} request_settings;

/* KL_ERR_HTTP: libcurl does not start. */
kl_status request_pool_open(const endpoint *where, const request_settings *settings, request_pool **out,
                            kl_error **error);
void request_pool_free(request_pool *pool);

/* Requests that may be under way at once: what was asked for, or what the limit of open files leaves. */
int request_pool_most(const request_pool *pool);

/* Starts a POST. `url`, `headers` and `body` must live until it is given back. NULL when there is no memory. */
request *request_post(request_pool *pool, const char *url, struct curl_slist *headers, const char *body);

/* Lets the transfers go on; waits for at most `timeout_ms` when there is nothing to do. */
void request_pool_wait(request_pool *pool, int timeout_ms);

/* Ends a wait that is under way, or the next one. From any thread and any signal handler. */
void request_pool_wake(request_pool *pool);

/* A request that ended, or NULL. Read it, then request_give_back() it. */
request *request_next_ended(request_pool *pool);
void request_give_back(request *r);

#endif

/* The worker: claims messages that may leave, within Meta's limits, and posts them to the Graph API.
 *
 *     kl_worker_new -> kl_worker_run (in a thread of the program) -> kl_worker_free
 *
 * or, for a program with an HTTP stack of its own, instead of kl_worker_run
 *
 *     kl_worker_pull -> post what it hands out -> kl_worker_answer … -> kl_worker_finish
 *
 * Any number of workers may run in any number of threads and processes. Through the database they keep together: each
 * number's messages per second, each pair's one message in 6 seconds after a burst of 45, each portfolio's users in 24 hours
 * (kl_waba_set_portfolio), and what Meta said of them last. Vendors that share a number take turns, single messages go before
 * campaigns, campaigns of a vendor share by their weights. What a limit holds back is in nobody's way. A worker that is killed
 * costs the rest of its leases and nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_WORKER_H
#define KLOYST_WORKER_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kl_worker kl_worker;

/* What a worker did since it was made. */
typedef struct kl_worker_report {
    int64_t batches;  /* claimed */
    int64_t accepted; /* messages Meta accepted */
    int64_t failed;   /* refused for good */
    int64_t unknown;  /* answers lost */
    int64_t retried;  /* requests repeated after a passing refusal */
    int64_t deferred; /* messages put back to be sent later, by whatever worker */
    int in_flight;    /* requests under way just now */
} kl_worker_report;

/* Called about five times a second and at the end of a run; anything but 0 makes the worker stop gracefully. */
typedef int (*kl_worker_progress_function)(void *context, const kl_worker_report *so_far);

typedef struct kl_worker_options {
    size_t size;              /* sizeof(kl_worker_options) as the caller was compiled */
    const char *base_url;     /* default "https://graph.facebook.com"; plain http only to loopback */
    const char *api_version;  /* default "v25.0" */
    const kl_uuid *vendor_id; /* only this vendor's messages; NULL: all */
    int max_in_flight;        /* requests at once, 1 … 10000; default 64 */
    int request_timeout_ms;   /* of a whole request, 1 … 600000; default 30000 */
    int lease_ms;             /* of a batch; default 60000; renewed while at work */
    int max_attempts;         /* of a message that is refused in passing, 1 … 10; default 5; a limit of Meta that was exceeded
                                 (130429, 131056 and the like, see error_policy.h) is waited for, however often */
    int until_idle;           /* 1: kl_worker_run returns when nothing may leave within a minute; 0: it goes on */
    kl_worker_progress_function progress; /* may be NULL */
    void *context;            /* for progress */
    int connect_timeout_ms;   /* of name look-up, connection and TLS together, 1 … 600000; default 10000 */
    const char *proxy;        /* as libcurl takes it, such as "http://127.0.0.1:3128"; NULL: the environment's, "": none.
                                 Never used to loopback */
    const char *ca_file;      /* PEM file of the certificates that are trusted; NULL: the system's */
    int housekeeping;         /* 1: kl_worker_run also does kl_housekeep, in a thread of its own; 0: somebody else does */
    int fold_webhooks;        /* 1: with housekeeping, that thread folds webhooks too */
    int retain_days;          /* with housekeeping: folded webhooks and events older than this, 1 … 3650, are removed, as by
                                 kl_webhook_retain and kl_event_remove_old; 0: they are kept */
} kl_worker_options;

#define KL_WORKER_OPTIONS_INIT {sizeof(kl_worker_options), NULL, NULL, NULL, 64, 30000, 60000, 5, 1, NULL, NULL, \
                                10000, NULL, NULL, 1, 0, 0}

/* Writes KL_WORKER_OPTIONS_INIT to *options; NULL is ignored. Since 0.1. */
KL_API void kl_worker_options_init(kl_worker_options *options);

/* Makes a worker. Texts and ids of the options are copied; NULL takes the defaults. The handle must outlive the worker. A
 * worker is used by one thread at a time, except for kl_worker_stop.
 * KL_ERR_ARGUMENT: an option; KL_ERR_KEY: no master key; KL_ERR_HTTP: the HTTP client cannot be set up; KL_ERR_CLOSED;
 * KL_ERR_MEMORY; and the statuses at the top of vendor.h. Since 0.1. */
KL_API kl_status kl_worker_new(kl *handle, const kl_worker_options *options, kl_worker **out, kl_error **error);

/* Sends in the calling thread until there is nothing to do (until_idle), progress asks to stop or kl_worker_stop was
 * called; then finishes what is in flight and gives the rest back. May be called again. *report may be NULL.
 * KL_ERR_ARGUMENT: no worker; KL_ERR_HTTP: the Graph API could not be reached, as often as max_attempts says;
 * KL_ERR_CLOSED; and the statuses at the top of vendor.h: what is in flight is then finished and stored if it can be.
 * KL_ERR_REFUSED: all else went out, but Meta refused to go on with an account, number or template, whose messages
 * wait for kl_breaker_resume; a batch that could not be built answers its own status likewise. Since 0.1. */
KL_API kl_status kl_worker_run(kl_worker *worker, kl_worker_report *report, kl_error **error);

/* Ends the run under way gracefully, or the next one before it starts anything. Returns at once. May be called from any
 * thread and from a signal handler; NULL is ignored. Since 0.1. */
KL_API void kl_worker_stop(kl_worker *worker);

/* A message that may leave now. Everything lives until it is answered. */
typedef struct kl_outgoing {
    uint64_t ticket;           /* names it in kl_worker_answer */
    kl_uuid vendor_id;
    kl_uuid message_id;
    const char *url;           /* to post to */
    const char *authorization; /* the header's value, with the token: a secret */
    const char *body;          /* JSON, NUL-terminated; Content-Type is application/json */
} kl_outgoing;

/* How a request ended. */
typedef enum kl_request_end {
    KL_REQUEST_ANSWERED = 1,  /* with a status and the whole body */
    KL_REQUEST_NOT_SENT = 2,  /* surely not a byte of it left: it will be handed out again */
    KL_REQUEST_NO_ANSWER = 3  /* it may have arrived: never sent again blindly */
} kl_request_end;

/* For programs with HTTP of their own. Hands out up to `most` (1 … 1000) messages that must leave at once, *count of them, and
 * does what else a worker does: claims, stores results, keeps leases. To be called again after *wait_ms, and whenever
 * something was answered. max_in_flight bounds what is handed out and not yet answered. After kl_worker_stop nothing is handed
 * out. A worker that is pulled from is not run. Options of HTTP and housekeeping do not matter.
 * KL_ERR_ARGUMENT; KL_ERR_CLOSED and the statuses at the top of vendor.h: the worker is at its end, answer what is open and call
 * kl_worker_finish. Since 0.1. */
KL_API kl_status kl_worker_pull(kl_worker *worker, kl_outgoing *messages, size_t most, size_t *count, int *wait_ms,
                                kl_error **error);

/* Tells how the request of a ticket ended; the error policy is applied as by kl_worker_run. http_status, body and length are of
 * KL_REQUEST_ANSWERED, else 0, NULL, 0; at most 64 KiB of the body are needed.
 * KL_ERR_ARGUMENT; KL_ERR_NOT_FOUND: no such ticket, or it was answered before. Since 0.1. */
KL_API kl_status kl_worker_answer(kl_worker *worker, uint64_t ticket, kl_request_end end, long http_status,
                                  const char *body, size_t length, kl_error **error);

/* Ends pulling: stores what was answered and gives back what was not handed out. What was handed out and not answered is
 * KL_REQUEST_NO_ANSWER. *report may be NULL. Statuses as of kl_worker_run. Since 0.1. */
KL_API kl_status kl_worker_finish(kl_worker *worker, kl_worker_report *report, kl_error **error);

/* Releases a worker that is not running; NULL is allowed. Since 0.1. */
KL_API void kl_worker_free(kl_worker *worker);

/* One pass over what time brings: scheduled campaigns start, breakers close, messages whose answer never came are settled,
 * what dead workers of paused campaigns had started becomes unknown, holds expire, limits forget. With `webhooks` above 0, up to so many bodies are folded
 * (kl_webhook_fold; at most 10000). *done, which may be NULL, is how many things there were: call again at once as long as it is
 * not 0, else in about a second. Any number of processes may do so at the same time. A worker with the option
 * `housekeeping` does it by itself.
 * KL_ERR_ARGUMENT; KL_ERR_LIMIT: the wallet of a vendor is too full for what is to be given back, and so its messages without an answer
 * wait until it has room; and the statuses at the top of vendor.h. What fails for one vendor is done for the others. Thread-safe. Since 0.1. */
KL_API kl_status kl_housekeep(kl *handle, int webhooks, int64_t *done, kl_error **error);

#ifdef __cplusplus
}
#endif

#endif

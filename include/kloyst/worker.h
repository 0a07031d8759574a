/* The worker: claims messages that may leave and posts them to the Graph API.
 *
 *     kl_worker_new -> kl_worker_run (in a thread of the program) -> kl_worker_free
 *
 * Any number of workers may run in any number of threads and processes: they share each number's limits through the
 * database, and one that is killed costs the rest of its leases and nothing else.
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
    int request_timeout_ms;   /* of a whole request; default 30000 */
    int lease_ms;             /* of a batch; default 60000; renewed while at work */
    int max_attempts;         /* of a message that is refused in passing, 1 … 10; default 5 */
    int until_idle;           /* 1: kl_worker_run returns when nothing waits; 0: it goes on until stopped */
    kl_worker_progress_function progress; /* may be NULL */
    void *context;            /* for progress */
} kl_worker_options;

#define KL_WORKER_OPTIONS_INIT {sizeof(kl_worker_options), NULL, NULL, NULL, 64, 30000, 60000, 5, 1, NULL, NULL}

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
 * wait for a later run; a batch that could not be built answers its own status likewise. Since 0.1. */
KL_API kl_status kl_worker_run(kl_worker *worker, kl_worker_report *report, kl_error **error);

/* Ends the run under way gracefully, or the next one before it starts anything. Returns at once. May be called from any
 * thread and from a signal handler; NULL is ignored. Since 0.1. */
KL_API void kl_worker_stop(kl_worker *worker);

/* Releases a worker that is not running; NULL is allowed. Since 0.1. */
KL_API void kl_worker_free(kl_worker *worker);

#ifdef __cplusplus
}
#endif

#endif

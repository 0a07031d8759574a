/* The sender: claims batches and posts them to the Graph API from the calling thread.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_SENDER_H
#define KLOYST_SENDER_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a run of the sender did so far. */
typedef struct kl_sender_report {
    int64_t batches;  /* claimed */
    int64_t accepted; /* messages Meta accepted */
    int64_t failed;   /* refused for good */
    int64_t unknown;  /* answers lost */
    int64_t retried;  /* requests repeated after a passing refusal */
    int in_flight;    /* requests under way just now */
} kl_sender_report;

/* Called about five times a second and at the end; anything but 0 makes the sender stop gracefully. */
typedef int (*kl_sender_progress_function)(void *context, const kl_sender_report *so_far);

typedef struct kl_sender_options {
    size_t size;              /* sizeof(kl_sender_options) as the caller was compiled */
    const char *base_url;     /* default "https://graph.facebook.com"; plain http only to loopback */
    const char *api_version;  /* default "v25.0" */
    const kl_uuid *vendor_id; /* only this vendor's campaigns; NULL: all */
    int max_in_flight;        /* requests at once, 1 … 10000; default 64 */
    int request_timeout_ms;   /* default 30000 */
    int lease_ms;             /* of a batch; default 60000; renewed while at work */
    int max_attempts;         /* of a message that is refused in passing, 1 … 10; default 5 */
    int until_idle;           /* 1: return when no campaign has a batch to claim; 0: go on until stopped */
    kl_sender_progress_function progress; /* may be NULL */
    void *context;            /* for progress */
} kl_sender_options;

#define KL_SENDER_OPTIONS_INIT {sizeof(kl_sender_options), NULL, NULL, NULL, 64, 30000, 60000, 5, 1, NULL, NULL}

/* Writes KL_SENDER_OPTIONS_INIT to *options; NULL is ignored. Since 0.1. */
KL_API void kl_sender_options_init(kl_sender_options *options);

/* Sends in the calling thread until there is nothing to do (until_idle) or progress asks to stop; then finishes what is in
 * flight and gives the rest back. Keeps each phone number's messages per second. Several may run in any number of
 * threads and processes. *report may be NULL.
 * KL_ERR_ARGUMENT: an option; KL_ERR_KEY: no master key; KL_ERR_HTTP: the Graph API could not be reached, as often as
 * max_attempts says; KL_ERR_CLOSED; and the statuses at the top of vendor.h: what is in flight is then finished and
 * stored if it can be. KL_ERR_REFUSED: all else went out, but Meta refused to go on with an account, number or template,
 * whose messages wait for a later run; a batch that could not be built answers its own status likewise.
 * Thread-safe. Since 0.1. */
KL_API kl_status kl_sender_run(kl *handle, const kl_sender_options *options, kl_sender_report *report, kl_error **error);

#ifdef __cplusplus
}
#endif

#endif

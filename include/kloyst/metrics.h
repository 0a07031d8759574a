/* Metrics: what a handle has done since it was opened, as numbers and as text for Prometheus.
 *
 * Counters only grow and are those of this handle: add up the handles of your processes. Each is exact; several read
 * together may be of slightly different moments.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_METRICS_H
#define KLOYST_METRICS_H

#include <kloyst/error_policy.h>
#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Upper bounds of the classes of request times, in milliseconds; slower ones are in the class after the last. */
#define KL_METRICS_TIME_BOUNDS {5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000}
#define KL_METRICS_TIME_CLASSES 13

typedef struct kl_metrics {
    size_t size; /* sizeof(kl_metrics) as the caller was compiled */
    /* Sending, by this handle's workers. */
    int64_t requests;           /* posted to the Graph API */
    int64_t requests_in_flight; /* just now */
    int64_t requests_repeated;  /* of requests: after a passing refusal */
    int64_t request_time_us;    /* of all answered requests together */
    int64_t request_times[KL_METRICS_TIME_CLASSES]; /* answered requests by their time */
    int64_t messages_accepted;
    int64_t messages_failed;
    int64_t messages_unknown;   /* whose answer was lost */
    int64_t messages_deferred;  /* put back to be sent again later */
    int64_t refusals[7];        /* refused requests by kl_error_class - 1 */
    int64_t unknown_failed;     /* of unknown outcome, failed and given back at their deadline */
    int64_t unknown_resent;     /* of unknown outcome, sent once more at their deadline */
    int64_t breakers_opened;
    /* The pool of database connections. */
    int64_t connections;        /* open just now */
    int64_t connections_in_use; /* just now */
    int64_t connections_made;
    int64_t connections_lost;   /* found dead */
    int64_t connection_waits;   /* callers who had to wait for one */
    int64_t connection_wait_us; /* their time together */
    int64_t transactions;
    int64_t transactions_repeated; /* after a serialization failure, a deadlock or a lost connection */
    /* Wallets. */
    int64_t wallet_operations;
    int64_t wallet_combined;    /* of them: posted together with others of the same moment */
    /* Webhooks of Meta. */
    int64_t webhooks_taken;     /* bodies */
    int64_t webhooks_refused;   /* bodies with a bad signature, too long or not JSON */
    int64_t webhook_bytes;      /* of those taken */
    int64_t webhooks_folded;    /* bodies */
    int64_t webhook_updates;    /* items in them that were applied */
    int64_t webhooks_set_aside; /* items that could not be applied */
    /* Of the whole database, just now. */
    int64_t webhooks_waiting;      /* bodies not folded yet; counted up to 100,000 */
    int64_t webhooks_waiting_us;   /* how long the oldest of them has waited */
    int64_t lanes;                 /* campaigns and accounts with work */
    int64_t breakers_open;
} kl_metrics;

#define KL_METRICS_INIT                                                                                                \
    {sizeof(kl_metrics), 0, 0, 0, 0, {0}, 0, 0, 0, 0, {0}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
     0, 0, 0, 0, 0, 0, 0, 0}

/* Writes KL_METRICS_INIT to *metrics; NULL is ignored. Thread-safe. Since 0.1. */
KL_API void kl_metrics_init(kl_metrics *metrics);

/* Fills *out, which must have been started from KL_METRICS_INIT; asks the database once for what is of all of it.
 * KL_ERR_ARGUMENT: out is NULL or its size is wrong; and the statuses at the top of vendor.h. Thread-safe. Since 0.1.
 * */
KL_API kl_status kl_metrics_get(kl *handle, kl_metrics *out, kl_error **error);

/* The same as text in Prometheus' exposition format 0.0.4 (Content-Type: text/plain; version=0.0.4), NUL-terminated;
 * all names begin with kloyst_. *text is the caller's, for kl_metrics_text_free(). Statuses as of kl_metrics_get.
 * Thread-safe. Since 0.1. */
KL_API kl_status kl_metrics_prometheus(kl *handle, char **text, kl_error **error);

/* Releases `text`; NULL is allowed. Thread-safe. Since 0.1. */
KL_API void kl_metrics_text_free(char *text);

#ifdef __cplusplus
}
#endif

#endif

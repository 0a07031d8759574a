/* Counters of one handle: added to from any thread, read at any time. */
#ifndef KLOYST_BASE_METRICS_H
#define KLOYST_BASE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

/* X(name, kind, what Prometheus says of it): each is a field of kl_metrics too. */
#define METRICS(X)                                                                                                     \
    X(requests, counter, "Requests posted to the Graph API")                                                           \
    X(requests_in_flight, gauge, "Requests under way")                                                                 \
    X(requests_repeated, counter, "Requests repeated after a passing refusal")                                         \
    X(messages_accepted, counter, "Messages accepted by Meta")                                                         \
    X(messages_failed, counter, "Messages refused for good")                                                           \
    X(messages_unknown, counter, "Messages whose answer was lost")                                                     \
    X(messages_deferred, counter, "Messages put back to be sent again later")                                          \
    X(unknown_failed, counter, "Messages of unknown outcome that failed at their deadline")                            \
    X(unknown_resent, counter, "Messages of unknown outcome that were sent once more")                                 \
    X(breakers_opened, counter, "Circuit breakers opened")                                                             \
    X(connections, gauge, "Open database connections")                                                                 \
    X(connections_in_use, gauge, "Database connections in use")                                                        \
    X(connections_made, counter, "Database connections made")                                                          \
    X(connections_lost, counter, "Database connections found dead")                                                    \
    X(connection_waits, counter, "Callers who had to wait for a database connection")                                  \
    X(transactions, counter, "Transactions")                                                                           \
    X(transactions_repeated, counter, "Transactions repeated after a serialization failure or a lost connection")      \
    X(wallet_operations, counter, "Operations posted to wallets")                                                      \
    X(wallet_combined, counter, "Operations posted to wallets together with others")                                   \
    X(webhooks_taken, counter, "Webhook bodies taken")                                                                 \
    X(webhooks_refused, counter, "Webhook bodies refused")                                                             \
    X(webhook_bytes, counter, "Bytes of webhook bodies taken")                                                         \
    X(webhooks_folded, counter, "Webhook bodies folded")                                                               \
    X(webhook_updates, counter, "Webhook items applied")                                                               \
    X(webhooks_set_aside, counter, "Webhook items set aside")

enum { METRICS_TIME_CLASSES = 13, METRICS_ERROR_CLASSES = 7 };

typedef enum metric {
#define METRIC_NAME(name, kind, text) METRIC_##name,
    METRICS(METRIC_NAME)
#undef METRIC_NAME
        METRIC_request_time_us,
    METRIC_connection_wait_us,
    METRIC_COUNT
} metric;

typedef struct metrics {
    atomic_int_fast64_t values[METRIC_COUNT];
    atomic_int_fast64_t request_times[METRICS_TIME_CLASSES];
    atomic_int_fast64_t refusals[METRICS_ERROR_CLASSES];
} metrics;

/* `m` may be NULL: nobody counts. A gauge takes negative numbers too. */
static inline void metrics_add(metrics *m, metric which, int64_t amount)
{
    if (m)
        atomic_fetch_add_explicit(&m->values[which], amount, memory_order_relaxed);
}

static inline int64_t metrics_read(const metrics *m, metric which)
{
    return atomic_load_explicit(&m->values[which], memory_order_relaxed);
}

/* An answered request and how long it took. */
void metrics_request_time(metrics *m, int64_t microseconds);

/* A refused request; `error_class` is a kl_error_class. */
void metrics_refusal(metrics *m, int error_class);

#endif

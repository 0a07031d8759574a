/* Reading the counters of a handle, as numbers and as Prometheus' text. */
#include "core/metrics.h"

#include <inttypes.h>

#include "base/buffer.h"
#include "base/error.h"
#include "repo/metrics.h"

kl_status metrics_get(kl *handle, kl_metrics *out, kl_error **error)
{
    const metrics *m = &handle->metrics;
    kl_metrics all = {.size = sizeof all};
    kl_status status = metrics_of_database(handle->pool, &all, error);
    if (status)
        return status;
#define READ(name, kind, text) all.name = metrics_read(m, METRIC_##name);
    METRICS(READ)
#undef READ
    all.request_time_us = metrics_read(m, METRIC_request_time_us);
    all.connection_wait_us = metrics_read(m, METRIC_connection_wait_us);
    for (int i = 0; i < METRICS_TIME_CLASSES; i++)
        all.request_times[i] = atomic_load_explicit(&m->request_times[i], memory_order_relaxed);
    for (int i = 0; i < METRICS_ERROR_CLASSES; i++)
        all.refusals[i] = atomic_load_explicit(&m->refusals[i], memory_order_relaxed);
    *out = all;
    return KL_OK;
}

/* Prometheus asks counters to end in _total. */
static void put(buffer *b, const char *name, bool counter, const char *text, int64_t value)
{
    const char *end = counter ? "_total" : "";
    buffer_format(b, "# HELP kloyst_%s%s %s.\n# TYPE kloyst_%s%s %s\nkloyst_%s%s %" PRId64 "\n", name, end, text, name,
                  end, counter ? "counter" : "gauge", name, end, value);
}

/* Seconds with six decimals, without the locale's comma. */
static void put_seconds(buffer *b, int64_t microseconds)
{
    buffer_format(b, "%" PRId64 ".%06" PRId64 "\n", microseconds / 1000000, microseconds % 1000000);
}

static void put_request_times(buffer *b, const kl_metrics *m)
{
    static const int bounds[] = KL_METRICS_TIME_BOUNDS;
    int64_t count = 0;
    buffer_text(b, "# HELP kloyst_request_seconds Time of answered requests to the Graph API.\n"
                   "# TYPE kloyst_request_seconds histogram\n");
    for (int i = 0; i < METRICS_TIME_CLASSES - 1; i++) {
        count += m->request_times[i];
        buffer_format(b, "kloyst_request_seconds_bucket{le=\"%d.%03d\"} %" PRId64 "\n", bounds[i] / 1000,
                      bounds[i] % 1000, count);
    }
    count += m->request_times[METRICS_TIME_CLASSES - 1];
    buffer_format(b, "kloyst_request_seconds_bucket{le=\"+Inf\"} %" PRId64 "\nkloyst_request_seconds_sum ", count);
    put_seconds(b, m->request_time_us);
    buffer_format(b, "kloyst_request_seconds_count %" PRId64 "\n", count);
}

static void put_refusals(buffer *b, const kl_metrics *m)
{
    static const char *const labels[METRICS_ERROR_CLASSES] = {
        "retry", "retry_after_day", "permanent", "stop_number", "stop_waba", "stop_campaign", "unknown_outcome"};
    buffer_text(b, "# HELP kloyst_refusals_total Refused requests by the class of their error.\n"
                   "# TYPE kloyst_refusals_total counter\n");
    for (int i = 0; i < METRICS_ERROR_CLASSES; i++)
        buffer_format(b, "kloyst_refusals_total{class=\"%s\"} %" PRId64 "\n", labels[i], m->refusals[i]);
}

kl_status metrics_prometheus(kl *handle, char **text, kl_error **error)
{
    kl_metrics m;
    buffer b = BUFFER_INIT;
    kl_status status = metrics_get(handle, &m, error);
    if (status)
        return status;
#define PUT(name, kind, text) put(&b, #name, METRIC_IS_##kind, text, m.name);
    enum { METRIC_IS_gauge, METRIC_IS_counter };
    METRICS(PUT)
#undef PUT
    put_request_times(&b, &m);
    put_refusals(&b, &m);
    buffer_text(&b, "# HELP kloyst_connection_wait_seconds_total Time that callers waited for a database connection.\n"
                    "# TYPE kloyst_connection_wait_seconds_total counter\nkloyst_connection_wait_seconds_total ");
    put_seconds(&b, m.connection_wait_us);
    put(&b, "webhooks_waiting", false, "Webhook bodies of the database that are not folded yet", m.webhooks_waiting);
    buffer_text(&b, "# HELP kloyst_webhooks_waiting_seconds Age of the oldest webhook body that is not folded yet.\n"
                    "# TYPE kloyst_webhooks_waiting_seconds gauge\nkloyst_webhooks_waiting_seconds ");
    put_seconds(&b, m.webhooks_waiting_us);
    put(&b, "lanes", false, "Campaigns and accounts of the database with work", m.lanes);
    put(&b, "breakers_open", false, "Open circuit breakers of the database", m.breakers_open);
    if (b.broken) {
        buffer_free(&b);
        return error_memory(error);
    }
    *text = b.data;
    return KL_OK;
}

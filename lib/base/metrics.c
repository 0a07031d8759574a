/* Counters of one handle. */
#include "base/metrics.h"

#include <kloyst/metrics.h>

_Static_assert(METRICS_TIME_CLASSES == KL_METRICS_TIME_CLASSES, "the classes that programs see");

void metrics_request_time(metrics *m, int64_t microseconds)
{
    static const int bounds[] = KL_METRICS_TIME_BOUNDS;
    if (!m)
        return;
    int class = 0;
    while (class < METRICS_TIME_CLASSES - 1 && microseconds > (int64_t)bounds[class] * 1000)
        class++;
    atomic_fetch_add_explicit(&m->request_times[class], 1, memory_order_relaxed);
    metrics_add(m, METRIC_request_time_us, microseconds);
}

void metrics_refusal(metrics *m, int error_class)
{
    if (m && error_class >= 1 && error_class <= METRICS_ERROR_CLASSES)
        atomic_fetch_add_explicit(&m->refusals[error_class - 1], 1, memory_order_relaxed);
}

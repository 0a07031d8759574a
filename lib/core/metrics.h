/* Reading the counters of a handle. */
#ifndef KLOYST_CORE_METRICS_H
#define KLOYST_CORE_METRICS_H

#include <kloyst/metrics.h>

#include "core/handle.h"

/* Statuses are those of the public calls; `out` is complete. */
kl_status metrics_get(kl *handle, kl_metrics *out, kl_error **error);
kl_status metrics_prometheus(kl *handle, char **text, kl_error **error);

#endif

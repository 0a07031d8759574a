/* Repository of what is counted over the whole database. */
#ifndef KLOYST_REPO_METRICS_H
#define KLOYST_REPO_METRICS_H

#include <kloyst/metrics.h>

#include "pg/pool.h"

/* Fills webhooks_waiting, webhooks_waiting_us, lanes and breakers_open. */
kl_status metrics_of_database(pg_pool *pool, kl_metrics *out, kl_error **error);

#endif

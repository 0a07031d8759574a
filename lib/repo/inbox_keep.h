/* Repository of the webhook inbox: how long things are kept, folding again, and what there is. */
#ifndef KLOYST_REPO_INBOX_KEEP_H
#define KLOYST_REPO_INBOX_KEEP_H

#include <kloyst/webhook.h>

#include "pg/pool.h"

/* Removes up to `limit` folded bodies, as many items kept for a person, both older than `days`, and as many routes older
 * than `route_days`. *removed counts bodies and items. */
kl_status inbox_retain(pg_pool *pool, int days, int route_days, int limit, int64_t *removed, kl_error **error);

/* Bodies received from `since` to before `until` wait again. */
kl_status inbox_replay(pg_pool *pool, kl_time since, kl_time until, int64_t *bodies, kl_error **error);

kl_status inbox_stats(pg_pool *pool, kl_webhook_stats *out, kl_error **error);

#endif

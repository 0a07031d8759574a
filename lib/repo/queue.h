/* Repository of the queue of single and deferred messages: lease, intent, results. */
#ifndef KLOYST_REPO_QUEUE_H
#define KLOYST_REPO_QUEUE_H

#include "pg/pool.h"
#include "repo/record.h"

/* Which messages of which lease. */
typedef struct queue_lease {
    kl_uuid vendor_id;
    kl_uuid waba_account_id;
    kl_uuid token;
} queue_lease;

/* Leases up to `limit` due messages. Rows: those of queue/claim.sql, whose first column counts messages that were due but
 * whose campaign does not run. */
kl_status queue_claim(pg_pool *pool, const queue_lease *lease, int limit, int lease_ms, pg_rows **rows, kl_error **error);

/* KL_ERR_LEASE_LOST for the three; nothing is changed then. */
kl_status queue_start(pg_pool *pool, const queue_lease *lease, const kl_uuid *ids, size_t count, kl_error **error);
kl_status queue_extend(pg_pool *pool, const queue_lease *lease, const kl_uuid *ids, size_t count, int lease_ms,
                       kl_error **error);
kl_status queue_give_back(pg_pool *pool, const queue_lease *lease, const kl_uuid *ids, size_t count, kl_error **error);

/* Lets the account's lane rest until there is something to do, or removes it. */
kl_status queue_rest(pg_pool *pool, const queue_lease *lease, kl_error **error);

/* Stores what happened to messages `ids`, all of the change. *dropped as batch_store. */
kl_status queue_store(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *ids, size_t count,
                      const record_change *change, pg_rows **dropped, kl_error **error);

#endif

/* The connection pool: bounded, thread-safe, health-checked, with a bounded wait. */
#ifndef KLOYST_PG_POOL_H
#define KLOYST_PG_POOL_H

#include "pg/connection.h"

typedef struct pg_pool pg_pool;

/* Opens one connection at once, so that a wrong URL is told at the door. */
kl_status pg_pool_open(const char *conninfo, const pg_settings *settings, pg_pool **out, kl_error **error);

/* Refuses new callers with KL_ERR_CLOSED, waits for those inside, closes the connections. */
void pg_pool_close(pg_pool *pool);
void pg_pool_free(pg_pool *pool); /* after pg_pool_close and when nobody can call any more */

/* KL_ERR_TIMEOUT: no connection became free in time. KL_ERR_FORKED: the pool belongs to the parent process. */
kl_status pg_pool_take(pg_pool *pool, pg_connection **out, kl_error **error);
void pg_pool_give(pg_pool *pool, pg_connection *connection);

/* Takes, runs pg_transact and gives back. Serialization failures and deadlocks are retried with a
 * growing pause, at most 5 times; a connection lost before anything was sent, once. */
kl_status pg_pool_transact(pg_pool *pool, const pg_scope *scope, const pg_statement *statements, size_t count,
                           kl_error **error);

/* For callers with several round trips: whether a transaction that answered `status` should be done again
 * whole, counted from attempt 0. Pauses before it says so. */
bool pg_pool_retry(kl_status status, int attempt);

#endif

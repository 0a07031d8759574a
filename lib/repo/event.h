/* Repository of the event feed. */
#ifndef KLOYST_REPO_EVENT_H
#define KLOYST_REPO_EVENT_H

#include <kloyst/event.h>

#include "pg/pool.h"

/* The same as the public calls; event_read() on the given connection, without waiting, and KL_ERR_NOT_FOUND for no such reader. */
kl_status event_register(pg_pool *pool, const kl_uuid *vendor_id, const char *consumer, kl_error **error);
kl_status event_read(pg_connection *connection, const kl_uuid *vendor_id, const char *consumer, int limit,
                     kl_event_page **out, kl_error **error);
kl_status event_ack(pg_pool *pool, const kl_uuid *vendor_id, const kl_event_page *page, kl_error **error);
kl_status event_forget(pg_pool *pool, const kl_uuid *vendor_id, const char *consumer, kl_error **error);
kl_status event_remove_old(pg_pool *pool, const kl_uuid *vendor_id, int64_t seconds, int limit, int64_t *removed,
                           kl_error **error);

/* Whether a page is the empty end of a window that has begun: behind it there may be more. */
bool event_page_ends_window(const kl_event_page *page);

/* Wakes those who wait for events of these vendors. */
kl_status event_wake(pg_pool *pool, const kl_uuid *vendor_ids, size_t count, kl_error **error);

#endif

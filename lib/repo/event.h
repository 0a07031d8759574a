/* Repository of the event feed. */
#ifndef KLOYST_REPO_EVENT_H
#define KLOYST_REPO_EVENT_H

#include <kloyst/event.h>

#include "pg/pool.h"

/* On the connection of a reader that may wait: it must need no second one. event_read() does not wait itself, and answers
 * KL_ERR_NOT_FOUND for no such reader; event_pass() goes on behind an empty page. */
kl_status event_register(pg_connection *connection, const kl_uuid *vendor_id, const char *consumer, kl_error **error);
kl_status event_pass(pg_connection *connection, const kl_event_page *page, kl_error **error);
kl_status event_read(pg_connection *connection, const kl_uuid *vendor_id, const char *consumer, int limit,
                     kl_event_page **out, kl_error **error);
/* The same as the public calls. */
kl_status event_ack(pg_pool *pool, const kl_uuid *vendor_id, const kl_event_page *page, kl_error **error);
kl_status event_forget(pg_pool *pool, const kl_uuid *vendor_id, const char *consumer, kl_error **error);
kl_status event_remove_old(pg_pool *pool, const kl_uuid *vendor_id, int64_t seconds, int limit, int64_t *removed,
                           kl_error **error);

/* Whether a page is the empty end of a window that has begun: behind it there may be more. */
bool event_page_ends_window(const kl_event_page *page);

/* Wakes those who wait for events of these vendors. */
kl_status event_wake(pg_pool *pool, const kl_uuid *vendor_ids, size_t count, kl_error **error);

#endif

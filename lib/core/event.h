/* The event feed: reading it, and waiting for what comes next. */
#ifndef KLOYST_CORE_EVENT_H
#define KLOYST_CORE_EVENT_H

#include <kloyst/event.h>

#include "core/handle.h"

/* Statuses are those of the public calls; arguments are checked. */
kl_status event_next(kl *handle, const kl_uuid *vendor_id, const char *consumer, int limit, int wait_ms, kl_event_page **out,
                     kl_error **error);
kl_status event_remove_all_old(kl *handle, int64_t seconds, int64_t *removed, kl_error **error);

#endif

/* Repository of campaigns' recipients, for reading. */
#ifndef KLOYST_REPO_RECIPIENT_H
#define KLOYST_REPO_RECIPIENT_H

#include <kloyst/recipient.h>

#include "pg/pool.h"

/* The state that has this name, 0 for none. */
kl_recipient_state recipient_state_from(const char *label);

/* Arguments are checked by the caller; statuses are those of the public calls. */
kl_status recipient_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id, kl_recipient_state state,
                         const kl_uuid *after, int limit, kl_recipient_page **out, kl_error **error);
kl_status recipient_progress(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                             kl_campaign_progress *out, kl_error **error);

#endif

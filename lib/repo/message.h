/* Repository of the message log, for reading. */
#ifndef KLOYST_REPO_MESSAGE_H
#define KLOYST_REPO_MESSAGE_H

#include <kloyst/message.h>

#include "pg/pool.h"

/* Label of the enum kloyst.inbound_kind. */
const char *message_kind_label(kl_message_kind kind);

/* Arguments are checked by the caller; statuses are those of the public calls. */
kl_status message_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_message **out, kl_error **error);
kl_status message_find(pg_pool *pool, const kl_uuid *vendor_id, const char *wa_message_id, kl_message **out,
                       kl_error **error);
kl_status message_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_message_page **out,
                       kl_error **error);
kl_status message_list_of_campaign(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                   const kl_uuid *after, int limit, kl_message_page **out, kl_error **error);

#endif

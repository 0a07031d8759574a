/* Repository of the webhook inbox: reading the items that are kept for a person. */
#ifndef KLOYST_REPO_INBOX_PAGE_H
#define KLOYST_REPO_INBOX_PAGE_H

#include <kloyst/webhook.h>

#include "pg/pool.h"

kl_status inbox_list_asides(pg_pool *pool, int64_t after, int limit, kl_webhook_aside_page **out, kl_error **error);

#endif

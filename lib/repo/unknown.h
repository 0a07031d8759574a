/* Repository of messages whose answer never came: settling them when their time has come. */
#ifndef KLOYST_REPO_UNKNOWN_H
#define KLOYST_REPO_UNKNOWN_H

#include "pg/pool.h"

/* *rows has vendor_id and waba_account_id of up to `limit` accounts with messages that are due. */
kl_status unknown_due(pg_pool *pool, int limit, pg_rows **rows, kl_error **error);

/* What one step did. */
typedef struct unknown_settled {
    int failed;
    int resent;
    int picked; /* messages that were looked at: 0 when nothing is due any more */
} unknown_settled;

/* Settles up to `limit` messages of the account in one transaction: fails and refunds them with this code and text, or
 * puts them back to be sent once more. Those that a webhook settles at the same moment are left to it. */
kl_status unknown_settle(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, int limit, int code,
                         const char *text, unknown_settled *out, kl_error **error);

#endif

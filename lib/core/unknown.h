/* Messages whose answer never came: what becomes of them when their time is over. */
#ifndef KLOYST_CORE_UNKNOWN_H
#define KLOYST_CORE_UNKNOWN_H

#include "core/handle.h"

/* Settles up to `limit` messages of all vendors whose campaign's unknown_seconds (of single messages a day) are over:
 * by the campaign's policy they have failed with KL_ERROR_CODE_NO_ANSWER and are given back, or are sent once more
 * under the same id; single ones and those that were sent twice have failed. A report that comes later counts as
 * always: a delivery is shown, the money stays given back. *settled may be NULL. For housekeeping, once a second or so,
 * by any number of processes. */
kl_status unknown_settle_due(kl *handle, int limit, int64_t *settled, kl_error **error);

#endif

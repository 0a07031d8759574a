/* Batches whose worker died while their campaign was paused. */
#ifndef KLOYST_CORE_BATCH_DEAD_H
#define KLOYST_CORE_BATCH_DEAD_H

#include "core/handle.h"

/* Messages that such workers had started without a result become UNKNOWN, and are settled in their time although nobody claims a
 * batch of a PAUSED campaign. Of at most so many campaigns; *recovered batches. Any number of processes may do so at once. */
kl_status batch_recover_paused(kl *handle, int campaigns, int64_t *recovered, kl_error **error);

#endif

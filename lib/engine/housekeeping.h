/* What time brings: schedules, deadlines, breakers that close, limits that are forgotten, webhooks to fold. */
#ifndef KLOYST_ENGINE_HOUSEKEEPING_H
#define KLOYST_ENGINE_HOUSEKEEPING_H

#include "core/handle.h"

/* One pass; *done counts what was done. `webhooks`: bodies to fold at most. */
kl_status housekeeping_pass(kl *handle, int webhooks, int64_t *done, kl_error **error);

/* Removes some of the webhooks and events that are older than `days`; *removed counts them. */
kl_status housekeeping_retain(kl *handle, int days, int64_t *removed, kl_error **error);

/* A thread that makes passes until it is stopped. */
typedef struct housekeeping housekeeping;

/* `retain_days` 0: nothing is removed. KL_ERR_MEMORY: no memory or no thread. */
kl_status housekeeping_start(kl *handle, bool fold_webhooks, int retain_days, housekeeping **out, kl_error **error);
/* Waits for its end; NULL is allowed. */
void housekeeping_stop(housekeeping *h);

#endif

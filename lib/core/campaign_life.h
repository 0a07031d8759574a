/* The life of campaigns: schedule, pause, resume, cancel, retry, and the start of what is due. */
#ifndef KLOYST_CORE_CAMPAIGN_LIFE_H
#define KLOYST_CORE_CAMPAIGN_LIFE_H

#include <kloyst/error_policy.h>

#include "core/handle.h"
#include "repo/campaign.h"

kl_status campaign_schedule(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, kl_time at, bool leave_out_invalid,
                            int64_t *recipients, kl_error **error);
kl_status campaign_pause(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const char *reason, kl_error **error);
/* `breaker_id` is about to be closed; NULL: a person lets it go on. Other open breakers of its template keep it from going on. */
kl_status campaign_resume(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const kl_uuid *breaker_id, kl_error **error);
kl_status campaign_cancel(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, int64_t *cancelled, kl_error **error);
kl_status campaign_retry_failed(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, const int *codes, size_t count,
                                int64_t *messages, kl_error **error);
kl_status campaign_retry_class(kl *handle, const kl_uuid *vendor_id, const kl_uuid *id, kl_error_class error_class,
                               int64_t *messages, kl_error **error);

/* Starts at most `limit` (1 … 1000) SCHEDULED campaigns of any vendor whose time has come; *started may be NULL. For those who
 * look after things now and then; any number of them may do so at once. */
kl_status campaign_start_due(kl *handle, int limit, int64_t *started, kl_error **error);

#endif

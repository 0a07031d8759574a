/* The rules of batches; the functions are the public ones of kloyst/batch.h after their arguments were checked. */
#ifndef KLOYST_CORE_BATCH_H
#define KLOYST_CORE_BATCH_H

#include <kloyst/batch.h>

#include "core/handle.h"

kl_status batch_claim(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int lease_ms, kl_batch **out,
                      kl_error **error);
kl_status batch_claim_queue(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, int limit, int lease_ms,
                            kl_batch **out, kl_error **error);
kl_status batch_start(kl *handle, kl_batch *batch, size_t index, kl_error **error);
kl_status batch_renew(kl *handle, kl_batch *batch, int lease_ms, kl_error **error);
kl_status batch_complete(kl *handle, kl_batch *batch, const kl_send_result *results, size_t count, kl_error **error);
kl_status batch_release(kl *handle, kl_batch *batch, kl_error **error);
/* The same for a worker that knows that no started message from `index` on reached Meta: they are given back too. */
kl_status batch_release_from(kl *handle, kl_batch *batch, size_t index, kl_error **error);

/* Messages that may be sent: those before the greatest index started. */
size_t batch_started(const kl_batch *batch);

/* "": no template. */
const char *batch_template_language(const kl_batch *batch, size_t index);

#endif

/* Batches: claiming, sending and completing the messages of a campaign with any HTTP stack.
 *
 *     kl_batch_claim -> for each slice: kl_batch_start, send, kl_batch_complete -> kl_batch_free
 *
 * A batch is leased and paid for in one transaction. kl_batch_start() writes down, before anything leaves, which
 * messages are about to be sent; after a crash exactly those without a result become UNKNOWN and the rest goes to the next
 * worker, so nothing is sent twice.
 *
 * All calls: the statuses listed at the top of vendor.h. A kl_batch is used by one thread at a time.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_BATCH_H
#define KLOYST_BATCH_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kl_batch kl_batch; /* a lease on messages of one campaign */

typedef enum kl_send_outcome {
    KL_SEND_ACCEPTED = 1, /* Meta answered with a wamid */
    KL_SEND_FAILED = 2,   /* refused for good: refunded */
    KL_SEND_UNKNOWN = 3   /* may have arrived: no answer, or one that says nothing */
} kl_send_outcome;

typedef struct kl_send_result {
    size_t index;             /* of the message in the batch */
    kl_send_outcome outcome;
    const char *wa_message_id; /* with KL_SEND_ACCEPTED: the wamid, at most 1024 bytes */
    int error_code;           /* with KL_SEND_FAILED: Meta's code, or 0 */
    const char *error_text;   /* one line, may be NULL; cut at 500 bytes */
} kl_send_result;

/* Leases the next batch of a campaign for `lease_ms` (1000 … 3600000), and pays for it if nobody did before. Batches
 * whose lease ran out are handed out again without the messages that were started.
 * KL_ERR_NOT_FOUND; KL_ERR_EMPTY: no batch waits just now; KL_ERR_STATE: the campaign is not queued. Since 0.1. */
KL_API kl_status kl_batch_claim(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int lease_ms,
                                kl_batch **out, kl_error **error);

/* Number of messages to send; those of a resumed batch that were started before are not among them. Since 0.1. */
KL_API size_t kl_batch_count(const kl_batch *batch);
/* Of message `index` (0 … count-1; out of range: nil or ""). Text lives as long as the batch. */
KL_API kl_uuid kl_batch_message_id(const kl_batch *batch, size_t index);
KL_API const char *kl_batch_mobile(const kl_batch *batch, size_t index); /* E.164 digits without '+' */
KL_API const char *kl_batch_body(const kl_batch *batch, size_t index);   /* JSON body for POST /PHONE_NUMBER_ID/messages */
KL_API kl_uuid kl_batch_campaign_id(const kl_batch *batch);
KL_API kl_uuid kl_batch_vendor_id(const kl_batch *batch);
KL_API int kl_batch_no(const kl_batch *batch); /* 0, 1, 2 … in its campaign */

/* Writes down that messages before `index` may leave from now on: must succeed before they are sent. Starting fewer than
 * before does nothing. KL_ERR_LEASE_LOST: another worker has the batch, send nothing more of it;
 * KL_ERR_ARGUMENT: index above the count. Since 0.1. */
KL_API kl_status kl_batch_start(kl *handle, kl_batch *batch, size_t index, kl_error **error);

/* Makes the lease last `lease_ms` from now. KL_ERR_LEASE_LOST. Since 0.1. */
KL_API kl_status kl_batch_renew(kl *handle, kl_batch *batch, int lease_ms, kl_error **error);

/* Stores results of started messages, in any order and any number of calls; failed ones are refunded in the same
 * transaction. Storing a result again changes nothing. With the last result the batch is completed, and with the
 * last batch the campaign. Works after the lease was lost: what was sent was sent.
 * KL_ERR_ARGUMENT: an index out of range or not started, an accepted one without wamid; KL_ERR_TOO_LONG,
 * KL_ERR_ENCODING: a wamid. Then none is stored. Since 0.1. */
KL_API kl_status kl_batch_complete(kl *handle, kl_batch *batch, const kl_send_result *results, size_t count,
                                   kl_error **error);

/* Gives messages that were not started back at once, for a worker that stops. The batch can still be completed for the
 * started ones. KL_ERR_LEASE_LOST: somebody else has it already. Since 0.1. */
KL_API kl_status kl_batch_release(kl *handle, kl_batch *batch, kl_error **error);

/* Releases the memory; the lease runs out by itself. NULL is allowed. Since 0.1. */
KL_API void kl_batch_free(kl_batch *batch);

#ifdef __cplusplus
}
#endif

#endif

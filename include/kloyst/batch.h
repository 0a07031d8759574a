/* Batches: claiming, sending and completing messages with any HTTP stack.
 *
 *     kl_batch_claim or kl_queue_claim -> for each slice: kl_batch_start, send, kl_batch_complete -> kl_batch_free
 *
 * A batch of a campaign is leased and paid for in one transaction. What is not a fresh batch of a campaign, single messages
 * and those that Meta refused in passing, stands in the queue of the account that sends it; what is due of it is leased as a
 * batch, too. kl_batch_start() writes down, before anything leaves, which messages are about to be sent; after a crash exactly
 * those without a result become UNKNOWN and the rest goes to the next worker, so nothing is sent twice.
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

typedef struct kl_batch kl_batch; /* a lease on messages of one campaign, or of an account's queue */

typedef enum kl_send_outcome {
    KL_SEND_ACCEPTED = 1, /* Meta answered with a wamid */
    KL_SEND_FAILED = 2,   /* refused for good: refunded */
    KL_SEND_UNKNOWN = 3,  /* may have arrived: no answer, or one that says nothing */
    KL_SEND_DEFERRED = 4  /* surely refused, but in passing: sent again by whoever claims it after retry_after_ms */
} kl_send_outcome;

typedef struct kl_send_result {
    size_t index;             /* of the message in the batch */
    kl_send_outcome outcome;
    const char *wa_message_id; /* with KL_SEND_ACCEPTED: the wamid, at most 1024 bytes */
    int error_code;           /* with KL_SEND_FAILED and KL_SEND_DEFERRED: Meta's code, or 0 */
    const char *error_text;   /* one line, may be NULL; cut at 500 bytes */
    int64_t retry_after_ms;   /* with KL_SEND_DEFERRED: 0 … 2,592,000,000 (30 days) */
} kl_send_result;

/* Leases the next batch of a campaign for `lease_ms` (1000 … 3600000), and pays for it if nobody did before. Batches
 * whose lease ran out are handed out again without the messages that were started.
 * KL_ERR_NOT_FOUND; KL_ERR_EMPTY: no batch waits just now; KL_ERR_STATE: the campaign does not run (it was not enqueued, or
 * is scheduled, paused, cancelled or failed). Since 0.1. */
KL_API kl_status kl_batch_claim(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, int lease_ms,
                                kl_batch **out, kl_error **error);

/* Leases up to `limit` (1 … 500) due messages of the queue of an account for `lease_ms` (1000 … 3600000): single messages first,
 * then deferred ones of campaigns that run, the longest due first. Of messages whose lease ran out those that were
 * started become UNKNOWN; the others are handed out again.
 * KL_ERR_EMPTY: nothing is due (also of an account that does not exist). Since 0.1. */
KL_API kl_status kl_queue_claim(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, int limit,
                                int lease_ms, kl_batch **out, kl_error **error);

/* Number of messages to send; those of a resumed batch that were started before are not among them. Since 0.1. */
KL_API size_t kl_batch_count(const kl_batch *batch);
/* Of message `index` (0 … count-1; out of range: nil or ""). Text lives as long as the batch. */
KL_API kl_uuid kl_batch_message_id(const kl_batch *batch, size_t index);
KL_API const char *kl_batch_mobile(const kl_batch *batch, size_t index); /* E.164 digits without '+', or a user id with a '.' */
KL_API const char *kl_batch_body(const kl_batch *batch, size_t index);   /* JSON body for POST /PHONE_NUMBER_ID/messages */
KL_API const char *kl_batch_template_name(const kl_batch *batch, size_t index); /* "": no template */
/* "MARKETING", "UTILITY" or "AUTHENTICATION"; "": no template, or not known. */
KL_API const char *kl_batch_template_category(const kl_batch *batch, size_t index);
KL_API int kl_batch_attempts(const kl_batch *batch, size_t index); /* how often it was deferred before */
/* NULL: a single message, or out of range. */
KL_API const kl_uuid *kl_batch_message_campaign_id(const kl_batch *batch, size_t index);
/* Of the batch; nil, "" and -1 for NULL. Since 0.1. */
KL_API kl_uuid kl_batch_campaign_id(const kl_batch *batch); /* nil: it is of the queue */
KL_API kl_uuid kl_batch_vendor_id(const kl_batch *batch);
KL_API kl_uuid kl_batch_waba_account_id(const kl_batch *batch);
KL_API const char *kl_batch_phone_number_id(const kl_batch *batch); /* of that account when the batch was claimed */
KL_API int kl_batch_no(const kl_batch *batch); /* 0, 1, 2 … in its campaign; -1: it is of the queue */

/* Writes down that messages before `index` may leave from now on: must succeed before they are sent. Starting fewer than
 * before does nothing. KL_ERR_LEASE_LOST: another worker has the batch, or of a batch of the queue a message was taken back or its
 * campaign stopped: send nothing more of it and release it; KL_ERR_STATE: the campaign was paused or cancelled, likewise;
 * KL_ERR_ARGUMENT: index above the count. Since 0.1. */
KL_API kl_status kl_batch_start(kl *handle, kl_batch *batch, size_t index, kl_error **error);

/* Makes the lease last `lease_ms` from now. KL_ERR_LEASE_LOST. Since 0.1. */
KL_API kl_status kl_batch_renew(kl *handle, kl_batch *batch, int lease_ms, kl_error **error);

/* Stores results of started messages, in any order and any number of calls; failed ones are refunded in the same
 * transaction. Deferred ones go to the queue of their account, those of a campaign that was cancelled meanwhile fail. Storing a
 * result again changes nothing. With the last message that is settled (sent or failed) the batch is completed, and with
 * the last batch the campaign. Works after the lease was lost: what was sent was sent.
 * KL_ERR_ARGUMENT: an index out of range or not started, an accepted one without wamid, a retry_after_ms; KL_ERR_TOO_LONG,
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

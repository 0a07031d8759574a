/* The recipients of a campaign, each with what became of its message, and how fast the campaign goes.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_RECIPIENT_H
#define KLOYST_RECIPIENT_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_recipient_state {
    KL_RECIPIENT_WAITING = 1,   /* not handed to Meta yet, or with a worker just now */
    KL_RECIPIENT_DEFERRED = 2,  /* refused in passing: sent again later */
    KL_RECIPIENT_UNKNOWN = 3,   /* may have been handed to Meta: the answer was lost */
    KL_RECIPIENT_SENT = 4,
    KL_RECIPIENT_DELIVERED = 5,
    KL_RECIPIENT_READ = 6,
    KL_RECIPIENT_FAILED = 7,
    KL_RECIPIENT_CANCELLED = 8  /* never sent, because the campaign was cancelled */
} kl_recipient_state;

typedef struct kl_recipient kl_recipient;           /* one recipient as it was read; immutable */
typedef struct kl_recipient_page kl_recipient_page; /* recipients in order of message id */

/* Up to `limit` (1 … 1000) recipients of the campaign after message `after` (NULL: from the first); only those in
 * `state` unless that is 0. States change while pages are read: each page is true of its moment. KL_ERR_ARGUMENT: no
 * such state; KL_ERR_NOT_FOUND: no such campaign. Since 0.1. */
KL_API kl_status kl_recipient_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                   kl_recipient_state state, const kl_uuid *after, int limit, kl_recipient_page **out,
                                   kl_error **error);

/* Getters accept NULL: then 0, "", NULL or a nil UUID. Texts live as long as the recipient. Since 0.1. */
KL_API kl_uuid kl_recipient_message_id(const kl_recipient *recipient);
KL_API const kl_uuid *kl_recipient_contact_id(const kl_recipient *recipient); /* NULL: none */
KL_API const char *kl_recipient_mobile(const kl_recipient *recipient); /* E.164 digits, or a business-scoped user id */
KL_API int kl_recipient_batch_no(const kl_recipient *recipient);
KL_API kl_money kl_recipient_price(const kl_recipient *recipient);
KL_API kl_recipient_state kl_recipient_state_of(const kl_recipient *recipient);
KL_API const char *kl_recipient_wa_message_id(const kl_recipient *recipient); /* NULL: not known */
/* Of the failure, or of the last passing refusal; 0: none. */
KL_API int kl_recipient_error_code(const kl_recipient *recipient);
KL_API const char *kl_recipient_error_text(const kl_recipient *recipient); /* NULL: none */
KL_API kl_time kl_recipient_sent_at(const kl_recipient *recipient);
KL_API kl_time kl_recipient_delivered_at(const kl_recipient *recipient);
KL_API kl_time kl_recipient_read_at(const kl_recipient *recipient);
KL_API kl_time kl_recipient_failed_at(const kl_recipient *recipient);
/* When a deferred message is sent again, or what becomes of an unknown one is decided; 0: neither. */
KL_API kl_time kl_recipient_next_at(const kl_recipient *recipient);
KL_API int kl_recipient_attempts(const kl_recipient *recipient); /* passing refusals so far, of a deferred one */
/* The failed message that it repeats; NULL: none. */
KL_API const kl_uuid *kl_recipient_retry_of(const kl_recipient *recipient);
KL_API void kl_recipient_free(kl_recipient *recipient);

KL_API size_t kl_recipient_page_count(const kl_recipient_page *page);
KL_API const kl_recipient *kl_recipient_page_at(const kl_recipient_page *page, size_t index);
KL_API void kl_recipient_page_free(kl_recipient_page *page);

/* How fast a campaign goes. */
typedef struct kl_campaign_progress {
    int64_t waiting;      /* messages not handed to Meta yet, or with a worker just now; exact */
    int64_t deferred;     /* messages that come again later; exact */
    int64_t last_minute;  /* messages whose answer, or loss, was stored in the last 60 seconds; exact while they
                             are in the last 150 batches begun, 75,000 messages; more are not counted */
    int64_t eta_seconds;  /* until nothing waits, at the rate of the last minute; 0: nothing waits; -1: nothing went
                             out in it */
    int64_t best_seconds; /* until nothing waits if the account's number sent nothing else and as fast as it may */
} kl_campaign_progress;

/* Reads it of one campaign. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_campaign_progress_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                          kl_campaign_progress *out, kl_error **error);

#ifdef __cplusplus
}
#endif

#endif

/* The event feed: what happened to a vendor's messages, campaigns, contacts, templates, numbers and accounts, for programs that
 * want to know without asking again and again.
 *
 * A reader has a name, and the database keeps how far it is: kl_event_read() hands out what is next, kl_event_ack() says that it has
 * been dealt with. What was not acknowledged is handed out again, so a program that stops between the two misses nothing and
 * may see something twice. A reader is told what happens after its first call. What happens to one message one after
 * the other comes in that order, and so does all that one transaction does; a transaction that commits late is told late, and is
 * never skipped. Each reader belongs to one vendor, and each vendor's feed is its own: a program for all vendors has a reader a vendor.
 *
 * Events are kept until kl_event_remove_old() removes them, whether they were read or not.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_EVENT_H
#define KLOYST_EVENT_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_event_kind {
    KL_EVENT_MESSAGE_RECEIVED = 1, /* message_id, contact_id */
    KL_EVENT_MESSAGE_STATE = 2,    /* message_id; the state is a kl_message_status */
    KL_EVENT_CAMPAIGN_STATE = 3,   /* campaign_id; the state is a kl_campaign_status */
    KL_EVENT_CONSENT = 4,          /* contact_id, message_id if one said it; the state is a kl_consent_kind */
    KL_EVENT_TEMPLATE = 5,         /* subject: its name; detail: "status PAUSED FIRST_PAUSE", "quality RED", "category MARKETING" … */
    KL_EVENT_NUMBER = 6,           /* subject: the number; detail: "THROUGHPUT_UPGRADE" … */
    KL_EVENT_ACCOUNT = 7,          /* subject: the WABA's id; detail: "DISABLED_UPDATE DISABLE", "limit 2000" … */
    KL_EVENT_CONTACT = 8           /* contact_id; message_id: the one that failed, or came in; detail: "undeliverable" or
                                      "reachable", see kl_contact_undeliverable_at() */
} kl_event_kind;

typedef struct kl_event kl_event;           /* one event as it was read; immutable */
typedef struct kl_event_page kl_event_page; /* events in their order, and where the reader is behind them */

/* Up to `limit` (1 … 10000) events that come next for the reader `consumer` (1 … 100 characters), which is made when there is none
 * of that name. When there are none it waits up to `wait_ms` (0 … 60000) for some, on a connection of the handle that nobody else can
 * use meanwhile; the page is empty when none came. One program at a time should read for a reader: two get the same events.
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_TOO_LONG, KL_ERR_ENCODING. Since 0.1. */
KL_API kl_status kl_event_read(kl *handle, const kl_uuid *vendor_id, const char *consumer, int limit, int wait_ms,
                               kl_event_page **out, kl_error **error);

/* The events of the page have been dealt with. An empty page may be acknowledged too.
 * KL_ERR_STATE: another page was acknowledged for this reader since this one was read, or the reader was forgotten;
 * KL_ERR_ARGUMENT: the page is another vendor's. Since 0.1. */
KL_API kl_status kl_event_ack(kl *handle, const kl_uuid *vendor_id, const kl_event_page *page, kl_error **error);

/* Removes the reader `consumer`. KL_ERR_NOT_FOUND, KL_ERR_TOO_LONG, KL_ERR_ENCODING. Since 0.1. */
KL_API kl_status kl_event_forget(kl *handle, const kl_uuid *vendor_id, const char *consumer, kl_error **error);

/* Removes the events of all vendors that are older than `seconds` (at least 60), in small steps. *removed (may be NULL) is how
 * many rows went; a row holds what one transaction did of one kind. Readers that had not read them are told by
 * kl_event_page_missed(). KL_ERR_TIMEOUT and the like: what was removed until then stays removed. Since 0.1. */
KL_API kl_status kl_event_remove_old(kl *handle, int64_t seconds, int64_t *removed, kl_error **error);

KL_API kl_event_kind kl_event_kind_of(const kl_event *event);
KL_API kl_time kl_event_happened_at(const kl_event *event);
KL_API const kl_uuid *kl_event_message_id(const kl_event *event);  /* NULL: none */
KL_API const kl_uuid *kl_event_contact_id(const kl_event *event);  /* NULL: none */
KL_API const kl_uuid *kl_event_campaign_id(const kl_event *event); /* NULL: none */
KL_API int kl_event_state(const kl_event *event);                  /* as the kind says; 0: none */
KL_API const char *kl_event_subject(const kl_event *event);        /* NULL: none */
KL_API const char *kl_event_detail(const kl_event *event);         /* NULL: none */

KL_API size_t kl_event_page_count(const kl_event_page *page);
KL_API const kl_event *kl_event_page_at(const kl_event_page *page, size_t index);
/* 1 when events were removed before this reader had read them; it should look at the state of things itself. Else 0. */
KL_API int kl_event_page_missed(const kl_event_page *page);
KL_API void kl_event_page_free(kl_event_page *page);

#ifdef __cplusplus
}
#endif

#endif

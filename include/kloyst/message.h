/* The message log: one row per transmission, outbound and inbound.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_MESSAGE_H
#define KLOYST_MESSAGE_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* UNKNOWN: may have been handed to Meta, the answer was lost; a webhook settles it. */
typedef enum kl_message_status {
    KL_MESSAGE_UNKNOWN = 1,
    KL_MESSAGE_SENT = 2,
    KL_MESSAGE_FAILED = 3,
    KL_MESSAGE_DELIVERED = 4,
    KL_MESSAGE_READ = 5
} kl_message_status;

typedef enum kl_message_direction { KL_INBOUND = 1, KL_OUTBOUND = 2 } kl_message_direction;

/* What a user sent. */
typedef enum kl_message_kind {
    KL_KIND_TEXT = 1,
    KL_KIND_BUTTON = 2,       /* a template's quick reply */
    KL_KIND_BUTTON_REPLY = 3, /* of an interactive message */
    KL_KIND_LIST_REPLY = 4,
    KL_KIND_FLOW_REPLY = 5,   /* a flow that was filled in; the payload is its answers as JSON */
    KL_KIND_IMAGE = 6,
    KL_KIND_VIDEO = 7,
    KL_KIND_AUDIO = 8,
    KL_KIND_DOCUMENT = 9,
    KL_KIND_STICKER = 10,
    KL_KIND_REACTION = 11,    /* the text is the emoji; none: the reaction was taken back */
    KL_KIND_ORDER = 12,
    KL_KIND_LOCATION = 13,
    KL_KIND_CONTACTS = 14,
    KL_KIND_SYSTEM = 15,      /* the user has another number or user id */
    KL_KIND_UNSUPPORTED = 16, /* Meta does not hand it on; see kl_message_error_code() */
    KL_KIND_OTHER = 17        /* a type that this version does not know; see kl_message_content() */
} kl_message_kind;

typedef struct kl_message kl_message;           /* one message as it was read; immutable */
typedef struct kl_message_page kl_message_page; /* messages in order of id, which is order of time */

/* Reads one message. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_message_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *message_id, kl_message **out,
                                kl_error **error);

/* The message with the wamid `wa_message_id`; should several have it, the first. KL_ERR_NOT_FOUND, KL_ERR_TOO_LONG, KL_ERR_ENCODING.
 * Since 0.1. */
KL_API kl_status kl_message_find(kl *handle, const kl_uuid *vendor_id, const char *wa_message_id, kl_message **out,
                                 kl_error **error);

/* Up to `limit` (1 … 1000) messages after `after` (NULL: from the first); of one campaign unless `campaign_id` is NULL.
 * KL_ERR_NOT_FOUND: no such campaign. Since 0.1. */
KL_API kl_status kl_message_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id, const kl_uuid *after,
                                 int limit, kl_message_page **out, kl_error **error);

KL_API kl_uuid kl_message_id(const kl_message *message);
KL_API kl_uuid kl_message_vendor_id(const kl_message *message);
KL_API const kl_uuid *kl_message_campaign_id(const kl_message *message); /* NULL: none */
KL_API const kl_uuid *kl_message_contact_id(const kl_message *message);  /* NULL: none */
KL_API const char *kl_message_mobile(const kl_message *message);
KL_API const char *kl_message_wa_message_id(const kl_message *message); /* NULL: not known */
KL_API kl_message_status kl_message_status_of(const kl_message *message);
KL_API kl_message_direction kl_message_direction_of(const kl_message *message);
KL_API kl_money kl_message_price(const kl_message *message);
KL_API int kl_message_error_code(const kl_message *message);         /* 0: none */
KL_API const char *kl_message_error_text(const kl_message *message); /* NULL: none */
KL_API const char *kl_message_content(const kl_message *message);    /* inbound: Meta's JSON; NULL: none */
KL_API kl_message_kind kl_message_kind_of(const kl_message *message); /* inbound; 0 for outbound messages */
/* Inbound: what the user wrote or chose: body, caption, title of the button or list row, emoji, name of the place, file or
 * contact. NULL: nothing of the kind. */
KL_API const char *kl_message_text(const kl_message *message);
KL_API const char *kl_message_payload(const kl_message *message);   /* inbound: of the button or row; NULL: none */
KL_API const kl_uuid *kl_message_reply_to(const kl_message *message); /* inbound: the vendor's message it answers; NULL: none known */
/* Inbound: the wamid of the message it answers or reacts to, whoever sent that; NULL: none. */
KL_API const char *kl_message_context_wamid(const kl_message *message);
KL_API const char *kl_message_phone_number_id(const kl_message *message); /* inbound: the number written to; else NULL */
KL_API kl_time kl_message_sent_at(const kl_message *message);        /* inbound: when the user sent it */
KL_API kl_time kl_message_delivered_at(const kl_message *message);
KL_API kl_time kl_message_read_at(const kl_message *message);
KL_API kl_time kl_message_failed_at(const kl_message *message);
KL_API kl_time kl_message_created_at(const kl_message *message);
KL_API void kl_message_free(kl_message *message);

KL_API size_t kl_message_page_count(const kl_message_page *page);
KL_API const kl_message *kl_message_page_at(const kl_message_page *page, size_t index);
KL_API void kl_message_page_free(kl_message_page *page);

#ifdef __cplusplus
}
#endif

#endif

/* Consent: who may be sent marketing, and the evidence for it.
 *
 * A contact is opted out by what its user says - a STOP word or a template's quick reply, the native opt-out of WhatsApp
 * (user_preferences), Meta's error 131050 - or by the program, and opted in again by START words, a native "resume" or the program.
 * The latest word counts, by the time at which it was said and not by the order in which it was heard; at one and the same moment
 * the refusal counts. Each word is kept as evidence. Marketing to opted-out contacts is left out when a campaign is
 * enqueued, refused as a single message, and not sent if it waits already.
 *
 * The words are a vendor's settings, {"consent":{"stop":["STOP","leave me"],"start":["START"],"languages":["en","hi"]}}: `stop`
 * and `start` replace the words that the library knows in many languages, `languages` names those of which it knows them. A
 * message says such a word when it consists of nothing else, in any case and whatever punctuation is around it.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_CONSENT_H
#define KLOYST_CONSENT_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_consent_kind { KL_OPT_OUT = 1, KL_OPT_IN = 2 } kl_consent_kind;

typedef enum kl_consent_source {
    KL_CONSENT_CALL = 1,        /* kl_contact_opt_out(), kl_contact_opt_in() */
    KL_CONSENT_KEYWORD = 2,     /* a message of the user */
    KL_CONSENT_QUICK_REPLY = 3, /* a button that the user pressed */
    KL_CONSENT_PREFERENCE = 4,  /* WhatsApp's own opt-out and opt-in */
    KL_CONSENT_ERROR = 5        /* Meta's error 131050 */
} kl_consent_source;

typedef struct kl_consent kl_consent;           /* one piece of evidence as it was read; immutable */
typedef struct kl_consent_page kl_consent_page; /* evidence in order of id, which is order of time */

/* No marketing is sent to the contact from now on. `note` (up to 500 characters, may be NULL) is kept with the evidence.
 * KL_ERR_NOT_FOUND, KL_ERR_TOO_LONG, KL_ERR_ENCODING. Since 0.1. */
KL_API kl_status kl_contact_opt_out(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, const char *note,
                                    kl_error **error);

/* Marketing may be sent to the contact again. The same statuses. Since 0.1. */
KL_API kl_status kl_contact_opt_in(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, const char *note,
                                   kl_error **error);

/* Up to `limit` (1 … 1000) pieces of evidence after `after` (NULL: from the first), of one contact unless `contact_id` is NULL.
 * Evidence outlives its contact: one that does not exist has what it left behind, or none. Since 0.1. */
KL_API kl_status kl_consent_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *contact_id, const kl_uuid *after,
                                 int limit, kl_consent_page **out, kl_error **error);

KL_API kl_uuid kl_consent_id(const kl_consent *consent);
KL_API kl_uuid kl_consent_vendor_id(const kl_consent *consent);
KL_API kl_uuid kl_consent_contact_id(const kl_consent *consent);
KL_API kl_consent_kind kl_consent_kind_of(const kl_consent *consent);
KL_API kl_consent_source kl_consent_source_of(const kl_consent *consent);
KL_API kl_time kl_consent_said_at(const kl_consent *consent);    /* when the user said it */
KL_API kl_time kl_consent_created_at(const kl_consent *consent); /* when it was stored */
KL_API const char *kl_consent_user(const kl_consent *consent);   /* the number or user id that it came from */
/* The user's message, or the one that failed with 131050; NULL: none. */
KL_API const kl_uuid *kl_consent_message_id(const kl_consent *consent);
KL_API const char *kl_consent_text(const kl_consent *consent); /* the user's own words, or the note; NULL: none */
KL_API void kl_consent_free(kl_consent *consent);

KL_API size_t kl_consent_page_count(const kl_consent_page *page);
KL_API const kl_consent *kl_consent_page_at(const kl_consent_page *page, size_t index);
KL_API void kl_consent_page_free(kl_consent_page *page);

#ifdef __cplusplus
}
#endif

#endif

/* Circuit breakers: what Meta has refused to go on with, and how long it rests.
 *
 * A worker opens one when an error says that nothing of the kind will be accepted: of a sending number, of a WhatsApp
 * Business account, of a template or of a campaign (see kl_error_policy_get). Messages behind an open breaker wait and
 * cost nothing. It closes by itself when its time is up, or by kl_breaker_resume().
 *
 * A breaker that is a fact about a number stops every vendor that sends from it. One that may lie in the vendor's own
 * token, permissions, templates or campaigns stops that vendor alone, and no other vendor sees it.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_BREAKER_H
#define KLOYST_BREAKER_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_breaker_scope {
    KL_BREAKER_NUMBER = 1,
    KL_BREAKER_WABA = 2,
    KL_BREAKER_TEMPLATE = 3, /* pauses the vendor's campaigns with the template, holds its single messages that wait, and lets
                                nothing more be queued with it */
    KL_BREAKER_CAMPAIGN = 4  /* pauses it */
} kl_breaker_scope;

typedef struct kl_breaker kl_breaker;           /* one open breaker as it was read; immutable */
typedef struct kl_breaker_page kl_breaker_page; /* breakers in order of id */

/* Up to `limit` (1 … 1000) open breakers that stop something of the vendor, after `after` (NULL: from the first). Since
 * 0.1. */
KL_API kl_status kl_breaker_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit,
                                 kl_breaker_page **out, kl_error **error);

/* The same of those that stop every vendor of a number or account, for whoever runs the platform. Since 0.1. */
KL_API kl_status kl_breaker_list_shared(kl *handle, const kl_uuid *after, int limit, kl_breaker_page **out,
                                        kl_error **error);

/* Closes a breaker of the vendor: sending goes on at once, campaigns that it paused too unless something else holds
 * them; single messages that a template's breaker held go on within a minute and a half. If Meta still refuses, it opens again.
 * KL_ERR_NOT_FOUND: none is open that stops something of the vendor; KL_ERR_STATE: it stops other vendors too, see
 * kl_breaker_resume_shared; KL_ERR_INSUFFICIENT: it holds a campaign whose template has another category now, and the wallet does
 * not cover its prices: it stays open. Since 0.1. */
KL_API kl_status kl_breaker_resume(kl *handle, const kl_uuid *vendor_id, const kl_uuid *breaker_id, kl_error **error);

/* Closes one of kl_breaker_list_shared. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_breaker_resume_shared(kl *handle, const kl_uuid *breaker_id, kl_error **error);

/* Getters accept NULL: then 0, "" or a nil UUID. Texts live as long as the breaker. Since 0.1. */
KL_API kl_uuid kl_breaker_id(const kl_breaker *breaker); /* the same whenever the same thing is stopped */
KL_API kl_breaker_scope kl_breaker_scope_of(const kl_breaker *breaker);
/* The phone number id, WABA id, template's name or campaign's id that is stopped. */
KL_API const char *kl_breaker_subject(const kl_breaker *breaker);
KL_API const char *kl_breaker_language(const kl_breaker *breaker);      /* of a template, else "" */
KL_API int kl_breaker_code(const kl_breaker *breaker);                  /* Meta's code of the last refusal; 0: none */
KL_API const char *kl_breaker_reason(const kl_breaker *breaker);        /* one line for a person */
KL_API kl_time kl_breaker_opened_at(const kl_breaker *breaker);
KL_API kl_time kl_breaker_resumes_at(const kl_breaker *breaker);        /* 0: only by hand */
KL_API int kl_breaker_shared(const kl_breaker *breaker);                /* 1: stops other vendors too */
KL_API void kl_breaker_free(kl_breaker *breaker);

KL_API size_t kl_breaker_page_count(const kl_breaker_page *page);
KL_API const kl_breaker *kl_breaker_page_at(const kl_breaker_page *page, size_t index);
KL_API void kl_breaker_page_free(kl_breaker_page *page);

#ifdef __cplusplus
}
#endif

#endif

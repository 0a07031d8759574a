/* Templates as Meta has them: what a message or campaign is checked against before it is queued.
 *
 * A vendor's templates belong to the WhatsApp Business account of its account here, and are stored from Meta's own JSON, an element of
 * "data" in the answer to GET /WABA_ID/message_templates. Webhooks change their status, category, quality and components
 * afterwards. An account without any stored template is not checked; with one, only stored and APPROVED templates go.
 *
 * A template that is no longer APPROVED stops its campaigns: they are PAUSED, seen by kl_breaker_list(), and go on by
 * themselves when it is APPROVED again. When its category changes, what campaigns with prices from the rate card have not paid yet
 * gets the prices of the new one; if the wallet does not cover the higher ones, the campaign is PAUSED and, resumed by
 * hand, goes on at the old ones.
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_TEMPLATE_H
#define KLOYST_TEMPLATE_H

#include <kloyst/campaign.h>
#include <kloyst/rate.h>
#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kl_template kl_template;           /* one template as it was read; immutable */
typedef struct kl_template_page kl_template_page; /* templates in order of id */

/* Stores a template of the account from Meta's `json` of `length` bytes (at most 64 KiB), or replaces the one of this name and
 * language. *out may be NULL. KL_ERR_NOT_FOUND: no such account; KL_ERR_JSON: not a JSON object; KL_ERR_FORMAT: a member that is
 * missing or not as Meta documents it, or texts whose parameters are not numbered from 1 or not named alike;
 * KL_ERR_TOO_LONG; KL_ERR_ENCODING. Since 0.1. */
KL_API kl_status kl_template_upsert(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *json,
                                    size_t length, kl_template **out, kl_error **error);

/* Reads one template. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_template_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *template_id, kl_template **out,
                                 kl_error **error);

/* The account's template of this name and language. KL_ERR_NOT_FOUND; KL_ERR_TOO_LONG; KL_ERR_ENCODING. Since 0.1. */
KL_API kl_status kl_template_find(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *name,
                                  const char *language, kl_template **out, kl_error **error);

/* Up to `limit` (1 … 1000) templates after `after` (NULL: from the first). Since 0.1. */
KL_API kl_status kl_template_list(kl *handle, const kl_uuid *vendor_id, const kl_uuid *after, int limit,
                                  kl_template_page **out, kl_error **error);

/* Forgets a template; at Meta it stays. KL_ERR_NOT_FOUND; KL_ERR_IN_USE: a campaign was made with it. Since 0.1. */
KL_API kl_status kl_template_delete(kl *handle, const kl_uuid *vendor_id, const kl_uuid *template_id, kl_error **error);

/* Getters accept NULL: then 0, "" or a nil UUID. Texts live as long as the template. Since 0.1. */
KL_API kl_uuid kl_template_id(const kl_template *template_); /* the library's own; Meta's is kl_template_meta_id() */
KL_API kl_uuid kl_template_vendor_id(const kl_template *template_);
KL_API const char *kl_template_waba_id(const kl_template *template_); /* Meta's id of the WhatsApp Business account */
KL_API const char *kl_template_meta_id(const kl_template *template_); /* "": not known */
KL_API const char *kl_template_name(const kl_template *template_);
KL_API const char *kl_template_language(const kl_template *template_);
KL_API kl_template_category kl_template_category_of(const kl_template *template_);
KL_API const char *kl_template_status(const kl_template *template_); /* Meta's word: "APPROVED", "PAUSED", … */
KL_API const char *kl_template_reason(const kl_template *template_); /* why it is not approved; "": not known */
KL_API const char *kl_template_quality(const kl_template *template_); /* "GREEN", "YELLOW", "RED", "UNKNOWN", … */
KL_API kl_parameter_format kl_template_parameter_format(const kl_template *template_);
KL_API const char *kl_template_components(const kl_template *template_); /* JSON array, as Meta gave it */
KL_API const char *kl_template_unsupported(const kl_template *template_); /* the component for which no message can be made; "": none */
/* Its parameters in order: in which place (as in kl_message_options.parameters; one that may be left out ends in '?'),
 * and with which name ("" where there are none). Out of range: "". */
KL_API size_t kl_template_parameter_count(const kl_template *template_);
KL_API const char *kl_template_parameter_place(const kl_template *template_, size_t index);
KL_API const char *kl_template_parameter_name(const kl_template *template_, size_t index);
KL_API kl_time kl_template_created_at(const kl_template *template_);
KL_API kl_time kl_template_updated_at(const kl_template *template_);
/* When Meta told that the components are others now than those that are stored; 0: it did not. Fetch the template and store it again
 * (kl_template_upsert): until then messages are checked against the old ones. */
KL_API kl_time kl_template_outdated_at(const kl_template *template_);
KL_API void kl_template_free(kl_template *template_);

KL_API size_t kl_template_page_count(const kl_template_page *page);
KL_API const kl_template *kl_template_page_at(const kl_template_page *page, size_t index);
KL_API void kl_template_page_free(kl_template_page *page);

#ifdef __cplusplus
}
#endif

#endif

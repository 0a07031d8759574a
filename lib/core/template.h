/* The rules of templates: reading Meta's description, and what a change of one does to what is queued. */
#ifndef KLOYST_CORE_TEMPLATE_H
#define KLOYST_CORE_TEMPLATE_H

#include "core/handle.h"
#include "repo/template.h"

/* Statuses are those of kl_template_upsert(). *out may be NULL. */
kl_status template_store(kl *handle, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, const char *json,
                         size_t length, kl_template **out, kl_error **error);

/* The status that a template has after an event of the webhook message_template_status_update, such as REINSTATED. */
const char *template_status_after(const char *event);

/* What a webhook tells of a template of a WABA, for all vendors that send through it. Those that have it stored get the
 * change, and what it does to campaigns: stopped unless it is APPROVED, started again when it is, priced anew with its
 * category. Doing it again changes nothing; after a failure it is to be done again. */
kl_status template_changed(kl *handle, const char *waba_id, const template_change *change, kl_error **error);

#endif

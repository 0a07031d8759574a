/* Repository of consent: evidence, and the state of contacts that follows from it. */
#ifndef KLOYST_REPO_CONSENT_H
#define KLOYST_REPO_CONSENT_H

#include <kloyst/consent.h>

#include "pg/pool.h"

/* Labels of the enums kloyst.consent_kind and kloyst.consent_source. */
const char *consent_kind_label(kl_consent_kind kind);
const char *consent_source_label(kl_consent_source source);

/* Arguments are checked by the caller; statuses are those of the public calls. */
kl_status consent_say(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *contact_id, kl_consent_kind kind,
                      const char *note, kl_error **error);
kl_status consent_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *contact_id, const kl_uuid *after, int limit,
                       kl_consent_page **out, kl_error **error);

/* The vendor's settings of consent: a row with JSON or NULL; none: no such vendor. */
kl_status consent_settings(pg_pool *pool, const kl_uuid *vendor_id, pg_rows **rows, kl_error **error);

/* WhatsApp's own opt-out or opt-in of a user with a number, a user id or both. The same id is stored once. */
kl_status consent_prefer(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *number, const char *user_id,
                         kl_consent_kind kind, kl_time at, const char *text, kl_error **error);

#endif

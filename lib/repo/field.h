/* Repository of changes that webhooks tell of templates, numbers and accounts. */
#ifndef KLOYST_REPO_FIELD_H
#define KLOYST_REPO_FIELD_H

#include "pg/pool.h"

enum { FIELD_HASH_BYTES = 32 };

/* Whether this change of a subject, or a later one, was heard before. */
kl_status field_is_known(pg_pool *pool, const uint8_t subject[FIELD_HASH_BYTES], kl_time at,
                         const uint8_t digest[FIELD_HASH_BYTES], bool *known, kl_error **error);
kl_status field_note(pg_pool *pool, const uint8_t subject[FIELD_HASH_BYTES], kl_time at,
                     const uint8_t digest[FIELD_HASH_BYTES], kl_error **error);

/* Rows: vendor, account, number, and how Meta shows the number (NULL: not known), in order of vendor. */
kl_status field_accounts(pg_pool *pool, const char *waba_id, pg_rows **rows, kl_error **error);

/* The limit of the portfolios of a WABA's numbers: users in 24 hours, 0: none. */
kl_status field_set_capability(pg_pool *pool, const char *waba_id, int32_t limit, kl_error **error);

/* An account's messages a second, unless they are that many already. */
kl_status field_raise_rate(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *waba_account_id, int32_t rate,
                           kl_error **error);

/* How Meta shows some numbers. */
kl_status field_learn_numbers(pg_pool *pool, const char *const *phone_number_ids, const char *const *shown, size_t count,
                              kl_error **error);

/* Tells a vendor's event feed; `kind` is a label of kloyst.event_kind. */
kl_status field_tell(pg_pool *pool, const kl_uuid *vendor_id, const char *kind, const char *subject, const char *detail,
                     kl_error **error);

#endif

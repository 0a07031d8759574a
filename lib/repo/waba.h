/* Repository of WABA accounts and of the directory that leads from a phone number to its vendors. */
#ifndef KLOYST_REPO_WABA_H
#define KLOYST_REPO_WABA_H

#include <kloyst/waba.h>

#include "base/buffer.h"
#include "pg/pool.h"
#include "repo/code_ranges.h"

/* Arguments are checked by the caller, tokens are sealed; statuses are those of the public calls. */
kl_status waba_insert(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const char *waba_id,
                      const char *phone_number_id, const buffer *sealed, kl_waba **out, kl_error **error);
kl_status waba_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_waba **out, kl_error **error);
kl_status waba_list(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *after, int limit, kl_waba_page **out,
                    kl_error **error);
/* Breakers of the vendor's own that such codes opened for the account's WABA are closed with it. */
kl_status waba_update_token(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const buffer *sealed,
                            const code_ranges *closes, kl_error **error);
/* The same, if the token is still the one that was sealed `before`. */
kl_status waba_replace_token(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, const buffer *before,
                             const buffer *sealed, bool *replaced, kl_error **error);
kl_status waba_update_rate(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, int messages_per_second,
                           kl_error **error);
kl_status waba_delete(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_error **error);

/* Appends the sealed token. `phone_number_id` (malloc'ed) and `messages_per_second` may be NULL. */
kl_status waba_get_token(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, buffer *sealed,
                         char **phone_number_id, int *messages_per_second, kl_error **error);

#endif

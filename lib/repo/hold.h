/* Repository of holds. */
#ifndef KLOYST_REPO_HOLD_H
#define KLOYST_REPO_HOLD_H

#include "repo/wallet.h"

/* Sets money aside, in one statement. *out is the hold for WALLET_CHANGED and WALLET_PRIOR, else NULL.
 * KL_ERR_EXISTS: another transaction used the key at the same time; asking again finds its hold. */
kl_status hold_insert(pg_pool *pool, const kl_uuid *vendor_id, kl_money amount, const char *reference,
                      const char *idempotency_key, wallet_outcome *outcome, kl_hold **out, kl_error **error);

kl_status hold_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_hold **out, kl_error **error);

/* The hold of an idempotency key; *out is NULL when there is none. */
kl_status hold_find(pg_pool *pool, const kl_uuid *vendor_id, const char *idempotency_key, kl_hold **out,
                    kl_error **error);

/* *freed is what this call freed; *allowed is false, and nothing happened, while its campaign is not finished. */
kl_status hold_release(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_money *freed, bool *allowed,
                       kl_error **error);

#endif

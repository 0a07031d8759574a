/* Repository of wallets. */
#ifndef KLOYST_REPO_WALLET_H
#define KLOYST_REPO_WALLET_H

#include <kloyst/wallet.h>

#include "pg/pool.h"

/* What a statement that changes a wallet found. The numbers are those of the SQL. */
typedef enum wallet_outcome {
    WALLET_MISSING = 0,
    WALLET_CHANGED = 1,
    WALLET_PRIOR = 2,   /* the idempotency key was used before: nothing changed */
    WALLET_REFUSED = 3, /* not covered, or above the cap */
    WALLET_NO_DEBIT = 4,
    WALLET_EXCEEDS = 5
} wallet_outcome;

/* KL_ERR_NOT_FOUND: no such vendor. */
kl_status wallet_get(pg_pool *pool, const kl_uuid *vendor_id, kl_wallet **out, kl_error **error);

#endif

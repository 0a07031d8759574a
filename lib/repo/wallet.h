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
    WALLET_EXCEEDS = 5,
    WALLET_EXPIRED = 6,    /* the hold */
    WALLET_OF_CAMPAIGN = 7 /* the hold */
} wallet_outcome;

/* KL_ERR_NOT_FOUND: no such vendor. */
kl_status wallet_get(pg_pool *pool, const kl_uuid *vendor_id, kl_wallet **out, kl_error **error);

/* What the ledger's end must agree with, as of one moment. */
typedef struct wallet_proof {
    kl_uuid id;
    kl_money balance;
    kl_money held;
    int64_t seq;
    uint8_t head[32];
    kl_money open_holds; /* sum of what is left of the holds */
    int64_t last_seq;    /* of the newest row in the ledger; 0: none */
} wallet_proof;

/* KL_ERR_NOT_FOUND: no such vendor. */
kl_status wallet_read_proof(pg_pool *pool, const kl_uuid *vendor_id, wallet_proof *out, kl_error **error);

#endif

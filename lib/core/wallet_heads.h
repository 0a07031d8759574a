/* What a handle last saw of its wallets: enough to compute the next ledger row without asking. It may be out of date
 * at any time, so a statement that relies on it must compare. */
#ifndef KLOYST_CORE_WALLET_HEADS_H
#define KLOYST_CORE_WALLET_HEADS_H

#include <stdbool.h>

#include "crypto/sha256.h"

#include <kloyst/types.h>

typedef struct wallet_heads wallet_heads;

typedef struct wallet_head {
    kl_uuid wallet_id;
    kl_money balance;
    kl_money held; /* WALLET_HELD_UNKNOWN: was not seen */
    int64_t seq;
    uint8_t head[SHA256_BYTES];
    kl_time now; /* the server's clock, when it was seen; not before the wallet's updated_at */
} wallet_head;

enum { WALLET_HELD_UNKNOWN = -1 };

/* Bounded memory: the newest push out others. NULL: no memory. */
wallet_heads *wallet_heads_new(void);
void wallet_heads_free(wallet_heads *heads);

/* What is known of the vendor's wallet; false: nothing, or it went stale too often lately. `now` in the answer is a
 * time by the server's clock that has passed, never before the one that was put. */
bool wallet_heads_find(wallet_heads *heads, const kl_uuid *vendor_id, wallet_head *out);

/* Right after the server answered with it. */
void wallet_heads_put(wallet_heads *heads, const kl_uuid *vendor_id, const wallet_head *head);

/* What find answered was relied on and did not hold, or held. Each time in a row that it did not doubles how often
 * find says no. */
void wallet_heads_missed(wallet_heads *heads, const kl_uuid *vendor_id);
void wallet_heads_held(wallet_heads *heads, const kl_uuid *vendor_id);

#endif

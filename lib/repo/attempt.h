/* Repository of single credits and debits that are tried without asking what stands against them, of one wallet or of
 * several in one transaction. */
#ifndef KLOYST_REPO_ATTEMPT_H
#define KLOYST_REPO_ATTEMPT_H

#include "repo/transaction.h"

/* Most attempts of one transaction. */
enum { ATTEMPTS_MAX = PG_STATEMENTS_MAX };

/* What the wallet was before an attempt that relies on it, and what makes it of it. */
typedef struct attempt_change {
    kl_money balance_before, balance;
    int64_t seq;
    uint8_t head_before[32], head[32];
    kl_time at;
} attempt_change;

typedef struct attempt {
    const kl_uuid *vendor_id;
    const transaction_request *request; /* not a refund */
    kl_uuid id;                         /* of the row */
    const attempt_change *change;       /* NULL: the server computes it, and looks for the key first */
    kl_transaction *row;                /* out; NULL: nothing was done: refused, or not the wallet of the change */
    kl_time now;                        /* out, with a row: the server's clock, or a time before */
} attempt;

/* Writes what can be written, all in one transaction, and fills the rows. Any failure but KL_ERR_UNKNOWN_OUTCOME
 * means that nothing was done of any. Wallets are locked in the order given: give them in order of vendor_id. Of more
 * than one attempt none waits for a lock longer than lock_timeout_ms. KL_ERR_EXISTS as in transaction_post(). */
kl_status attempt_all(pg_pool *pool, attempt *const *attempts, size_t count, int lock_timeout_ms, kl_error **error);

#endif

/* Repository of postings: many ledger rows of one wallet in one transaction of two round trips.
 *
 * posting_begin locks the wallet and reads what the rules need; the caller decides; posting_commit writes and commits. */
#ifndef KLOYST_REPO_POSTING_H
#define KLOYST_REPO_POSTING_H

#include "repo/transaction.h"

/* What is known of the wallet under its lock. `found` false: no such vendor. */
typedef struct posting_wallet {
    bool found;
    kl_uuid id;
    kl_money balance;
    kl_money held;
    int64_t seq;
    uint8_t head[32];
    kl_time now; /* of the transaction, the server's clock */
} posting_wallet;

/* A debit that can be refunded. */
typedef struct posting_debit {
    kl_uuid id;
    kl_money left;
    kl_money amount;
    bool has_campaign;
    kl_uuid campaign_id;
    kl_money refunded; /* by this posting: the caller's to count */
} posting_debit;

typedef struct posting_facts {
    posting_wallet wallet;
    kl_transaction_page *prior; /* rows that the keys already have */
    posting_debit *debits;
    size_t debit_count;
} posting_facts;

/* One row to write. */
typedef struct posting_row {
    kl_uuid id;
    int64_t seq;
    const transaction_request *request;
    kl_money balance_after;
    kl_uuid campaign_id; /* of a refund whose debit has one; else nil */
    uint8_t hash[32];
} posting_row;

/* Opens a transaction on `c`. On failure it is ended. Release the facts with posting_facts_free. */
kl_status posting_begin(pg_connection *c, const pg_scope *scope, const char *const *keys, size_t key_count,
                        const kl_uuid *debit_ids, size_t debit_count, posting_facts *out, kl_error **error);

/* Writes the rows, the totals of debits with refunded > 0 and the wallet as `after` says, and commits. With no rows
 * it only ends the transaction. */
kl_status posting_commit(pg_connection *c, const kl_uuid *vendor_id, const posting_row *rows, size_t count,
                         const posting_facts *facts, const posting_wallet *after, kl_error **error);

/* Writes rows that are no refunds in one transaction of one round trip, if the wallet is still `before`, where
 * `before.now` is the rows' time; else *done is false and nothing was done. *now is then the server's clock.
 * KL_ERR_EXISTS: a key was used before. */
kl_status posting_append(pg_pool *pool, const pg_scope *scope, const posting_row *rows, size_t count,
                         const posting_wallet *before, const posting_wallet *after, bool *done, kl_time *now,
                         kl_error **error);

void posting_facts_free(posting_facts *facts);

#endif

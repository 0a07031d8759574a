/* Repository of ledger rows. */
#ifndef KLOYST_REPO_TRANSACTION_H
#define KLOYST_REPO_TRANSACTION_H

#include "repo/wallet.h"

/* What a caller wants written. */
typedef struct transaction_request {
    kl_transaction_type type;
    kl_money amount;
    const char *reference;
    const char *idempotency_key; /* NULL: none */
    const kl_uuid *debit_id;     /* of a refund; else NULL */
} transaction_request;

/* Writes one ledger row and moves the wallet with it, in one statement, or tells why not. *out is the row for WALLET_CHANGED
 * and WALLET_PRIOR, else NULL. KL_ERR_EXISTS: another transaction used the key at the same time; asking
 * again finds its row. */
kl_status transaction_post(pg_pool *pool, const kl_uuid *vendor_id, const transaction_request *request,
                           wallet_outcome *outcome, kl_transaction **out, kl_error **error);

kl_status transaction_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_transaction **out,
                          kl_error **error);

/* The row of an idempotency key; *out is NULL when there is none. */
kl_status transaction_find(pg_pool *pool, const kl_uuid *vendor_id, const char *idempotency_key, kl_transaction **out,
                           kl_error **error);

/* The same after waiting for every transaction that holds the wallet. */
kl_status transaction_find_settled(pg_pool *pool, const kl_uuid *vendor_id, const char *idempotency_key,
                                   kl_transaction **out, kl_error **error);

/* Rows with after < seq <= last. */
kl_status transaction_list(pg_pool *pool, const kl_uuid *vendor_id, int64_t after, int64_t last, int limit,
                           kl_transaction_page **out, kl_error **error);

/* Label of the enum kloyst.transaction_type. */
const char *transaction_type_label(kl_transaction_type type);
kl_transaction_type transaction_type_from(const char *label);

/* One row of such a result. NULL: no memory. */
kl_transaction *transaction_of(const pg_rows *rows, int row);

/* All rows of a result with the columns of transaction/get.sql; NULL: no memory. */
kl_transaction_page *transaction_page_of(const pg_rows *rows);

/* A row that was just written, without reading it back; and a copy of one. NULL: no memory. */
kl_transaction *transaction_make(const kl_uuid *vendor_id, const kl_uuid *wallet_id, kl_uuid id, int64_t seq,
                                 const transaction_request *request, kl_money balance_after, const kl_uuid *campaign_id,
                                 const uint8_t *hash, kl_time created_at);
kl_transaction *transaction_copy(const kl_transaction *transaction);

#endif

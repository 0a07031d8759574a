/* Repository of ledger rows by the thousand: for their proof and their export. */
#ifndef KLOYST_REPO_LEDGER_H
#define KLOYST_REPO_LEDGER_H

#include <kloyst/wallet.h>

#include "pg/pool.h"

/* What one row says. The texts and pointers belong to whoever made the row. */
typedef struct ledger_row {
    kl_uuid vendor_id;
    kl_uuid wallet_id;
    int64_t seq;
    kl_uuid id;
    kl_transaction_type type;
    kl_money amount;
    kl_money balance_after;
    const char *reference;
    const char *idempotency_key; /* NULL: none */
    const kl_uuid *debit_id;     /* NULL: none */
    const kl_uuid *campaign_id;  /* NULL: none */
    int batch_no;                /* -1: none */
    kl_time created_at;
} ledger_row;

/* Rows of a wallet with after < seq <= last, in order of seq; the caller frees them. */
kl_status ledger_read(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *wallet_id, int64_t after, int64_t last,
                      int limit, pg_rows **rows, kl_error **error);

/* Row `index` of that wallet, and its stored hash (32 bytes). Both point into the rows. */
void ledger_row_at(const pg_rows *rows, int index, const kl_uuid *vendor_id, const kl_uuid *wallet_id, ledger_row *row,
                   const uint8_t **hash);

#endif

/* The proof of a ledger: its hash chain recomputed in C. docs/ledger-format.md describes the bytes. */
#ifndef KLOYST_CORE_LEDGER_H
#define KLOYST_CORE_LEDGER_H

#include <stdbool.h>

#include <kloyst/wallet.h>

#include "base/buffer.h"
#include "core/handle.h"
#include "crypto/hmac.h"

/* What one row says. The texts and pointers belong to the caller. */
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

/* One step of the chain, from the hash of the row before (zeros before the first). `scratch` is memory to work in, kept
 * between steps. False when there is no memory. */
bool ledger_hash(const uint8_t previous[SHA256_BYTES], const ledger_row *row, buffer *scratch,
                 uint8_t out[SHA256_BYTES]) __attribute__((warn_unused_result));

/* Statuses are those of kl_wallet_verify(); `report` is filled for KL_OK and KL_ERR_CORRUPT. */
kl_status ledger_verify(kl *handle, const kl_uuid *vendor_id, kl_ledger_report *report, kl_error **error);

#endif

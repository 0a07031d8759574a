/* The prepaid wallet of a vendor and its append-only ledger.
 *
 * available = balance - held. Every operation is one ledger row in one transaction, exactly once per idempotency key:
 * the same key with the same content answers the first row again, with other content KL_ERR_CONFLICT. Nothing is
 * ever rounded, and no balance passes 999999.9999 or falls below what is held.
 *
 * Ledger rows and holds have keys of their own: one key may name one of each.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe. KL_ERR_CORRUPT from a call that writes: somebody
 * added a row to the ledger by other ways, see kl_wallet_verify() in ledger.h.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_WALLET_H
#define KLOYST_WALLET_H

#include <kloyst/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kl_transaction_type {
    KL_CREDIT_RECHARGE = 1,
    KL_DEBIT_MESSAGE = 2,
    KL_REFUND = 3
} kl_transaction_type;

typedef struct kl_wallet kl_wallet;                     /* a wallet as it was read; immutable */
typedef struct kl_transaction kl_transaction;           /* one ledger row; immutable */
typedef struct kl_transaction_page kl_transaction_page; /* ledger rows in order of seq */

/* Reads a vendor's wallet. KL_ERR_NOT_FOUND: no such vendor. Since 0.1. */
KL_API kl_status kl_wallet_get(kl *handle, const kl_uuid *vendor_id, kl_wallet **out, kl_error **error);

/* Adds `amount` (> 0). `reference`: what it was for, such as the payment id; 1 … 255 characters.
 * `idempotency_key`: 1 … 255 characters, unique per vendor for ever; NULL: no protection against repeating.
 * *out may be NULL. KL_ERR_LIMIT: the balance would pass the cap; KL_ERR_CONFLICT; KL_ERR_NOT_FOUND;
 * KL_ERR_ARGUMENT: amount not in 0.0001 … 999999.9999. Since 0.1. */
KL_API kl_status kl_wallet_credit(kl *handle, const kl_uuid *vendor_id, kl_money amount, const char *reference,
                                  const char *idempotency_key, kl_transaction **out, kl_error **error);

/* Takes `amount` (> 0) from what is available. KL_ERR_INSUFFICIENT, and else as kl_wallet_credit(). Since 0.1. */
KL_API kl_status kl_wallet_debit(kl *handle, const kl_uuid *vendor_id, kl_money amount, const char *reference,
                                 const char *idempotency_key, kl_transaction **out, kl_error **error);

/* Gives back `amount` of the debit `debit_id`. KL_ERR_EXCEEDS: more than is left of that debit;
 * KL_ERR_NOT_FOUND: no such vendor or no such debit; else as kl_wallet_credit(). Since 0.1. */
KL_API kl_status kl_wallet_refund(kl *handle, const kl_uuid *vendor_id, const kl_uuid *debit_id, kl_money amount,
                                  const char *reference, const char *idempotency_key, kl_transaction **out,
                                  kl_error **error);

/* Settles a KL_ERR_UNKNOWN_OUTCOME: waits for whatever still holds the wallet and looks for `idempotency_key`. KL_OK: it was done, *out (may be
 * NULL) is its row. KL_ERR_NOT_FOUND: it was not done (or there is no such vendor); make the same call with the same key
 * again: should the lost one arrive after all, the two are still done once. Since 0.1. */
KL_API kl_status kl_wallet_resolve(kl *handle, const kl_uuid *vendor_id, const char *idempotency_key, kl_transaction **out,
                                   kl_error **error);

/* One member of kl_wallet_post(): what kl_wallet_credit(), kl_wallet_debit() and kl_wallet_refund() take. */
typedef struct kl_wallet_operation {
    kl_transaction_type type;
    kl_money amount;             /* > 0 */
    const char *reference;
    const char *idempotency_key; /* may be NULL */
    const kl_uuid *debit_id;     /* of a KL_REFUND; else NULL */
} kl_wallet_operation;

typedef struct kl_wallet_results kl_wallet_results; /* the outcome of each operation; immutable */

/* Does 1 … 10000 operations of one vendor in one transaction, in order: each is judged against what those before it left; one that
 * is refused takes nothing and stops nobody. KL_OK: committed; every operation has an outcome of its own in *out.
 * KL_ERR_ARGUMENT, KL_ERR_TOO_LONG, KL_ERR_ENCODING: an operation is malformed (the message names it by its place, from 1) and
 * nothing was done; the statuses at the top of vendor.h: nothing was done, but for KL_ERR_UNKNOWN_OUTCOME. Since 0.1. */
KL_API kl_status kl_wallet_post(kl *handle, const kl_uuid *vendor_id, const kl_wallet_operation *operations, size_t count,
                                kl_wallet_results **out, kl_error **error);

KL_API size_t kl_wallet_results_count(const kl_wallet_results *results);
/* KL_OK, KL_ERR_INSUFFICIENT, KL_ERR_LIMIT, KL_ERR_CONFLICT, KL_ERR_EXCEEDS, KL_ERR_NOT_FOUND (no such vendor or debit) or
 * KL_ERR_MEMORY; KL_ERR_ARGUMENT for an index out of range. Since 0.1. */
KL_API kl_status kl_wallet_results_status(const kl_wallet_results *results, size_t index);
/* One line on a refusal; "" for KL_OK. Lives as long as the results. Since 0.1. */
KL_API const char *kl_wallet_results_message(const kl_wallet_results *results, size_t index);
/* The ledger row of an operation that was done, or that its key had done before; NULL for a refusal. Lives as long as the
 * results. Since 0.1. */
KL_API const kl_transaction *kl_wallet_results_transaction(const kl_wallet_results *results, size_t index);
KL_API void kl_wallet_results_free(kl_wallet_results *results);

/* Up to `limit` (1 … 1000) ledger rows with seq greater than `after_seq` (0: from the first). Since 0.1. */
KL_API kl_status kl_wallet_statement(kl *handle, const kl_uuid *vendor_id, int64_t after_seq, int limit,
                                     kl_transaction_page **out, kl_error **error);

/* One ledger row by its id. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_transaction_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *transaction_id,
                                    kl_transaction **out, kl_error **error);

KL_API kl_uuid kl_wallet_id(const kl_wallet *wallet);
KL_API kl_uuid kl_wallet_vendor_id(const kl_wallet *wallet);
KL_API kl_money kl_wallet_balance(const kl_wallet *wallet);
KL_API kl_money kl_wallet_held(const kl_wallet *wallet);
KL_API kl_money kl_wallet_available(const kl_wallet *wallet); /* balance - held */
KL_API int64_t kl_wallet_seq(const kl_wallet *wallet);        /* of the newest ledger row; 0: none */
KL_API kl_time kl_wallet_updated_at(const kl_wallet *wallet);
KL_API void kl_wallet_free(kl_wallet *wallet);

KL_API kl_uuid kl_transaction_id(const kl_transaction *transaction);
KL_API kl_uuid kl_transaction_vendor_id(const kl_transaction *transaction);
KL_API kl_uuid kl_transaction_wallet_id(const kl_transaction *transaction);
KL_API int64_t kl_transaction_seq(const kl_transaction *transaction); /* 1, 2, 3 … per wallet, without gap */
KL_API kl_transaction_type kl_transaction_type_of(const kl_transaction *transaction);
KL_API kl_money kl_transaction_amount(const kl_transaction *transaction); /* always > 0 */
KL_API kl_money kl_transaction_balance_after(const kl_transaction *transaction);
KL_API const char *kl_transaction_reference(const kl_transaction *transaction);
KL_API const char *kl_transaction_idempotency_key(const kl_transaction *transaction); /* NULL: none */
KL_API const kl_uuid *kl_transaction_debit_id(const kl_transaction *transaction);    /* NULL: not a refund of one debit */
KL_API const kl_uuid *kl_transaction_campaign_id(const kl_transaction *transaction); /* NULL: none */
KL_API int kl_transaction_batch_no(const kl_transaction *transaction);               /* -1: none */
KL_API const kl_uuid *kl_transaction_hold_id(const kl_transaction *transaction);     /* that kl_hold_capture() took it from; NULL: none */
KL_API const uint8_t *kl_transaction_hash(const kl_transaction *transaction);        /* 32 bytes of the chain */
KL_API kl_time kl_transaction_created_at(const kl_transaction *transaction);
KL_API void kl_transaction_free(kl_transaction *transaction);

KL_API size_t kl_transaction_page_count(const kl_transaction_page *page);
KL_API const kl_transaction *kl_transaction_page_at(const kl_transaction_page *page, size_t index);
KL_API void kl_transaction_page_free(kl_transaction_page *page);

#ifdef __cplusplus
}
#endif

#endif

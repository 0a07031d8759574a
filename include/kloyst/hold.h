/* Holds: money set aside in a vendor's wallet, to be captured in parts or released.
 *
 * amount = captured + released + left. What is left counts against every debit and hold. A campaign holds the price of
 * all its messages when it is enqueued, captures batch by batch and releases what is left with its last one; the calls
 * below are for holds of one's own.
 *
 * All calls: the statuses listed at the top of vendor.h. They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_HOLD_H
#define KLOYST_HOLD_H

#include <kloyst/wallet.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kl_hold kl_hold; /* money set aside, as it was read; immutable */

/* Sets `amount` (> 0) aside. No ledger row. `reference`: what it is for, 1 … 255 characters. `idempotency_key`: 1 … 255
 * characters, unique among the vendor's holds for ever; NULL: no protection against repeating. `expires_at`: when it
 * may no more be captured, by the server's clock; 0: never. *out may be NULL. KL_ERR_INSUFFICIENT; KL_ERR_CONFLICT: the
 * key with other content;
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_ARGUMENT: amount not in 0.0001 … 999999.9999, expires_at not in the future
 * or after the year 9999. Since 0.1. */
KL_API kl_status kl_hold_create(kl *handle, const kl_uuid *vendor_id, kl_money amount, const char *reference,
                                const char *idempotency_key, kl_time expires_at, kl_hold **out, kl_error **error);

/* Takes `amount` (> 0) of what is left of a hold, as one ledger row of type KL_DEBIT_MESSAGE; any number of times.
 * `reference` and `idempotency_key` as in kl_wallet_debit(); the hold is part of the key's content. *out may be NULL.
 *
 * `asynchronous` 0: when the call returns, a crash of the server cannot undo it. 1: the call does not wait for the
 * disk. A crash of the server (not of the program) may then undo the captures of the last 3 × wal_writer_delay, 600 ms
 * by default, but never in part and never an earlier one without the later ones: the ledger stays whole and their money
 * stays held, so that it cannot be spent twice. Capturing again with the same key settles it.
 *
 * KL_ERR_EXCEEDS: more than is left; KL_ERR_STATE: the hold has expired or belongs to a campaign, which captures by
 * itself;
 * KL_ERR_NOT_FOUND; KL_ERR_CONFLICT; KL_ERR_ARGUMENT. Since 0.1. */
KL_API kl_status kl_hold_capture(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_money amount,
                                 const char *reference, const char *idempotency_key, int asynchronous,
                                 kl_transaction **out, kl_error **error);

/* Frees what is left of a hold; again does nothing. *released (may be NULL) is what this call freed.
 * KL_ERR_NOT_FOUND; KL_ERR_STATE: the hold belongs to a campaign that is not finished. Since 0.1. */
KL_API kl_status kl_hold_release(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_money *released,
                                 kl_error **error);

/* Releases what is left of up to `limit` (1 … 1000) holds whose time has passed, the longest overdue first; *count (may
 * be NULL) is their number. kl_housekeep() does so for all vendors: an expired hold counts against debits until one of
 * the two is called. A
 * hold that another call is busy with is left to the next time. Since 0.1. */
KL_API kl_status kl_hold_expire(kl *handle, const kl_uuid *vendor_id, int limit, int *count, kl_error **error);

/* Reads one hold. KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_hold_get(kl *handle, const kl_uuid *vendor_id, const kl_uuid *hold_id, kl_hold **out,
                             kl_error **error);

KL_API kl_uuid kl_hold_id(const kl_hold *hold);
KL_API kl_money kl_hold_amount(const kl_hold *hold);
KL_API kl_money kl_hold_captured(const kl_hold *hold);
KL_API kl_money kl_hold_released(const kl_hold *hold);
KL_API kl_money kl_hold_left(const kl_hold *hold); /* amount - captured - released */
KL_API const char *kl_hold_reference(const kl_hold *hold);
KL_API const kl_uuid *kl_hold_campaign_id(const kl_hold *hold); /* NULL: none */
KL_API kl_time kl_hold_created_at(const kl_hold *hold);
KL_API kl_time kl_hold_expires_at(const kl_hold *hold); /* 0: never */
KL_API void kl_hold_free(kl_hold *hold);

#ifdef __cplusplus
}
#endif

#endif

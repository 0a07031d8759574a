/* Statements: what a vendor's ledger says of a time, a day, a campaign or a message. See wallet.h for the rows by seq.
 *
 * A row's time is the server's and never earlier than that of the row before it, whatever the clock does; rows may have
 * the same time. What the calls below answer of the past is final once it is past.
 *
 * All calls: the statuses listed at the top of vendor.h; KL_ERR_CORRUPT: a row of the ledger is missing, see
 * kl_wallet_verify(). They are thread-safe.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef KLOYST_STATEMENT_H
#define KLOYST_STATEMENT_H

#include <kloyst/wallet.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Up to `limit` (1 … 1000) ledger rows with from <= created_at < until and seq greater than `after_seq` (0: from the
 * first).
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_ARGUMENT: until before from, or either not in 1970 … 9999. Since 0.1. */
KL_API kl_status kl_wallet_statement_between(kl *handle, const kl_uuid *vendor_id, kl_time from, kl_time until,
                                             int64_t after_seq, int limit, kl_transaction_page **out, kl_error **error);

/* Up to `limit` (1 … 1000) of a campaign's captures and refunds with seq greater than `after_seq` (0: from the first).
 * KL_ERR_NOT_FOUND: no such campaign. Since 0.1. */
KL_API kl_status kl_wallet_statement_of_campaign(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                                 int64_t after_seq, int limit, kl_transaction_page **out,
                                                 kl_error **error);

/* The balance after the newest ledger row with created_at <= at; 0 before the first. (What was held at that time is not
 * in the ledger.) A row that is being written just now can still come before a moment that is less than a few seconds
 * past.
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_ARGUMENT: not in 1970 … 9999. Since 0.1. */
KL_API kl_status kl_wallet_balance_at(kl *handle, const kl_uuid *vendor_id, kl_time at, kl_money *balance,
                                      kl_error **error);

typedef struct kl_day_total kl_day_total;           /* the rows of one type of one day, summed up; immutable */
typedef struct kl_day_total_page kl_day_total_page; /* days in order, and types in order within */

/* Sums by day and type of the rows with from <= created_at < until, at most 366 days. Days are those of UTC, or of a
 * place whose clock is `offset_minutes` (-1439 … 1439) ahead of it: 330 for India. A day's sum is that of the rows
 * inside the range; days and types without a row are left out.
 * KL_ERR_NOT_FOUND: no such vendor; KL_ERR_ARGUMENT: the range or the offset. Since 0.1. */
KL_API kl_status kl_wallet_totals(kl *handle, const kl_uuid *vendor_id, kl_time from, kl_time until, int offset_minutes,
                                  kl_day_total_page **out, kl_error **error);

KL_API kl_time kl_day_total_day(const kl_day_total *total); /* when the day began */
KL_API kl_transaction_type kl_day_total_type(const kl_day_total *total);
KL_API int64_t kl_day_total_count(const kl_day_total *total); /* rows */
KL_API kl_money kl_day_total_amount(const kl_day_total *total);

KL_API size_t kl_day_total_page_count(const kl_day_total_page *page);
KL_API const kl_day_total *kl_day_total_page_at(const kl_day_total_page *page, size_t index);
KL_API void kl_day_total_page_free(kl_day_total_page *page);

/* Which ledger row paid for a message (that of its whole batch) and which gave its price back, to be freed by the
 * caller; NULL: none. Either may be left out by a NULL. KL_ERR_NOT_FOUND: no such message. Since 0.1. */
KL_API kl_status kl_message_money(kl *handle, const kl_uuid *vendor_id, const kl_uuid *message_id,
                                  kl_transaction **paid, kl_transaction **given_back, kl_error **error);

/* A campaign's money. */
typedef struct kl_campaign_account {
    kl_money price;            /* of a message; 0 when the rate card prices each */
    int64_t messages;          /* of the campaign */
    int64_t counting;          /* those that are paid for: of batches that were claimed, also while they wait there,
                                  but for those whose price was given back */
    int64_t not_refunded;      /* of them: failed, but the wallet was too full to give their price back */
    kl_money held;             /* set aside at enqueue, and for retries */
    kl_money captured;         /* sum of its debits in the ledger */
    kl_money released;         /* of what was held */
    kl_money still_held;
    kl_money refunded;         /* for failed and cancelled messages */
    kl_money refunded_by_hand; /* by kl_wallet_refund() of its debits; not in the sums of messages */
} kl_campaign_account;

/* Adds up a campaign's money from its hold, ledger rows, batches and messages, as of one moment:
 *     held = prices of its messages (of an enqueued campaign)
 *     held = captured + released + still_held
 *     captured - refunded = prices of the messages that count
 *     refunded = what its messages were given back, each once
 *     refunded + refunded_by_hand = what its debits were lowered by
 * KL_OK: all hold. KL_ERR_CORRUPT: the message names the first that does not, and *out (may be NULL) is filled all the
 * same.
 * KL_ERR_NOT_FOUND. Since 0.1. */
KL_API kl_status kl_campaign_reconcile(kl *handle, const kl_uuid *vendor_id, const kl_uuid *campaign_id,
                                       kl_campaign_account *out, kl_error **error);

#ifdef __cplusplus
}
#endif

#endif

/* Repository of holds. */
#ifndef KLOYST_REPO_HOLD_H
#define KLOYST_REPO_HOLD_H

#include <kloyst/hold.h>

#include "repo/transaction.h"

/* What a caller wants set aside. */
typedef struct hold_request {
    kl_money amount;
    const char *reference;
    const char *idempotency_key; /* NULL: none */
    kl_time expires_at;          /* 0: never */
} hold_request;

/* What a caller wants taken of a hold. */
typedef struct hold_capture_request {
    const kl_uuid *hold_id;
    kl_money amount;
    const char *reference;
    const char *idempotency_key; /* NULL: none */
    bool asynchronous;           /* do not wait for the disk */
} hold_capture_request;

/* Sets money aside, in one statement. *out is the hold for WALLET_CHANGED and WALLET_PRIOR, else NULL.
 * KL_ERR_EXISTS: another transaction used the key at the same time; asking again finds its hold. */
kl_status hold_insert(pg_pool *pool, const kl_uuid *vendor_id, const hold_request *request, wallet_outcome *outcome,
                      kl_hold **out, kl_error **error);

/* Writes the ledger row of a capture, in one statement. Answers like transaction_post(); WALLET_MISSING: no such hold.
 * */
kl_status hold_capture(pg_pool *pool, const kl_uuid *vendor_id, const hold_capture_request *request,
                       wallet_outcome *outcome, kl_transaction **out, kl_error **error);

kl_status hold_get(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_hold **out, kl_error **error);

/* The hold of an idempotency key; *out is NULL when there is none. */
kl_status hold_find(pg_pool *pool, const kl_uuid *vendor_id, const char *idempotency_key, kl_hold **out,
                    kl_error **error);

/* *freed is what this call freed; *allowed is false, and nothing happened, while its campaign is not finished. */
kl_status hold_release(pg_pool *pool, const kl_uuid *vendor_id, const kl_uuid *id, kl_money *freed, bool *allowed,
                       kl_error **error);

/* Releases at most `limit` holds whose time has passed. */
kl_status hold_expire(pg_pool *pool, const kl_uuid *vendor_id, int limit, int *count, kl_error **error);

/* Vendors that have holds whose time has passed, for the platform: rows of vendor ids. */
kl_status hold_due(pg_pool *pool, int limit, pg_rows **rows, kl_error **error);
/* The vendor is one of them when its next hold expires. */
kl_status hold_note_next(pg_pool *pool, const kl_uuid *vendor_id, kl_error **error);

#endif
